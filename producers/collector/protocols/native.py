"""Leadtrace's own events over HTTP, at /v1/events."""

from producers.collector.entrance import Call, Entrance, Route, each_of
from producers.collector.lasting_ids import told_with_id
from producers.collector.refusals import RefusedError
from producers.publishing.collected import Steps
from producers.website.facts import by_their_own_clock
from producers.website.native import OCCURRED_AT, fact_of_event
from producers.website.segment import LARGEST_BATCH, LARGEST_EVENT, MOST_EVENTS


def routes() -> tuple[Route, ...]:
    """Return its path."""
    return (Route("POST", "/v1/events", Entrance(LARGEST_BATCH, understood_events, answer=told_with_id)),)


def understood_events(call: Call) -> Steps:
    """Make facts of one event, of an array of them, or of the events of an object."""
    body = call.body
    events = body.get("events", [body]) if isinstance(body, dict) else body
    if not isinstance(events, list) or not events:
        raise RefusedError(400, "the body must be an event (a JSON object) or an array of events")
    if len(events) > MOST_EVENTS:
        raise RefusedError(400, f"a request holds at most {MOST_EVENTS} events: send several")
    reception = by_their_own_clock(call.reception, events, (OCCURRED_AT,))
    is_large = call.size > LARGEST_EVENT
    return each_of(events, lambda event: fact_of_event(event, reception), reception, is_large)
