"""What the collector does with a request: read it, understand it, publish it, and only then say yes."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import orjson
from aiohttp import web

from producers.cells.times import parse_time
from producers.collector.admission import CALLER, Admission
from producers.collector.answering import GUARD, TALLY, json_answer
from producers.collector.bodies import light, parsed, read_body, understanding
from producers.collector.budget import Budget, Lease
from producers.collector.keys import WriteKeys
from producers.collector.refusals import RefusedError
from producers.collector.turns import Turns
from producers.collector.unpacking import unpacked
from producers.collector.webhook_proofs import WebhookProofs
from producers.crm.webhook import Mappings, steps_of_webhook
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.privacy.masking import masked
from producers.privacy.personal_data import Tokeniser
from producers.publishing.collected import Collected, Steps, collected, finished
from producers.publishing.publisher import PublishError
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
from schemas.codec import Encoded
from schemas.envelope import Fact

IN_WORK: Final = 64 << 20  # bytes of all requests together; what they become takes a few times as much
LARGEST_WEBHOOK: Final = 1 << 20
SHOWN: Final = 100
HEALTH_SECONDS: Final = 1.0

# Short paths are those of Segment's browser SDK.
SINGLE: Final = {
    "track": "track", "t": "track", "page": "page", "p": "page", "screen": "screen", "s": "screen",
    "identify": "identify", "i": "identify", "group": "group", "g": "group", "alias": "alias", "a": "alias",
}  # fmt: skip


class AsyncPublisher(Protocol):
    """What the collector needs of a publisher."""

    async def apublish(self, records: Iterable[Encoded]) -> None:
        """Return when all records are confirmed by the broker; raise PublishError otherwise."""

    def answers(self) -> bool:
        """Tell whether the broker answers; may block."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A request as far as all kinds have it in common: its JSON, and how big that is."""

    body: Any
    size: int
    reception: Reception


Understand: TypeAlias = Callable[[_Call], Steps]


class Handlers:
    """The handlers. They share what is in work, and what was last heard of the broker's health."""

    def __init__(
        self,
        keys: WriteKeys,
        proofs: WebhookProofs,
        admission: Admission,
        publisher: AsyncPublisher,
        tokeniser: Tokeniser,
        clock: Callable[[], int],
        mappings: Callable[[], Mappings],
        installation: str = "",
    ) -> None:
        self._keys = keys
        self._proofs = proofs
        self._admission = admission
        self._publisher = publisher
        self._tokeniser = tokeniser
        self._clock = clock
        self._mappings = mappings
        self._named = {"installation": installation} if installation else {}
        self._budget = Budget(IN_WORK, time.monotonic)
        self._turns = Turns()
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
        def understand(call: _Call) -> Steps:
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

        return await self._collect(request, LARGEST_BATCH, understand)

    async def segment_single(self, request: web.Request) -> web.Response:
        kind = SINGLE[request.path.rpartition("/")[2]]

        def understand(call: _Call) -> Steps:
            event = call.body | {"type": kind} if isinstance(call.body, dict) else call.body
            reception = by_their_own_clock(call.reception, [event], TIMES)
            return _each([event], lambda event: fact_of_call(event, reception), reception)

        return await self._collect(request, LARGEST_EVENT, understand)

    async def segment_metrics(self, request: web.Request) -> web.Response:
        return await self._collect(request, LARGEST_BATCH, lambda _: collected((), self._tokeniser))

    async def events(self, request: web.Request) -> web.Response:
        def understand(call: _Call) -> Steps:
            body = call.body
            events = body.get("events", [body]) if isinstance(body, dict) else body
            if not isinstance(events, list) or not events:
                raise RefusedError(400, "the body must be an event (a JSON object) or an array of events")
            if len(events) > MOST_EVENTS:
                raise RefusedError(400, f"a request holds at most {MOST_EVENTS} events: send several")
            reception = by_their_own_clock(call.reception, events, (OCCURRED_AT,))
            is_large = call.size > LARGEST_EVENT
            return _each(events, lambda event: fact_of_event(event, reception), reception, is_large)

        return await self._collect(request, LARGEST_BATCH, understand)

    async def crm(self, request: web.Request) -> web.Response:
        system = request.match_info["system"]

        def understand(call: _Call) -> Steps:
            now = call.reception.received_at
            return steps_of_webhook(system, call.body, self._mappings(), self._tokeniser, now)

        proof = self._proofs.shown_before(request, system)
        return await self._collect(request, LARGEST_WEBHOOK, understand, proof)

    async def _collect(
        self,
        request: web.Request,
        largest: int,
        understand: Understand,
        proof: Callable[[bytes], None] | None = None,
    ) -> web.Response:
        """Answer one request that brings events.

        1. A write key in its headers is checked before anything else: a wrong one leaves the body unread.
           Of a webhook that was done already, and `proof` looks at its bytes.
        2. Its body is read, within limits of size and time; if no header showed a key, the body has to.
        3. Each event becomes a fact or is rejected with a reason; nothing of use at all is a 400.
        4. The facts are published; only when the broker has confirmed each of them, the answer is 200.
        """
        key = self._keys.shown_before(request) if proof is None else b""
        self._admission.admit_key(key)
        with self._turns.beside(), self._budget.lease(key is not None and proof is None) as lease:
            sent = await read_body(request, lease, largest)
            request.app[GUARD].works(request.transport)
            if proof is not None:
                proof(sent)
            with understanding(largest):
                if (plain := light(sent)) is not None:
                    told = finished(self._steps(request, key, understand, plain))
                else:
                    told = await self._in_turn(request, key, understand, sent, lease, largest)
            del sent, plain
            if told.rejected and not (told.accepted or told.ignored):
                raise RefusedError(400, masked(told.rejected[0].reason), _shown(told.rejected))
            try:
                await self._publisher.apublish(told.records)
            except PublishError as error:
                request.app[TALLY].say(str(error))
                raise RefusedError(503, "the broker did not confirm in time: send it again later") from None
        answer = {"success": True, "accepted": told.accepted, "rejected": _shown(told.rejected)}
        if told.ignored:
            answer["ignored"] = [
                {"index": each.at, "reason": masked(each.reason)} for each in told.ignored[:SHOWN]
            ]
        return json_answer(answer)

    async def _in_turn(
        self,
        request: web.Request,
        key: bytes | None,
        understand: Understand,
        sent: bytes,
        lease: Lease,
        largest: int,
    ) -> Collected:
        """Make facts of a large body when it has its turn, in slices."""
        async with self._turns.turn(request[CALLER]) as work:
            plain = unpacked(sent, largest)
            lease.reserve(max(0, len(plain) - len(sent)))
            await work.pause()
            steps = self._steps(request, key, understand, plain)
            await work.pause()
            return await work.through(steps)

    def _steps(self, request: web.Request, key: bytes | None, understand: Understand, plain: bytes) -> Steps:
        """Parse a body, and return the steps in which it becomes facts."""
        body = parsed(plain)
        if key is None:
            key = self._keys.shown_within(body)
            self._admission.admit_key(key)
        return _of_use(understand(_Call(body, len(plain), self._reception(request, body))))

    def _reception(self, request: web.Request, body: Any) -> Reception:
        told = body if isinstance(body, dict) else {}
        agent = request.headers.get("User-Agent", "")
        return Reception(
            tokeniser=self._tokeniser,
            received_at=self._clock(),
            sent_at=_moment(told.get("sentAt", told.get("sent_at"))),
            # That of a server-side SDK says nothing of the visitor.
            user_agent=agent if agent.startswith("Mozilla/") else "",
            historical=request.path == "/v1/import",
        )


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


def _of_use(steps: Steps) -> Steps:
    try:
        return (yield from steps)
    except UnusableError as error:
        raise RefusedError(400, masked(str(error))) from None


def _too_much(value: Any) -> str:
    """Say what keeps a value from being that of one event, "" if nothing does."""
    try:
        size = len(orjson.dumps(value))
    except TypeError:
        return "is nested too deeply"
    return f"is larger than {LARGEST_EVENT >> 10} KB" if size > LARGEST_EVENT else ""


def _moment(value: Any) -> int | None:
    try:
        return parse_time(value)
    except UnusableError:
        return None  # it only serves to correct the sender's clock


def _shown(rejected: tuple[LeftOut, ...]) -> list[dict[str, Any]]:
    return [{"index": each.at, "error": masked(each.reason)} for each in rejected[:SHOWN]]
