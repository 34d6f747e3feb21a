"""The protocol of Sensors Data's (神策) SDKs: base64 of JSON, in the query of a picture or in a form.

The write key stands in the query of the SDK's server URL, as `token` or `project`, or in an event. A browser
that sends batches keeps each until the answer is 2xx, so an event that can't be used must not harm its batch.
"""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from producers.collector.bodies import parsed
from producers.collector.entrance import Call, Entrance, Route, each_of, told_as_json
from producers.collector.keys import user_in
from producers.collector.protocols.pixels import keys_of, pixel, told_in
from producers.collector.refusals import RefusedError
from producers.collector.unpacking import unpacked
from producers.outcomes.left_out import UnusableError
from producers.publishing.collected import Collected, Steps
from producers.website.facts import by_their_own_clock
from producers.website.segment import LARGEST_EVENT, MOST_EVENTS
from producers.website.sensors import TIMES, fact_of_event

PATHS: Final = ("/sa", "/sa.gif")
LARGEST: Final = 1 << 20
_FIELDS: Final = ("data_list", "data")


@dataclass(frozen=True, slots=True)
class Sent:
    """The events of a request, and the keys that it shows with them."""

    events: list[Any]
    keys: tuple[bytes, ...]
    size: int


def routes(engagement: str) -> tuple[Route, ...]:
    """Return its paths. `engagement` names the event by which time on a page is counted."""

    def understand(call: Call) -> Steps:
        sent: Sent = call.body
        reception = by_their_own_clock(call.reception, sent.events, TIMES)
        is_large = sent.size > LARGEST_EVENT
        return each_of(
            sent.events, lambda event: fact_of_event(event, reception, engagement), reception, is_large
        )

    entrance = Entrance(LARGEST, understand, _sent, _keys_in_head, _keys_in, _told, is_lenient=True)
    return tuple(Route(method, path, entrance) for path in PATHS for method in ("GET", "POST"))


def _sent(request: web.Request, plain: bytes) -> Sent:
    if plain.lstrip()[:1] in (b"{", b"["):
        text = plain
    else:
        told = told_in(request, plain)
        coded = next((told[name] for name in _FIELDS if told.get(name)), "")
        if not coded:
            raise UnusableError("the events stand neither in data nor in data_list")
        text = _decoded(coded)
    value = parsed(text)
    events = value if isinstance(value, list) else [value]
    if not events:
        raise UnusableError("data_list: it holds no event")
    if len(events) > MOST_EVENTS:
        raise RefusedError(400, f"a request holds at most {MOST_EVENTS} events: send several")
    first = events[0] if isinstance(events[0], dict) else {}
    shown = (request.query.get("project"), first.get("token"), first.get("project"))
    return Sent(events, keys_of(*shown), len(text))


def _decoded(coded: str) -> bytes:
    """Return the JSON that base64 of it holds, packed by gzip or not; some servers send it as it is."""
    if coded.lstrip()[:1] in ("{", "["):
        return coded.encode("utf-8", "replace")
    try:
        # In a query a plus that was not escaped has become a space.
        packed = b64decode(coded.strip().replace(" ", "+"), validate=True)
    except ValueError:
        raise UnusableError("data: it is not base64") from None
    return unpacked(packed, LARGEST)


def _keys_in_head(request: web.Request) -> tuple[bytes, ...] | None:
    """The key in the server URL; a project alone may be a mere name, beside a token in the event."""
    token = request.query.get("token")
    return keys_of(token, request.query.get("project")) if token else user_in(request)


def _keys_in(sent: Sent) -> tuple[bytes, ...]:
    return sent.keys


def _told(request: web.Request, told: Collected) -> web.Response:
    return (pixel if request.method == "GET" else told_as_json)(request, told)
