"""Google Analytics' Measurement Protocol (GA4): events that a server posts, and a path that only checks them.

The write key stands in the query, as `api_secret`. Whoever speaks it expects 2xx and an empty body, whatever
is wrong with an event, and asks the checking path for reasons.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.entrance import Call, Entrance, Route, each_of, json_of, shown
from producers.collector.keys import user_in
from producers.collector.protocols.pixels import keys_of
from producers.collector.refusals import RefusedError
from producers.publishing.collected import Collected, Outcome, Steps
from producers.website.ga4 import fact_of_properties, facts_of_event
from producers.website.segment import LARGEST_EVENT, MOST_EVENTS

COLLECT: Final = "/mp/collect"
DEBUG: Final = "/debug/mp/collect"
LARGEST: Final = 500 << 10


def routes() -> tuple[Route, ...]:
    """Return its paths."""
    return (
        Route("POST", COLLECT, _entrance(understood, _told)),
        Route("POST", DEBUG, _entrance(_tried, _faults)),
    )


def understood(call: Call) -> Steps:
    """Make facts of the events of a request, and of what it says of its user."""
    body = call.body
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list) or not events:
        raise RefusedError(400, 'the body must be an object with the events in the array "events"')
    if len(events) > MOST_EVENTS:
        raise RefusedError(400, f"a request holds at most {MOST_EVENTS} events: send several")
    reception = call.reception

    def facts_of(placed: tuple[int, Any]) -> Outcome:
        place, event = placed
        facts = facts_of_event(event, body, reception, place)
        told = fact_of_properties(body, reception) if place == 0 else None
        return (*facts, told) if told else facts

    return each_of(enumerate(events), facts_of, reception, call.size > LARGEST_EVENT)


def _tried(call: Call) -> Steps:
    """Understand the events, and keep none."""
    told = yield from understood(call)
    return replace(told, records=())


def _entrance(
    understand: Callable[[Call], Steps], answer: Callable[[web.Request, Collected], web.Response]
) -> Entrance:
    return Entrance(LARGEST, understand, json_of, _keys_in_head, lambda _: (), answer, is_lenient=True)


def _keys_in_head(request: web.Request) -> tuple[bytes, ...] | None:
    return keys_of(request.query.get("api_secret")) or user_in(request)


def _told(_: web.Request, __: Collected) -> web.Response:
    return web.Response(status=204)


def _faults(_: web.Request, told: Collected) -> web.Response:
    messages = [
        {
            "fieldPath": f"events[{each['index']}]",
            "description": each["error"],
            "validationCode": "VALUE_INVALID",
        }
        for each in shown(told.rejected)
    ]
    return json_answer({"validationMessages": messages})
