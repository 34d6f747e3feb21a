"""PostHog's capture API: the paths of its SDKs, old and new, and what they ask for before they send.

Its browser SDK sends everything again that is answered by anything else than 200, even by 204; of beacons it
reads no answer. When a page is left, a batch may come in halves by beacons, and whole once more: the events'
own ids make one of each.
"""

from base64 import b64decode
from dataclasses import replace
from typing import Any, Final

import orjson
from aiohttp import web

from producers.cells.json_values import object_of, text_of
from producers.collector.answering import json_answer
from producers.collector.bodies import parsed
from producers.collector.entrance import Call, Entrance, Handler, Route, each_of, shown
from producers.collector.protocols.lz64 import unpacked_lz64
from producers.collector.protocols.pixels import fields_of, keys_of
from producers.collector.unpacking import MalformedError, TooLargeError, unpacked
from producers.outcomes.left_out import UnusableError
from producers.publishing.collected import Collected, Steps
from producers.website.facts import by_their_own_clock
from producers.website.posthog import TIMES, facts_of_event
from producers.website.segment import LARGEST_EVENT

EVENTS: Final = ("/e", "/capture", "/track", "/engage", "/i/v0/e", "/batch")
FLAGS: Final = ("/decide", "/flags")
LARGEST: Final = 6 << 20  # servers' SDKs send up to 5 MB
# What an SDK is told to do: to pack what it sends, and nothing else. It loads a script for surveys as soon as
# it is told anything of them, even that there are none.
_CONFIG: Final = {
    "supportedCompression": ["gzip", "gzip-js"], "hasFeatureFlags": False, "sessionRecording": False,
    "heatmaps": False, "capturePerformance": False, "autocaptureExceptions": False,
    "captureDeadClicks": False, "siteApps": [], "defaultIdentifiedOnly": True, "isAuthenticated": False,
}  # fmt: skip
_NO_FLAGS: Final = {
    **_CONFIG, "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": False,
}  # fmt: skip


def routes() -> tuple[Route, ...]:
    """Return its paths."""
    events = Entrance(LARGEST, understood, read, lambda _: None, _keys_in, _told)
    return (
        *(Route(method, path, events) for path in EVENTS for method in ("POST", "GET")),
        *(Route(method, path, _always(_NO_FLAGS)) for path in FLAGS for method in ("POST", "GET")),
        Route("GET", "/array/{token}/config", _always(_CONFIG)),
        Route("GET", "/array/{token:[A-Za-z0-9_-]+}/config.js", _script),
    )


def read(request: web.Request, plain: bytes) -> dict[str, Any]:
    """Return what a request says, as one object: its events in "batch", and what is the same for all.

    The body is JSON, base64 of it, packed by LZ-string, or a form with one of these in `data`.
    """
    if plain.lstrip()[:1] in (b"{", b"["):
        body = parsed(plain)
    else:
        is_form = plain.startswith(b"data=")
        held = fields_of(plain).get("data", "") if is_form else plain.decode("utf-8-sig", "replace")
        body = parsed(_json_in(held or request.query.get("data", ""), request.query.get("compression", "")))
    told = dict(body) if isinstance(body, dict) else {"batch": body}
    if "batch" not in told:
        told = {"batch": [body], "api_key": told.get("api_key"), "sent_at": told.get("sent_at")}
    told["sent_at"] = told.get("sent_at") or request.query.get("_")
    if request.path.rstrip("/") == "/engage" and isinstance(told["batch"], list):
        told["batch"] = [_of_a_person(each) for each in told["batch"]]
    return told


def understood(call: Call) -> Steps:
    """Make facts of the events."""
    batch = call.body["batch"]
    if not isinstance(batch, list) or not batch:
        raise UnusableError('the body must be an event, an array, or an object with the array "batch"')
    known = replace(call.reception, historical=call.body.get("historical_migration") is True)
    reception = by_their_own_clock(known, batch, TIMES)
    return each_of(
        batch, lambda event: facts_of_event(event, reception), reception, call.size > LARGEST_EVENT
    )


def _json_in(held: str, compression: str) -> bytes:
    if held.lstrip()[:1] in ("{", "["):
        return held.encode("utf-8", "replace")
    if compression == "lz64":
        return unpacked_lz64(held, LARGEST).encode("utf-8", "replace")
    if not held:
        raise UnusableError("the request holds no events")
    try:
        # In a form a plus that was not escaped has become a space.
        return unpacked(b64decode(held.strip().replace(" ", "+"), validate=True), LARGEST)
    except ValueError as error:
        if isinstance(error, (MalformedError, TooLargeError)):
            raise
        raise UnusableError("the body is neither JSON nor base64 of it") from None


def _of_a_person(told: Any) -> Any:
    """Return what old SDKs say of a person as the event that newer ones send."""
    if not isinstance(told, dict) or told.get("event"):
        return told
    who = told.get("$distinct_id") or told.get("distinct_id")
    return {**told, "event": "$set", "distinct_id": who, "token": told.get("$token") or told.get("token")}


def _keys_in(told: Any) -> tuple[bytes, ...]:
    """The key of the request, or that of its first event."""
    batch = told["batch"]
    first = object_of(batch[0]) if isinstance(batch, list) and batch else {}
    in_event = (first.get("api_key"), first.get("token"), object_of(first.get("properties")).get("token"))
    given = (told.get("api_key"), told.get("token"), *in_event)
    return keys_of(*(each for each in given if text_of(each)))[:1]


def _told(request: web.Request, told: Collected) -> web.Response:
    if request.query.get("beacon") == "1":
        return web.Response(status=204)
    answer: dict[str, Any] = {"status": 1}
    if told.rejected:
        answer["rejected"] = shown(told.rejected)
    return json_answer(answer)


def _always(content: dict[str, Any]) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return json_answer(content)

    return answer


async def _script(request: web.Request) -> web.Response:
    """Answer the configuration as the script that pages load; the token is letters and digits alone."""
    token = request.match_info["token"]
    told = orjson.dumps({"config": {"token": token, **_CONFIG}, "siteApps": []}).decode()
    text = f"(window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}})[{token!r}]={told};"
    return web.Response(text=text, content_type="application/javascript")
