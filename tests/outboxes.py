"""A way back in memory: its log, a receiver that counts, and processes over both."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, cast

from outbox.allowed import Allowed, Policy
from outbox.destination import Answer, Request
from outbox.ledger import Event, Ledger
from outbox.log import Pair, Stored
from outbox.running import Outbox, Planner
from outbox.speaking import LostError, UnreachableError

Reply = Callable[[Request], Answer | Exception | Awaitable[Answer]]
OK = Answer(status=200)


class MemoryStore:
    """The log as Kafka would keep it; `compacted` leaves only the newest record of each key."""

    def __init__(self) -> None:
        self.records: list[Stored] = []
        self.end = 0

    def read(self, offset: int) -> tuple[Sequence[Stored], int]:
        return [each for each in self.records if each.offset >= offset], self.end

    def append(self, records: Sequence[Pair]) -> Sequence[int]:
        offsets = range(self.end, self.end + len(records))
        self.records += [Stored(at, *pair) for at, pair in zip(offsets, records, strict=True)]
        self.end += len(records)
        return list(offsets)

    def compact(self) -> None:
        newest = {each.key: each for each in self.records}
        self.records = sorted(newest.values(), key=lambda each: each.offset)


class Receiver:
    """Answers each request as `replies` say, the last one for ever, and counts how often each order came."""

    def __init__(self, *replies: Answer | Exception | Reply) -> None:
        self.replies = list(replies) or [OK]
        self.came: Counter[str] = Counter()
        self.requests: list[Request] = []

    async def ask(self, request: Request, seconds: float, allows_private: bool) -> Answer:
        del seconds, allows_private
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        told: Any = reply(request) if callable(reply) else reply
        if asyncio.iscoroutine(told):
            told = await told
        if isinstance(told, UnreachableError):
            raise told
        self.requests.append(request)
        self.came.update(request.keys)
        if isinstance(told, Exception):
            raise told
        return cast(Answer, told)


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, now: int = 1_700_000_500_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += int(seconds * 1000)


class Planned:
    """A planner that says what it was given, once."""

    def __init__(self, *events: Callable[[Ledger], Iterable[Event]]) -> None:
        self._events = list(events)

    def look(self, ledger: Ledger) -> Iterable[list[Event]]:
        told, self._events = self._events, []
        for each in told:
            yield list(each(ledger))


def process(
    store: MemoryStore,
    receiver: Any,
    clock: Clock,
    allowed: Sequence[Allowed],
    *events: Any,
    contacts: Any = None,
) -> Outbox:
    """A process of the way back, which plans these events."""
    planner = cast(Planner, Planned(*events))
    return Outbox(
        Policy(tuple(allowed), 1), planner, store, receiver, contacts, clock, abandoned_after=60_000
    )


def lost() -> LostError:
    return LostError("it did not answer within 20 s")
