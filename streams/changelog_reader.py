"""Reads a few records of a changelog by their offsets, beside the consumer of the group."""

from collections.abc import AsyncIterator, Mapping, Sequence
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.limits import Limits
from streams.publisher import FAILURES
from streams.retry import Retry

POLL_MS = 500
SILENCE = 15.0


class ChangelogReader:
    """Opens a connection when it is asked, which is seldom: after somebody else has written."""

    def __init__(self, options: Mapping[str, Any], limits: Limits) -> None:
        """`options` say where the brokers are, and how to speak to them."""
        self._options = options
        self._limits = limits

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[Sequence[Any]]:
        """Yield the records from offset `start` to before `end`, which must be an offset that was written, or
        the next one. What is tried again after a failure goes on where it was."""
        retry = Retry(f"reading {topic}", self._limits)
        while start < end:
            consumer = AIOKafkaConsumer(
                **self._options, enable_auto_commit=False, auto_offset_reset="earliest"
            )
            try:
                await consumer.start()
                place = TopicPartition(topic, partition)
                consumer.assign([place])
                consumer.seek(place, start)
                while start < end:
                    found = await _poll(consumer, place)
                    yield [record for record in found if start <= record.offset < end]
                    start = await consumer.position(place)
                    retry.over()
            except FAILURES as error:
                await retry.failed(error)
            finally:
                await consumer.stop()


async def _poll(consumer: AIOKafkaConsumer, place: TopicPartition) -> Sequence[Any]:
    began = monotonic()
    while not (found := await consumer.getmany(place, timeout_ms=POLL_MS)):
        if monotonic() - began > SILENCE:
            raise TimeoutError
    records: Sequence[Any] = found[place]
    return records
