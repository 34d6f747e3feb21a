"""Looks through the states of each partition when something is due: a few at a time, beside the records."""

import asyncio
import logging
import time
from collections.abc import Callable

from ending import GAVE_UP, stop_at_once
from streams.batches import Effects, Maintenance, MaintenanceTask, Read
from streams.consumer import BatchConsumer
from streams.delivery import Delivery, now
from streams.isolation import bearable
from streams.lag import is_idle
from streams.limits import Limits
from streams.looks import looks

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
# Keys at a time: what they lead to holds up records for some milliseconds.
CHUNK = 50
SHORTEST_REST = 0.005


class MaintenanceLoop:
    """What one agent does to its states in the partitions that are its own."""

    def __init__(
        self,
        delivery: Delivery,
        maintenance: Maintenance,
        consumer: Callable[[], BatchConsumer],
        limits: Limits,
    ) -> None:
        self._delivery = delivery
        self._maintenance = maintenance
        self._consumer = consumer
        self._limits = limits
        self._ours_since: dict[tuple[int, int], float] = {}

    async def run(self) -> None:
        """Look what is due until cancelled; an error ends the process, as one while delivering does."""
        try:
            async for partition, generation in looks(self._delivery, self._consumer, LOOK_EVERY):
                await self._look_at(partition, generation)
        except Exception as error:
            log.exception("maintenance failed")
            stop_at_once(GAVE_UP, f"{type(error).__name__} while looking through {self._delivery.table_name}")

    async def _look_at(self, partition: int, generation: int) -> None:
        """See what is due in a partition, and do it as long as the group stays as it is.

        A rebalance ends it; as the metadata still say what is due, whoever has the partition then begins
        anew.
        """
        key = self._maintenance.metadata_key
        if self._maintenance.mend(self._delivery.part(partition), now()) is not None:
            await self._delivery.maintain(partition, generation, self._mended(partition))
            return
        states = self._delivery.part(partition)
        task = self._maintenance.plan(states.read(key), now())
        since = self._ours_since.setdefault((generation, partition), time.monotonic())
        if task is None or not (task.anew or await self._is_quiet(since)):
            return
        name = f"{self._delivery.table_name}-{partition}"
        has_some = any(each != key for each in next(states.in_chunks(2), ()))
        level = logging.INFO if has_some else logging.DEBUG
        log.log(level, "%s: %s, looking through its states", name, task.why)

        def begin(_read: Read) -> Effects:
            return Effects(changes={key: task.metadata})

        def finish(read: Read) -> Effects:
            return Effects(changes={key: self._maintenance.finish(task, read(key) or task.metadata, now())})

        ours = await self._delivery.maintain(partition, generation, begin)
        chunks, seen = states.in_chunks(CHUNK), 0
        # In another generation these states may be closed.
        while ours and self._consumer().open_generation() == generation:
            began = time.monotonic()
            chunk = next(chunks, None)
            if chunk is None:
                break
            keys = [each for each in chunk if each != key]
            seen += len(keys)
            ours = await self._delivery.maintain(partition, generation, self._performing(task, keys))
            # At least half of the time is for records.
            await asyncio.sleep(max(SHORTEST_REST, time.monotonic() - began))
        if ours and await self._delivery.maintain(partition, generation, finish):
            log.log(level, "%s: done, %d states", name, seen)
        else:
            log.info("%s: the group changes, so it is looked through again", name)

    def _mended(self, partition: int) -> Callable[[Read], Effects]:
        def work(_read: Read) -> Effects:
            mended = self._maintenance.mend(self._delivery.part(partition), now())
            return Effects(changes={} if mended is None else {self._maintenance.metadata_key: mended})

        return work

    def _performing(self, task: MaintenanceTask, keys: list[bytes]) -> Callable[[Read], Effects]:
        at, perform = now(), self._maintenance.perform
        return lambda read: bearable(lambda some, read: perform(task, some, at, read), keys, read)

    async def _is_quiet(self, since: float) -> bool:
        """Whether nothing waits, so that whatever could keep a state has been heard."""
        settled = time.monotonic() - since >= self._limits.quiet_period
        return settled and await is_idle(self._consumer())
