"""Looks, now and then, whether anybody else has written to the changelogs that are this worker's."""

import asyncio
from collections.abc import Callable

from streams.consumer import BatchConsumer
from streams.delivery import Delivery
from streams.lag import ends_of

# Far below the time after which records of a changelog may be compacted.
LOOK_EVERY = 15.0


class ChangelogWatch:
    """What comes late to a partition is seen by the next write to it; here, if there is none for long."""

    def __init__(self, delivery: Delivery, consumer: Callable[[], BatchConsumer]) -> None:
        self._delivery = delivery
        self._consumer = consumer

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self._look()

    async def _look(self) -> None:
        generation = self._consumer().open_generation()
        places = self._delivery.changelogs()
        if generation is None or not places:
            return
        ends = await ends_of(self._consumer(), places)
        for place, end in (ends or {}).items():
            await self._delivery.look_at_end(place.partition, generation, end)
