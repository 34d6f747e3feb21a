"""When a worker looks at its states beside the records: now and then, one partition after the other."""

import asyncio
from collections.abc import AsyncIterator, Callable

from streams.consumer import BatchConsumer
from streams.delivery import Delivery


async def looks(
    delivery: Delivery, consumer: Callable[[], BatchConsumer], every: float
) -> AsyncIterator[tuple[int, int]]:
    """Every so many seconds yield each partition that is ours, and in which generation of the group it is.

    Goes on until cancelled. While the group settles nothing is anybody's.
    """
    while True:
        await asyncio.sleep(every)
        generation = consumer().open_generation()
        for partition in delivery.partitions():
            # In another generation it may be another's.
            if generation is None or consumer().open_generation() != generation:
                break
            yield partition, generation
