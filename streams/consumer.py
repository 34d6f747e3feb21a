"""Faust's consumer, handing out batches instead of records and committing only what is done without a gap."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from time import monotonic
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.utils.futures import notify

from ending import GAVE_UP, stop_at_once
from streams.batches import Batch, Record, round_robin
from streams.consumer_thread import BatchConsumerThread, Fetched
from streams.generation import OpenGeneration
from streams.limits import Limits
from streams.liveness import Liveness
from streams.messages import BatchMessage, SideWork
from streams.progress import Progress
from streams.pulses import Pulses
from streams.restoring import Restoring

# Faust's base classes log a great deal under the name of the module.
log = logging.getLogger("streams.partitions")

POLL = 0.2
# Of each topic partition one batch is worked on while one is ready to follow it. What waits longer waits at
# the broker: there it is in nobody's way, and becomes part of a longer batch.
AHEAD = 2


class BatchConsumer(driver.Consumer):  # type: ignore[misc]  # Faust has no types
    """Hands out batches through the conductor to the agents, and commits what `finish` reports.

    Not thread-safe but for `wanted` and the beat of `liveness`: all else happens in the main event loop.
    """

    def __init__(self, transport: "BatchTransport", *args: Any, **kwargs: Any) -> None:
        self.limits = transport.limits
        self.progress: Progress[TP] = Progress()
        # With the times since when they are.
        self.in_flight: dict[BatchMessage | SideWork, float] = {}
        self.liveness = Liveness(self.limits.session_timeout, transport.pulses)
        self.generation = OpenGeneration()
        self._restoring = Restoring(transport.app)
        self._room = asyncio.Event()
        super().__init__(transport, *args, **kwargs)

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- from the broker to the agents

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                await self._hand_out_next()
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise

    async def _hand_out_next(self) -> None:
        await asyncio.sleep(0)
        generation, fetched = await self._fetch()
        if generation != self.app.consumer_generation_id:
            return
        batches: dict[TP, Iterator[tuple[Record, ...]]] = {}
        for tp, found in fetched.items():
            if self._is_changelog_tp(tp):
                if self._restoring.apply(tp, found):
                    self.liveness.moved()
            else:
                batches[tp] = self._slices(tp, found)
        for tp, records in round_robin(batches):
            if not self._is_open(generation):
                # What was fetched and is dropped here would be skipped, if this generation went on.
                self.generation.close()
                return
            message = self._message(tp, records, generation)
            await self.wait_first(self.callback(message), self.suspend_flow.wait())

    async def _fetch(self) -> Fetched:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        self._room.clear()
        if self.should_stop or not self.wanted():
            await self.wait(self._room, timeout=POLL)
            return Fetched(self.app.consumer_generation_id, {})
        fetched: Fetched = await self._getmany(None, timeout=POLL)
        return fetched

    def wanted(self) -> set[TP]:
        """The partitions to take records from now; called by the consumer's thread, too."""
        sources = self._is_open(self.app.consumer_generation_id)
        return {
            tp
            for tp in self._get_active_partitions().copy()
            if (tp in self._restoring if self._is_changelog_tp(tp) else sources and not self._is_full(tp))
        }

    def _is_full(self, tp: TP) -> bool:
        """Whether enough of a partition has been handed out for now."""
        return self.progress.on_their_way(tp) >= AHEAD

    def _is_open(self, generation: int) -> bool:
        """Whether source records of this generation may be worked on."""
        current: int = self.app.consumer_generation_id
        return bool(self.flow_active) and generation == current and self.generation.is_open(generation)

    async def perform_seek(self) -> None:
        generation = self.app.consumer_generation_id
        await super().perform_seek()
        if generation == self.app.consumer_generation_id:
            self.generation.sought(generation)

    def resume_flow(self) -> None:
        # The last step of a recovery. Before it Faust has emptied the queues, after it nothing is dropped.
        super().resume_flow()
        self.generation.recovered()

    def _slices(self, tp: TP, records: list[Any]) -> Iterator[tuple[Record, ...]]:
        size = self.transport.max_batches[tp.topic]
        for start in range(0, len(records), size):
            yield tuple(
                Record(each.offset, each.key, each.value, tuple(each.headers), each.timestamp)
                for each in records[start : start + size]
            )

    def _message(self, tp: TP, records: tuple[Record, ...], generation: int) -> BatchMessage:
        last = records[-1]
        batch = Batch(tp.topic.removeprefix(self.transport.prefix), tp.partition, records)
        stamp = last.timestamp
        message = BatchMessage(
            tp.topic, tp.partition, last.offset, stamp / 1000, 0, (), None, batch, None, 0, 0, tp,
            generation_id=generation,
        )  # fmt: skip
        message.span = self.progress.hand_out(tp, records[0].offset, last.offset)
        return message

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Called by the recovery when it knows from where to read each changelog partition, and how far."""
        generation = self.app.consumer_generation_id
        await super().seek_wait(partitions)
        if generation == self.app.consumer_generation_id:
            self._restoring.begin(partitions)

    # -- from the agents to the commit

    def begin(self, message: BatchMessage | SideWork) -> bool:
        """Begin work on a batch, or beside them; False when its partition is being taken away."""
        if not self._is_open(message.generation_id):
            return False
        self.in_flight[message] = monotonic()
        return True

    def still_ours(self, message: BatchMessage | SideWork) -> bool:
        """Whether the partition of work that has begun may be written: nobody else can have it yet."""
        self.liveness.check_silence()
        current: bool = message.generation_id == self.app.consumer_generation_id
        return current and self._thread.counted_in()

    def finish(self, message: BatchMessage, *, done: bool) -> None:
        """Let go of a batch that was begun; `done` when all that was made from it is acknowledged."""
        was_full = self._is_full(message.tp)
        if done and self.progress.done(message.tp, message.span):
            self.liveness.finished()
        self.let_go(message)
        if was_full and not self._is_full(message.tp):
            # Whoever waits for records was told not to take those of this partition.
            self._room.set()
            self._thread.wake()

    def let_go(self, begun: BatchMessage | SideWork) -> None:
        """Nothing is done any more of what was begun."""
        self.in_flight.pop(begun, None)
        notify(self._waiting_for_ack)

    def open_generation(self) -> int | None:
        """The generation of the group in which records may be worked on now."""
        generation: int = self.app.consumer_generation_id
        return generation if self._is_open(generation) else None

    async def wait_empty(self) -> None:
        """Wait until the batches in flight have ended, then commit."""
        while self.in_flight and not self.should_stop:
            await self._wait_for_ack(timeout=1)
        await self.maybe_wait_for_commit_to_finish()
        await self.commit()

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (
            tp for tp in self.progress.partitions() if topics is None or tp in topics or tp.topic in topics
        )

    def _new_offset(self, tp: TP) -> int | None:
        return self.progress.to_commit(tp)

    def _should_commit(self, _tp: TP, _offset: int) -> bool:
        return True

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        did: bool = await super()._commit_offsets(offsets, start_new_transaction)
        if did:
            for tp, offset in offsets.items():
                self.progress.committed(tp, offset)
            self.liveness.committed(rest=bool(self.progress.partitions()))
        return did

    # -- rebalances

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let the batches in flight end and commit them while the partitions are still ours."""
        self.generation.end(self.app.consumer_generation_id)
        self._restoring.end()
        try:
            async with asyncio.timeout(self.limits.rebalance_timeout / 2):
                await super().on_partitions_revoked(revoked)
        except TimeoutError:
            stop_at_once(GAVE_UP, "batches did not end in time for the group to rebalance")
        self._forget()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self._forget()
        await super().on_partitions_assigned(assigned, generation_id)
        counts = Counter(tp.topic for tp in assigned if not self._is_changelog_tp(tp))
        log.info(
            "assigned: %s", ", ".join(f"{topic} {n}" for topic, n in sorted(counts.items())) or "nothing"
        )

    def _forget(self) -> None:
        self.progress.clear()
        self.generation.forget()
        self._restoring.end()
        self.liveness.forget()

    # -- what others ask

    def connected(self) -> bool:
        """Whether the coordinator of the group is known and counts us in."""
        return bool(self._thread.connected())

    def following(self) -> dict[TP, int]:
        """The offset after the last one handed out, of each source partition."""
        known = {tp: at for tp, at in self._thread.positions().items() if not self._is_changelog_tp(tp)}
        return known | self.progress.next_offsets()

    async def ends(self, partitions: Collection[TP], within: float) -> Mapping[TP, int]:
        """The end of each partition; nothing else waits for the answer. Raises what the client does."""
        ends: Mapping[TP, int] = await self._thread.ends(partitions, within)
        return ends

    def being_restored(self) -> Collection[TP]:
        """The changelog partitions that are being read back."""
        return self._restoring.partitions() if self.app.in_recovery else ()


class BatchTransport(driver.Transport):  # type: ignore[misc]  # Faust has no types
    """Names the consumer, and carries what it has to know."""

    Consumer = BatchConsumer

    def __init__(self, url: Any, app: faust.App, prefix: str, max_batches: Mapping[str, int], limits: Limits):
        super().__init__(url, app)
        self.prefix = prefix
        self.max_batches = max_batches
        self.limits = limits
        self.pulses = Pulses()
