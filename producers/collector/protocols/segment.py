"""Segment's HTTP API: batches and single calls, at the paths of its servers' and browsers' SDKs."""

from typing import Any, Final

from producers.collector.entrance import Call, Entrance, Route, each_of, too_much
from producers.collector.refusals import RefusedError
from producers.publishing.collected import Steps, collected
from producers.website.facts import by_their_own_clock
from producers.website.segment import (
    LARGEST_BATCH,
    LARGEST_EVENT,
    MOST_EVENTS,
    TIMES,
    fact_of_call,
    merged_context,
)

BATCHES: Final = ("batch", "b", "import")
METRICS: Final = ("metrics", "m")
# Short paths are those of Segment's browser SDK.
SINGLE: Final = {
    "track": "track", "t": "track", "page": "page", "p": "page", "screen": "screen", "s": "screen",
    "identify": "identify", "i": "identify", "group": "group", "g": "group", "alias": "alias", "a": "alias",
}  # fmt: skip


def routes() -> tuple[Route, ...]:
    """Return its paths."""
    batch = Entrance(LARGEST_BATCH, understood_batch)
    metrics = Entrance(LARGEST_BATCH, lambda call: collected((), call.reception.tokeniser))
    return (
        *(Route("POST", f"/v1/{path}", batch) for path in BATCHES),
        *(Route("POST", f"/v1/{path}", _single(kind)) for path, kind in SINGLE.items()),
        *(Route("POST", f"/v1/{path}", metrics) for path in METRICS),
    )


def understood_batch(call: Call) -> Steps:
    """Make facts of the calls of a batch."""
    batch = call.body.get("batch") if isinstance(call.body, dict) else None
    if not isinstance(batch, list) or not batch:
        raise RefusedError(400, 'the body must be an object with the events in the array "batch"')
    if len(batch) > MOST_EVENTS:
        raise RefusedError(400, f"a batch holds at most {MOST_EVENTS} events: send several")
    context = call.body.get("context")
    if call.size > LARGEST_EVENT and (fault := too_much(context)):
        raise RefusedError(400, f"the context of the batch {fault}")
    events = (merged_context(each, context) for each in batch)
    reception = by_their_own_clock(call.reception, batch, TIMES)
    is_large = call.size > LARGEST_EVENT
    return each_of(events, lambda event: fact_of_call(event, reception), reception, is_large)


def _single(kind: str) -> Entrance:
    def understand(call: Call) -> Steps:
        event: Any = call.body | {"type": kind} if isinstance(call.body, dict) else call.body
        reception = by_their_own_clock(call.reception, [event], TIMES)
        return each_of([event], lambda event: fact_of_call(event, reception), reception)

    return Entrance(LARGEST_EVENT, understand)
