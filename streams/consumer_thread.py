"""The thread in which aiokafka's consumer lives: it takes records at the right moment, and has a pulse."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from aiokafka.errors import ConsumerStoppedError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from background import BackgroundTask, notice_ends_in_libraries
from ending import GAVE_UP, stop_at_once
from streams.clients import ended_in_consumer
from streams.fetching import read_on_past_what_is_unreadable
from streams.positions import ask_at_once, seek_to_committed
from streams.pulses import BEAT

FETCH_WAIT_MS = 100


class Fetched(NamedTuple):
    """Records by partition, and the group's generation at the moment when they were taken."""

    generation: int
    records: Mapping[TP, list[Any]]


class BatchConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust has no types
    """The thread of aiokafka's consumer, with a pulse that notices when the process was suspended."""

    _waiter: "asyncio.Future[None] | None" = None
    _pulse: BackgroundTask | None = None

    def wake(self) -> None:
        """Have it look again at what is wanted; called by the agents' event loop."""
        with suppress(RuntimeError):  # the loop of this thread has ended
            self.thread_loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def on_start(self) -> None:
        read_on_past_what_is_unreadable()
        notice_ends_in_libraries(self.thread_loop)
        await super().on_start()
        ask_at_once(self._consumer._fetcher)
        self._pulse = BackgroundTask("pulse of the consumer thread", self._beat())

    async def on_thread_stop(self) -> None:
        if self._pulse is not None:
            self._pulse.end()
            self.consumer.liveness.end_beating()
        await super().on_thread_stop()

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # A partition that was just emptied joins the next fetch request: that must not be 1.5 s away.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def _beat(self) -> None:
        while True:
            self.consumer.liveness.beat()
            ended = None if self.should_stop else ended_in_consumer(self._consumer)
            if ended is not None:
                stop_at_once(GAVE_UP, ended)
            await asyncio.sleep(BEAT)

    async def _fetch_records(
        self,
        consumer: Any,
        _active: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's signature
        max_records: int | None = None,
    ) -> Fetched:
        """Take what has been fetched for the partitions that are wanted at this very moment.

        aiokafka's own wait for records outlives a rebalance, and then takes records of the new assignment
        that nobody waits for any more; they would never be seen again.
        """
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        with fetcher._subscriptions.fetch_context():
            fetched = await self._take(fetcher, max_records)
            if fetched.records:
                return fetched
            waiter = self._waiter = fetcher._create_fetch_waiter()
            await asyncio.wait([waiter], timeout=timeout)
            if not waiter.done():
                waiter.cancel()
                return fetched
            waiter.result()
            return await self._take(fetcher, max_records)

    async def _take(self, fetcher: Any, max_records: int | None) -> Fetched:
        generation = self.app.consumer_generation_id
        wanted = self.consumer.wanted()
        if not wanted or fetcher._subscriptions.reassignment_in_progress:
            return Fetched(generation, {})
        # With a timeout of zero this never gives way to another task.
        return Fetched(generation, await fetcher.fetched_records(wanted, timeout=0, max_records=max_records))

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        """Seek all partitions to what is committed of them."""
        found: Mapping[TP, int | None] = await self.call_thread(seek_to_committed, self._ensure_consumer())
        return found

    async def ends(self, partitions: Collection[TP], within: float) -> Mapping[TP, int]:
        """The end of each partition, and nothing else waits for the answer. Raises TimeoutError.

        Not by the thread's queue: two questions that the brokers don't answer would hold up all fetching.
        """
        asked = asyncio.run_coroutine_threadsafe(self._ask_ends(partitions, within), self.thread_loop)
        ends: Mapping[TP, int] = await asyncio.wait_for(asyncio.wrap_future(asked), within + BEAT)
        return ends

    async def _ask_ends(self, partitions: Collection[TP], within: float) -> Any:
        async with asyncio.timeout(within):
            return await self._ensure_consumer().end_offsets(partitions)

    def positions(self) -> Mapping[TP, int]:
        """The offset that comes next of each partition, as far as it is known."""
        subscription = None if self._consumer is None else self._consumer._subscription.subscription
        assignment = None if subscription is None else subscription.assignment
        if assignment is None:
            return {}
        states = {TP(tp.topic, tp.partition): assignment.state_value(tp) for tp in assignment.tps}
        return {tp: state.position for tp, state in states.items() if state and state.has_valid_position}

    def counted_in(self) -> bool:
        """Whether we are a member of the group, as far as we know."""
        coordinator = self._coordinator()
        return coordinator is not None and coordinator.generation > 0

    def connected(self) -> bool:
        """Whether we are, and know whom to ask."""
        coordinator = self._coordinator()
        return self.counted_in() and coordinator.coordinator_id is not None

    def _coordinator(self) -> Any:
        """None until the brokers have answered for the first time, which takes a while when they are far."""
        return None if self._consumer is None else self._consumer._coordinator
