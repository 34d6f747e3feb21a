"""What the collector answers at each path: which events a body holds there, and how they become facts."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.intake import AsyncPublisher, Call, Intake
from producers.collector.refusals import RefusedError
from producers.collector.webhook_proofs import WebhookProofs
from producers.crm.webhook import Mappings, steps_of_webhook
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.privacy.personal_data import Tokeniser
from producers.publishing.collected import Steps, collected
from producers.website.facts import Reception, by_their_own_clock
from producers.website.native import OCCURRED_AT, fact_of_event
from producers.website.segment import (
    LARGEST_BATCH,
    LARGEST_EVENT,
    MOST_EVENTS,
    TIMES,
    fact_of_call,
    merged_context,
)
from schemas.envelope import Fact

LARGEST_WEBHOOK: Final = 1 << 20
HEALTH_SECONDS: Final = 1.0

# Short paths are those of Segment's browser SDK.
SINGLE: Final = {
    "track": "track", "t": "track", "page": "page", "p": "page", "screen": "screen", "s": "screen",
    "identify": "identify", "i": "identify", "group": "group", "g": "group", "alias": "alias", "a": "alias",
}  # fmt: skip


class Handlers:
    """The handlers; they share what was last heard of the broker's health."""

    def __init__(
        self,
        intake: Intake,
        proofs: WebhookProofs,
        publisher: AsyncPublisher,
        tokeniser: Tokeniser,
        mappings: Callable[[], Mappings],
        installation: str = "",
    ) -> None:
        self._intake = intake
        self._proofs = proofs
        self._publisher = publisher
        self._tokeniser = tokeniser
        self._mappings = mappings
        self._named = {"installation": installation} if installation else {}
        self._healthy = False
        self._health_until = 0.0
        self._asking = asyncio.Lock()

    async def hello(self, _: web.Request) -> web.Response:
        return web.Response(text="Leadtrace collector: POST events to /v1/events or /v1/batch.\n")

    async def health(self, _: web.Request) -> web.Response:
        async with self._asking:
            loop = asyncio.get_running_loop()
            if loop.time() >= self._health_until:
                self._healthy = await asyncio.to_thread(self._publisher.answers)
                self._health_until = loop.time() + HEALTH_SECONDS
        if not self._healthy:
            raise RefusedError(503, "the Kafka broker does not answer")
        return json_answer({"status": "ok", **self._named})

    async def segment_batch(self, request: web.Request) -> web.Response:
        def understand(call: Call) -> Steps:
            batch = call.body.get("batch") if isinstance(call.body, dict) else None
            if not isinstance(batch, list) or not batch:
                raise RefusedError(400, 'the body must be an object with the events in the array "batch"')
            if len(batch) > MOST_EVENTS:
                raise RefusedError(400, f"a batch holds at most {MOST_EVENTS} events: send several")
            context = call.body.get("context")
            if call.size > LARGEST_EVENT and (fault := _too_much(context)):
                raise RefusedError(400, f"the context of the batch {fault}")
            events = (merged_context(each, context) for each in batch)
            reception = by_their_own_clock(call.reception, batch, TIMES)
            is_large = call.size > LARGEST_EVENT
            return _each(events, lambda event: fact_of_call(event, reception), reception, is_large)

        return await self._intake.collect(request, LARGEST_BATCH, understand)

    async def segment_single(self, request: web.Request) -> web.Response:
        kind = SINGLE[request.path.rpartition("/")[2]]

        def understand(call: Call) -> Steps:
            event = call.body | {"type": kind} if isinstance(call.body, dict) else call.body
            reception = by_their_own_clock(call.reception, [event], TIMES)
            return _each([event], lambda event: fact_of_call(event, reception), reception)

        return await self._intake.collect(request, LARGEST_EVENT, understand)

    async def segment_metrics(self, request: web.Request) -> web.Response:
        return await self._intake.collect(request, LARGEST_BATCH, lambda _: collected((), self._tokeniser))

    async def events(self, request: web.Request) -> web.Response:
        def understand(call: Call) -> Steps:
            body = call.body
            events = body.get("events", [body]) if isinstance(body, dict) else body
            if not isinstance(events, list) or not events:
                raise RefusedError(400, "the body must be an event (a JSON object) or an array of events")
            if len(events) > MOST_EVENTS:
                raise RefusedError(400, f"a request holds at most {MOST_EVENTS} events: send several")
            reception = by_their_own_clock(call.reception, events, (OCCURRED_AT,))
            is_large = call.size > LARGEST_EVENT
            return _each(events, lambda event: fact_of_event(event, reception), reception, is_large)

        return await self._intake.collect(request, LARGEST_BATCH, understand)

    async def crm(self, request: web.Request) -> web.Response:
        system = request.match_info["system"]

        def understand(call: Call) -> Steps:
            now = call.reception.received_at
            return steps_of_webhook(system, call.body, self._mappings(), self._tokeniser, now)

        proof = self._proofs.shown_before(request, system)
        return await self._intake.collect(request, LARGEST_WEBHOOK, understand, proof)


def _each(
    events: Iterable[Any],
    fact_of: Callable[[Any], Fact],
    reception: Reception,
    may_be_large: bool = False,
) -> Steps:
    def outcome(index: int, event: Any) -> Fact | LeftOut:
        if may_be_large and (fault := _too_much(event)):
            return LeftOut(index, "", f"the event {fault}")
        try:
            return fact_of(event)
        except UnusableError as error:
            return LeftOut(index, "", str(error))

    return collected((outcome(index, event) for index, event in enumerate(events)), reception.tokeniser)


def _too_much(value: Any) -> str:
    """Say what keeps a value from being that of one event, "" if nothing does."""
    try:
        size = len(orjson.dumps(value))
    except TypeError:
        return "is nested too deeply"
    return f"is larger than {LARGEST_EVENT >> 10} KB" if size > LARGEST_EVENT else ""
