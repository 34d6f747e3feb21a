"""Snowplow's tracker protocol: batches that are posted, and single events in the query of a picture.

The write key stands in `aid`, the tracker's appId. A tracker takes 400, 401, 403, 410 and 422 for "forget
these events", and anything else but 2xx for "send them again before any others": so an event that can't be
used must not harm its batch.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, Final

from aiohttp import web

from producers.collector.bodies import parsed
from producers.collector.entrance import Call, Entrance, Route, each_of, told_as_json
from producers.collector.protocols.pixels import keys_of, pixel
from producers.collector.refusals import RefusedError
from producers.publishing.collected import Collected, Steps
from producers.website.facts import by_their_own_clock
from producers.website.segment import LARGEST_EVENT, MOST_EVENTS
from producers.website.snowplow import NAMES_SOMEBODY, SENT_AT, TIMES, fact_of_event

POSTED: Final = "/com.snowplowanalytics.snowplow/tp2"
PICTURES: Final = ("/i", "/ice.png", POSTED)
LARGEST: Final = 1 << 20
COOKIE: Final = "sp"
_COOKIE_SECONDS: Final = 365 * 86_400
_ANONYMOUS: Final = "SP-Anonymous"
_COOKIE_SAYS: Final = "Path=/; Secure; HttpOnly; SameSite=None"
_ID = re.compile(r"[A-Za-z0-9-]{1,128}")
_MINE: Final = web.RequestKey("network_id", str)  # the id that the answer gives the browser


def routes(ping_ms: int, has_cookie: bool) -> tuple[Route, ...]:
    """Return its paths. A page ping stands for `ping_ms`; `has_cookie` says whether browsers get an id."""

    def understand(call: Call) -> Steps:
        # Nearly every tracker says when it sent: then each event's own word is taken.
        says_when = all(isinstance(event, dict) and event.get(SENT_AT) for event in call.body)
        reception = call.reception if says_when else by_their_own_clock(call.reception, call.body, TIMES)
        is_large = call.size > LARGEST_EVENT
        return each_of(call.body, lambda event: fact_of_event(event, reception, ping_ms), reception, is_large)

    def told(request: web.Request, collected: Collected) -> web.Response:
        answer = (pixel if request.method == "GET" else told_as_json)(request, collected)
        if has_cookie:
            _name_browser(request, answer)
        return answer

    new_ids = _new_ids()

    def read(request: web.Request, plain: bytes) -> list[Any]:
        return _named(request, _events_in(request, plain), new_ids if has_cookie else None)

    entrance = Entrance(LARGEST, understand, read, keys_within=_keys_in, answer=told, is_lenient=True)
    return (
        Route("POST", POSTED, entrance),
        *(Route("GET", path, entrance) for path in PICTURES),
    )


def _events_in(request: web.Request, plain: bytes) -> list[Any]:
    if request.method == "GET":
        event: dict[str, Any] = dict(request.query)
        if not event.get("url") and (page := request.headers.get("Referer")):
            event["url"] = page
        events: Any = [event]
    else:
        body = parsed(plain)
        events = body.get("data") if isinstance(body, dict) else None
    if not isinstance(events, list) or not events:
        raise RefusedError(400, 'the body must be an object with the events in the array "data"')
    if len(events) > MOST_EVENTS:
        raise RefusedError(400, f"a batch holds at most {MOST_EVENTS} events: send several")
    return events


def _named(request: web.Request, events: list[Any], new_ids: Iterator[str] | None) -> list[Any]:
    """Return events, each with the browser's id, if it showed one; of who wants to be unknown without."""
    if _ANONYMOUS in request.headers:
        return [_without(each, ("nuid", "tnuid")) for each in events]
    if network := _network_id(request):
        request[_MINE] = network
        return [{"nuid": network, **each} if isinstance(each, dict) else each for each in events]
    if new_ids is None:
        return events
    request[_MINE] = next(new_ids)
    if request.method == "GET" and not any(map(events[0].get, NAMES_SOMEBODY)):
        # A picture in a page knows nobody: it is of whoever gets the id that it comes back with.
        return [{"nuid": request[_MINE], **events[0]}]
    return events


def _new_ids() -> Iterator[str]:
    """Yield ids of browsers that nobody can foresee. Asking the system for each makes other threads wait."""
    secret = os.urandom(32)
    for number in count():
        digest = hashlib.blake2b(number.to_bytes(8, "big"), key=secret, digest_size=16).digest()
        yield str(uuid.UUID(bytes=digest, version=4))


def _without(event: Any, names: Iterable[str]) -> Any:
    return {k: v for k, v in event.items() if k not in names} if isinstance(event, dict) else event


def _network_id(request: web.Request) -> str:
    """Return the id that this browser was given before, "" if it has none, or keeps none."""
    shown = request.query.get("nuid") or request.cookies.get(COOKIE, "")
    return shown if _ID.fullmatch(shown) else ""


def _name_browser(request: web.Request, answer: web.Response) -> None:
    """Let the browser keep an id for a year, the one that it has; take it away if it is to be unknown."""
    if _ANONYMOUS in request.headers:
        if COOKIE in request.cookies:
            answer.headers["Set-Cookie"] = f"{COOKIE}=; Max-Age=0; {_COOKIE_SAYS}"
        return
    answer.headers["Set-Cookie"] = f"{COOKIE}={request[_MINE]}; Max-Age={_COOKIE_SECONDS}; {_COOKIE_SAYS}"


def _keys_in(events: list[Any]) -> tuple[bytes, ...]:
    first = events[0]
    return keys_of(first.get("aid")) if isinstance(first, dict) else ()
