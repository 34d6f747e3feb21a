"""Carries batches from the agents to their acknowledgement, in the one order that loses nothing."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from faust.types import TP

from background import BackgroundTask
from ending import GAVE_UP, TOO_MANY_DEAD_LETTERS, stop_at_once
from streams import dead_letters
from streams.batches import AgentSpec, Batch, DeadLetter, Effects, Output, Read
from streams.changelog_writer import ChangelogWriter
from streams.consumer import BatchConsumer
from streams.damaged import DamageLog
from streams.isolation import Breaker, bearable, isolate
from streams.limits import Limits
from streams.messages import BatchMessage, SideWork
from streams.publisher import Publisher
from streams.sent_outputs import Gap, Place, SentOutputs
from streams.states import States
from streams.table import BatchTable
from streams.told_letters import ToldLetters

log = logging.getLogger(__name__)


def now() -> int:
    """The time, in UTC milliseconds."""
    return time.time_ns() // 1_000_000


class Delivery:
    """What one agent does with a batch."""

    def __init__(
        self,
        spec: AgentSpec,
        table: BatchTable,
        publisher: Publisher,
        writer: ChangelogWriter,
        consumer: Callable[[], BatchConsumer],
        limits: Limits,
        app_version: str,
        told: ToldLetters,
    ) -> None:
        self._spec = spec
        self._table = table
        self._publisher = publisher
        self._writer = writer
        self._consumer = consumer
        self._limits = limits
        self._app_version = app_version
        self._breaker = Breaker(limits)
        self._told = told
        self._damage = DamageLog(spec.table)
        self._locks: dict[int, asyncio.Lock] = {}
        self._sent: dict[int, SentOutputs] = {}
        self._sent_in: dict[int, int] = {}

    @property
    def table_name(self) -> str:
        return self._spec.table

    def partitions(self) -> list[int]:
        """The partitions of the table that are ours."""
        return [tp.partition for tp in self.changelogs()]

    def part(self, partition: int) -> States:
        """The states of a partition."""
        return self._table.part(partition)

    def changelogs(self) -> list[TP]:
        """The partitions of the table's changelog that are ours."""
        name = self._table.changelog_topic_name
        return sorted(tp for tp in self._consumer().assignment() if tp.topic == name)

    async def deliver(self, message: BatchMessage) -> None:
        """Do with a batch all that has to be done, in this order, once its partition is claimed in the
        changelog, and its metadata stand:

        1. the handler, which is pure, says what the batch leads to;
        2. outputs and dead letters go to the brokers, and all their acks are awaited;
        3. the changed state goes to the changelog, and its ack is awaited, which tells if another has
           claimed the partition meanwhile: then this process ends;
        4. the table takes over the changes, in memory or on the disk;
        5. the batch counts as done, and its offsets may be committed.

        A crash between any two steps repeats the batch. Outputs come before state, so state that was
        persisted implies that every output made on the way to it was acknowledged: a handler may
        publish differences only.
        """
        batch: Batch = message.value
        async with self._lock_of(batch.partition):
            done = await self._is_taken(batch.partition, message) and await self._deliver(batch, message)
        self._consumer().finish(message, done=done)

    async def maintain(self, partition: int, generation: int, work: Callable[[Read], Effects]) -> bool:
        """Do with what follows from a few states the same as with a batch, between two batches.

        False when the group is no longer in this generation; then nothing of it is remembered.
        """
        async with self._lock_of(partition):
            begun = SideWork(generation)
            if not self._consumer().begin(begun):
                return False
            try:
                if not await self._is_taken(partition, begun):
                    return False
                return await self._carry_out(partition, work(self._table.part(partition).read), [], begun)
            finally:
                self._consumer().let_go(begun)

    async def look_at_end(self, partition: int, generation: int, end: int) -> None:
        """See what others have written before this offset of the changelog, and put right what it hides."""
        changelog = self._table.changelog(partition)
        if end <= (changelog.end or 0) and not changelog.void():
            return
        async with self._lock_of(partition):
            begun = SideWork(generation)
            if not self._consumer().begin(begun):
                return
            try:
                if await self._is_taken(partition, begun):
                    await self._writer.look(partition, end)
                    await self._writer.write(partition, {})
            finally:
                self._consumer().let_go(begun)

    def sent_of(self, partition: int, generation: int) -> SentOutputs:
        """Where the outputs of a partition stand that is ours in this generation: at first, where the owner
        before has left them."""
        if self._sent_in.get(partition) != generation:
            self._sent_in[partition] = generation
            self._sent[partition] = SentOutputs(self._table.changelog(partition).note)
        return self._sent[partition]

    async def gaps(self, partition: int, sent: SentOutputs, ends: Mapping[Place, int]) -> tuple[Gap, ...]:
        """What others have written to compacted topics, which end at these offsets, beside what was sent."""
        # Nothing of ours is on its way there meanwhile.
        async with self._lock_of(partition):
            for place, end in ends.items():
                sent.seen(place, end)
            return sent.gaps()

    async def send_again(self, partition: int, generation: int, keys: list[bytes]) -> bool:
        """Send again what stands in compacted topics of these keys; False when the group changes."""
        maintenance = self._spec.maintenance
        if maintenance is None:
            return True
        return await self.maintain(
            partition, generation, lambda read: bearable(maintenance.again, keys, read)
        )

    async def _is_taken(self, partition: int, begun: SideWork | BatchMessage) -> bool:
        """Whether the partition is claimed, so that what is written from now on counts."""
        return await self._writer.take(
            partition, begun.generation_id, lambda: self._consumer().still_ours(begun)
        )

    async def _deliver(self, batch: Batch, message: BatchMessage) -> bool:
        part = self._table.part(batch.partition)
        if not await self._opened(batch.partition, message):
            return False
        effects = isolate(self._spec.handler, batch, part.read, self._limits.record_bytes)
        tripped = self._breaker.tripped_by(batch, effects.dead_letters)
        if tripped:
            await self._stop_for(batch, tripped, self.sent_of(batch.partition, message.generation_id))
        self._damage.note(batch, effects.dead_letters)
        letters = self._letters(batch, effects.dead_letters)
        return await self._carry_out(batch.partition, effects, letters, message)

    async def _stop_for(self, batch: Batch, tripped: Sequence[DeadLetter], sent: SentOutputs) -> NoReturn:
        """End the process after too many dead letters in a row, once those that explain it are published.

        Nothing is committed, so the next start comes to the same records. Their letters are known by where
        they stood, and those that were published by an earlier start are not published again.
        """
        fresh = self._told.beyond(batch.topic, batch.partition, tripped)
        # Without a disk to remember it on they are published again, which makes no more rows.
        with suppress(OSError):
            async with asyncio.timeout(self._limits.shutdown):
                await self._publish(self._letters(batch, fresh), sent)
                self._told.remember(batch.topic, batch.partition, tripped)
        last = tripped[-1]
        stop_at_once(
            TOO_MANY_DEAD_LETTERS,
            f"agent {self._spec.name}: more than {self._limits.consecutive_dead_letters} dead letters in a "
            f"row in {batch.topic}-{batch.partition}, the last at offset {last.record.offset} "
            f"({last.reason}); `leadtrace dead-letters` shows them. Nothing of them is committed: "
            "if it is what comes in, LEADTRACE_DEAD_LETTERS_IN_A_ROW=0 goes past it",
        )

    def _letters(self, batch: Batch, dead: Iterable[DeadLetter]) -> list[Output]:
        return [dead_letters.from_source(each, batch, self._app_version) for each in dead]

    async def _opened(self, partition: int, begun: SideWork | BatchMessage) -> bool:
        """Write the metadata of a partition, if the first record under a new policy comes."""
        maintenance = self._spec.maintenance
        if maintenance is None:
            return True
        states = self._table.part(partition)
        mended = maintenance.mend(states, now())
        if mended is not None:
            log.error("%s-%d: its metadata can't be read, and are found out anew", self.table_name, partition)
            changes = {maintenance.metadata_key: mended}
            if not await self._carry_out(partition, Effects(changes=changes), [], begun):
                return False
            states = self._table.part(partition)
        metadata = maintenance.open(states.read(maintenance.metadata_key), states, now())
        if metadata is None:
            return True
        return await self._carry_out(
            partition, Effects(changes={maintenance.metadata_key: metadata}), [], begun
        )

    async def _carry_out(
        self, partition: int, effects: Effects, letters: list[Output], begun: SideWork | BatchMessage
    ) -> bool:
        sent = self.sent_of(partition, begun.generation_id)
        await self._publish([*effects.outputs, *letters], sent)
        if not self._consumer().still_ours(begun):
            return False
        await self._writer.write(partition, effects.changes, sent.note())
        return True

    async def _publish(self, outputs: Sequence[Output], sent_by_us: SentOutputs) -> None:
        """Publish the outputs of a partition, and dead letters of those that the brokers refuse."""
        published = await self._publisher.publish(outputs)
        for (topic, number), sent in published.items():
            sent_by_us.acknowledged(Place(topic, number), sent.batches)
        refused = [output for sent in published.values() for output in sent.refused]
        if refused:
            await self._publisher.publish(
                [dead_letters.from_refused(each, self._app_version) for each in refused]
            )

    def _lock_of(self, partition: int) -> asyncio.Lock:
        return self._locks.setdefault(partition, asyncio.Lock())


class PartitionQueues:
    """One queue per partition number: batches that share a part of the table follow one another, others
    don't wait for each other's acks. How many wait in one is bounded by the consumer, which takes no more of
    a partition until some are done: a queue that is full would keep the batches of all others waiting."""

    def __init__(self, delivery: Delivery, consumer: Callable[[], BatchConsumer]) -> None:
        self._delivery = delivery
        self._consumer = consumer
        self._queues: dict[int, asyncio.Queue[BatchMessage]] = {}
        self._tasks: list[BackgroundTask] = []

    def put(self, message: BatchMessage) -> None:
        """Append a batch to the queue of its partition."""
        queue = self._queues.get(message.partition)
        if queue is None:
            queue = self._queues[message.partition] = asyncio.Queue()
            name = f"work on partition {message.partition} of {self._delivery.table_name}"
            self._tasks.append(BackgroundTask(name, self._work(queue)))
        queue.put_nowait(message)

    async def _work(self, queue: asyncio.Queue[BatchMessage]) -> None:
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

    def run_beside(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do some other work as long as the queues are worked on."""
        self._tasks.append(BackgroundTask(name, work))

    def close(self) -> None:
        for task in self._tasks:
            task.end()
