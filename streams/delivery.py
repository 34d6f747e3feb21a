"""Carries runs from the agents to their acknowledgement, in the one order that loses nothing."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from streams import dead_letters
from streams.consumer import RunConsumer
from streams.isolation import Breaker, isolate
from streams.limits import Limits
from streams.messages import Claim, RunMessage
from streams.publisher import Publisher
from streams.runs import AgentSpec, Effects, Output, Read, Run
from streams.stop import GAVE_UP, TOO_MANY_DEAD_LETTERS, stop_at_once
from streams.table import RunTable

log = logging.getLogger(__name__)


def now() -> int:
    """The time, in UTC milliseconds."""
    return time.time_ns() // 1_000_000


class Delivery:
    """What one agent does with a run."""

    def __init__(
        self,
        spec: AgentSpec,
        table: RunTable,
        publisher: Publisher,
        consumer: Callable[[], RunConsumer],
        limits: Limits,
        app_version: str,
    ) -> None:
        self._spec = spec
        self._table = table
        self._publisher = publisher
        self._consumer = consumer
        self._limits = limits
        self._app_version = app_version
        self._breaker = Breaker(limits)
        self._turns: dict[int, asyncio.Lock] = {}

    @property
    def table_name(self) -> str:
        return self._spec.table

    def partitions(self) -> list[int]:
        """The partitions of the table that are ours."""
        changelog = self._table.changelog_topic_name
        return sorted(tp.partition for tp in self._consumer().assignment() if tp.topic == changelog)

    def part(self, partition: int) -> Mapping[bytes, bytes]:
        """The states of a partition."""
        return self._table.part(partition)

    async def deliver(self, message: RunMessage) -> None:
        """Do with a run all that has to be done, in this order, once the mark of its partition stands:

        1. the handler, which is pure, says what the run leads to;
        2. outputs and dead letters go to the brokers, and all their acks are awaited;
        3. the changed state goes to the changelog, and its ack is awaited;
        4. the table in memory takes over the changes;
        5. the run counts as done, and its offsets may be committed.

        A crash between any two steps repeats the run. Outputs come before state, so state that was
        persisted implies that every output made on the way to it was acknowledged: a handler may
        publish differences only.
        """
        run: Run = message.value
        async with self._turn(run.partition):
            done = await self._deliver(run, message)
        self._consumer().finish(message, done=done)

    async def tend(self, partition: int, generation: int, work: Callable[[Read], Effects]) -> bool:
        """Do with what follows from a few states the same as with a run, between two runs.

        False when the group is no longer in this generation; then nothing of it is remembered.
        """
        async with self._turn(partition):
            claim = Claim(generation)
            if not self._consumer().begin(claim):
                return False
            try:
                return await self._carry_out(partition, work(self._table.part(partition).get), [], claim)
            finally:
                self._consumer().let_go(claim)

    async def _deliver(self, run: Run, message: RunMessage) -> bool:
        part = self._table.part(run.partition)
        if not await self._opened(run.partition, message):
            return False
        effects = isolate(self._spec.handler, run, part.get, self._limits.record_bytes)
        if self._breaker.trips(run, effects.dead_letters):
            stop_at_once(
                TOO_MANY_DEAD_LETTERS,
                f"agent {self._spec.name}: more than {self._limits.consecutive_dead_letters} dead letters "
                f"in a row in {run.topic}-{run.partition}; nothing of them is committed",
            )
        letters = [dead_letters.from_source(each, run, self._app_version) for each in effects.dead_letters]
        return await self._carry_out(run.partition, effects, letters, message)

    async def _opened(self, partition: int, claim: Claim | RunMessage) -> bool:
        """Write the mark of a partition, if the first record under a new policy comes."""
        upkeep = self._spec.upkeep
        if upkeep is None:
            return True
        states = self._table.part(partition)
        mark = upkeep.open(states.get(upkeep.mark_key), len(states), now())
        if mark is None:
            return True
        return await self._carry_out(partition, Effects(changes={upkeep.mark_key: mark}), [], claim)

    async def _carry_out(
        self, partition: int, effects: Effects, letters: list[Output], claim: Claim | RunMessage
    ) -> bool:
        refused = await self._publisher.publish([*effects.outputs, *letters])
        if refused:
            await self._publisher.publish(
                [dead_letters.from_refused(each, self._app_version) for each in refused]
            )
        if not self._consumer().still_ours(claim):
            return False
        await self._table.persist(partition, effects.changes, self._publisher)
        return True

    def _turn(self, partition: int) -> asyncio.Lock:
        return self._turns.setdefault(partition, asyncio.Lock())


class Lanes:
    """One lane per partition number: runs that share a part of the table follow one another, others don't
    wait for each other's acks. How many wait in one is bounded by the consumer, which takes no more of a
    partition until some are done: a lane that is full would keep the runs of all others waiting."""

    def __init__(self, delivery: Delivery, consumer: Callable[[], RunConsumer]) -> None:
        self._delivery = delivery
        self._consumer = consumer
        self._queues: dict[int, asyncio.Queue[RunMessage]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def put(self, message: RunMessage) -> None:
        """Hand a run to its lane."""
        queue = self._queues.get(message.partition)
        if queue is None:
            queue = self._queues[message.partition] = asyncio.Queue()
            self._tasks.append(asyncio.create_task(self._work(queue)))
        queue.put_nowait(message)

    async def _work(self, queue: asyncio.Queue[RunMessage]) -> None:
        while True:
            message = await queue.get()
            if not self._consumer().begin(message):
                continue
            try:
                await self._delivery.deliver(message)
            except Exception as error:
                # Nothing may leave an agent, and nothing be skipped.
                log.exception("delivery failed")
                stop_at_once(GAVE_UP, f"{type(error).__name__} while delivering {message.tp}")

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some other work as long as the lanes are there."""
        self._tasks.append(asyncio.create_task(work))

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
