"""The thread in which aiokafka's consumer lives: it takes records at the right moment, and has a pulse."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from aiokafka.errors import ConsumerStoppedError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

BEAT = 1.0
FETCH_WAIT_MS = 100


class Fetched(NamedTuple):
    """Records by partition, and the group's generation at the moment when they were taken."""

    generation: int
    records: Mapping[TP, list[Any]]


class BatchConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust has no types
    """The thread of aiokafka's consumer, with a pulse that notices when the process was suspended."""

    _waiter: "asyncio.Future[None] | None" = None

    def wake(self) -> None:
        """Have it look again at what is wanted; called by the agents' event loop."""
        with suppress(RuntimeError):  # the loop of this thread has ended
            self.thread_loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def on_start(self) -> None:
        await super().on_start()
        self.consumer.liveness.start_beating()
        self.add_future(self._beat())

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # A partition that was just emptied joins the next fetch request: that must not be 1.5 s away.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def _beat(self) -> None:
        while not self.should_stop:
            self.consumer.liveness.beat()
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

    def counted_in(self) -> bool:
        """Whether we are a member of the group, as far as we know."""
        return self._consumer is not None and self._consumer._coordinator.generation > 0

    def connected(self) -> bool:
        return self.counted_in() and self._consumer._coordinator.coordinator_id is not None
