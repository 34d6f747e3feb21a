"""Matomo's tracking API: single hits in a query or a form, and several of them in JSON.

The write key stands in `idsite` or in `token_auth`. No tracker reads the answer, and none sends a hit again.
"""

from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.bodies import parsed
from producers.collector.entrance import Call, Entrance, Route, each_of, shown
from producers.collector.protocols.pixels import fields_of, keys_of, pixel, told_in
from producers.collector.refusals import RefusedError
from producers.outcomes.left_out import UnusableError
from producers.publishing.collected import Collected, Outcome, Steps
from producers.website.matomo import fact_of_hit
from producers.website.segment import LARGEST_EVENT, MOST_EVENTS

PATHS: Final = ("/matomo.php", "/piwik.php")
LARGEST: Final = 1 << 20
_BULK: Final = web.RequestKey("bulk", bool)
_QUIET: Final = web.RequestKey("quiet", bool)


def routes(ping_ms: int) -> tuple[Route, ...]:
    """Return its paths. A ping of the heart-beat timer stands for `ping_ms`."""

    def understand(call: Call) -> Steps:
        reception = call.reception

        def fact_of(placed: tuple[int, Any]) -> Outcome:
            place, hit = placed
            return fact_of_hit(_hit_of(hit), reception, ping_ms, place)

        is_large = call.size > LARGEST_EVENT
        return each_of(enumerate(call.body["requests"]), fact_of, reception, is_large)

    entrance = Entrance(LARGEST, understand, _requests_in, keys_within=_keys_in, answer=_told)
    return tuple(Route(method, path, entrance) for path in PATHS for method in ("GET", "POST"))


def _requests_in(request: web.Request, plain: bytes) -> dict[str, Any]:
    """Return the hits of a request as one of several has them; a browser sends these as a form, too."""
    if plain.lstrip()[:1] == b"{":
        body = parsed(plain)
        hits = body.get("requests")
        if not isinstance(hits, list) or not hits:
            raise RefusedError(400, 'the body must be an object with the hits in the array "requests"')
        if len(hits) > MOST_EVENTS:
            raise RefusedError(400, f"a request holds at most {MOST_EVENTS} hits: send several")
        request[_BULK] = True
        request[_QUIET] = str(body.get("send_image")) == "0"
        return {"requests": hits, "token_auth": body.get("token_auth")}
    hit = told_in(request, plain)
    request[_BULK] = False
    request[_QUIET] = hit.get("send_image") == "0"
    return {"requests": [hit]}


def _hit_of(told: Any) -> dict[str, str]:
    """Return one hit: the query that it is, or an object of its fields."""
    if isinstance(told, str):
        return fields_of(told.rpartition("?")[2] if told[:1] in "?/h" else told)
    if isinstance(told, dict):
        return {name: str(value) for name, value in told.items() if isinstance(value, str | int | float)}
    raise UnusableError("a hit is a query, as text")


def _keys_in(body: dict[str, Any]) -> tuple[bytes, ...]:
    try:
        hit = _hit_of(body["requests"][0])
    except UnusableError:
        hit = {}
    return keys_of(body.get("token_auth"), hit.get("token_auth"), hit.get("idsite"))


def _told(request: web.Request, told: Collected) -> web.Response:
    if not request[_BULK]:
        return web.Response(status=204) if request[_QUIET] else pixel(request, told)
    rejected: Iterable[dict[str, Any]] = shown(told.rejected)
    answer = {"status": "success", "tracked": told.accepted, "invalid": len(told.rejected)}
    if told.rejected:
        return json_answer(
            answer | {"invalid_indices": [each.at for each in told.rejected], "rejected": rejected}
        )
    return json_answer(answer)
