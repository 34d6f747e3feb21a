"""What RudderStack's SDKs ask for beyond Segment's paths: a configuration, beacons, and pixels."""

from typing import Any, Final

import orjson
from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.entrance import Call, Entrance, Route
from producers.collector.keys import user_in
from producers.collector.protocols.pixels import keys_of, pixel
from producers.collector.protocols.segment import understood_batch, understood_single
from producers.outcomes.left_out import UnusableError
from producers.publishing.collected import Steps
from producers.website.segment import LARGEST_BATCH, LARGEST_EVENT, RUDDERSTACK
from schemas.envelope import natural_id

PIXELS: Final = ("track", "page")
_MOST_PARTS: Final = 8
# What the browser SDK needs before it sends anything: a source that is on, and nobody else to send to.
_QUIET: Final = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
_SOURCE: Final = {
    "id": "leadtrace", "name": "Leadtrace", "workspaceId": "leadtrace", "enabled": True,
    "config": {"statsCollection": _QUIET}, "destinations": [], "connections": [],
}  # fmt: skip


def routes() -> tuple[Route, ...]:
    """Return its paths."""
    beacon = Entrance(
        LARGEST_BATCH, lambda call: understood_batch(call, RUDDERSTACK), keys_before=_key_in_head
    )
    return (
        Route("GET", "/sourceConfig", configured),
        Route("POST", "/beacon/v1/batch", beacon),
        *(Route("GET", f"/pixel/v1/{kind}", _pixel(kind)) for kind in PIXELS),
    )


async def configured(_: web.Request) -> web.Response:
    """Answer the configuration, which is the same for all keys: each event has to show a right one."""
    return json_answer({"source": _SOURCE})


def _key_in_head(request: web.Request) -> tuple[bytes, ...] | None:
    key = keys_of(request.query.get("writeKey"))
    return key or user_in(request)


def _pixel(kind: str) -> Entrance:
    def understand(call: Call) -> Steps:
        # Whoever loads a picture loads it once; the same picture on another day is another view.
        told = orjson.dumps(call.body, option=orjson.OPT_SORT_KEYS).decode()
        unlike = natural_id("pixel", call.reception.received_at, told)
        return understood_single(
            Call({"messageId": unlike, **call.body}, call.size, call.reception), kind, RUDDERSTACK
        )

    return Entrance(LARGEST_EVENT, understand, _told_in_query, _key_in_head, answer=pixel, is_lenient=True)


def _told_in_query(request: web.Request, _: bytes) -> dict[str, Any]:
    """Return the call in a query: names with dots stand in objects, and objects may be JSON.

    The page that shows the picture is the one that it speaks of, if it names none.
    """
    call: dict[str, Any] = {}
    for name, text in request.query.items():
        if name != "writeKey":
            _put(call, name.split("."), _value(text))
    page = call.setdefault("context", {}).setdefault("page", {}) if _is_plain(call) else {}
    page.setdefault("url", request.headers.get("Referer", ""))
    return call


def _put(into: dict[str, Any], names: list[str], value: Any) -> None:
    if len(names) > _MOST_PARTS:
        raise UnusableError("a name in the query has too many dots")
    for name in names[:-1]:
        inner = into.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        into = inner
    into[names[-1]] = value


def _value(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _is_plain(call: dict[str, Any]) -> bool:
    """Tell whether the context is one into which something can be put."""
    context = call.get("context", {})
    return isinstance(context, dict) and isinstance(context.get("page", {}), dict)
