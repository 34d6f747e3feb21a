"""Writes records to Kafka, one batch per topic partition, and returns when the brokers have them all."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import faust
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from streams.batches import Output
from streams.limits import Limits
from streams.retry import Retry

FAILURES = (KafkaError, OSError, TimeoutError)
REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError)
RECORD_OVERHEAD = 64
# What says of a key to what its record belongs.
Together = Callable[[bytes], bytes] | None


@dataclass(slots=True)
class Sent:
    """What became of the outputs for one partition: (first offset, number) of each batch in the log, and
    what the broker refused for its size."""

    batches: list[tuple[int, int]] = field(default_factory=list)
    refused: list[Output] = field(default_factory=list)


class Publisher:
    """Sends through the app's producer (acks=all); what fails is tried again until the budget is spent."""

    def __init__(self, app: faust.App, prefix: str, limits: Limits) -> None:
        self._app = app
        self._prefix = prefix
        self._limits = limits
        self._round_robin = itertools.count()

    async def publish(self, outputs: Sequence[Output]) -> dict[tuple[str, int], Sent]:
        """Publish all; returns, once all are acknowledged, what became of them by topic and partition.

        The outputs for one partition keep their order, whatever has to be sent again.
        """
        counts = {topic: await self._partitions(topic) for topic in {output.topic for output in outputs}}
        groups: dict[tuple[str, int], list[Output]] = {}
        for output in outputs:
            count = counts[output.topic]
            partition = output.partition(count)
            if partition is None:
                partition = next(self._round_robin) % count
            groups.setdefault((output.topic, partition), []).append(output)
        sent = await asyncio.gather(
            *(
                self.send(self._prefix + topic, partition, group)
                for (topic, partition), group in groups.items()
            )
        )
        return dict(zip(groups, sent, strict=True))

    async def send(
        self, topic: str, partition: int, outputs: Iterable[Output], together: Together = None
    ) -> Sent:
        """Write records, in order, to one partition of the topic with this full name.

        A chunk of them arrives whole or not at all. Consecutive ones that belong `together`, by what is said
        of their keys, are in one chunk, unless they are larger than any.
        """
        waiting = deque(self._chunks(outputs, together))
        sent = Sent()
        retry = Retry(f"writing to {topic}", self._limits)
        while waiting:
            error = await self._send_in_order(topic, partition, waiting, sent)
            if isinstance(error, REFUSALS):
                chunk = waiting.popleft()
                if len(chunk) == 1:
                    sent.refused.append(chunk[0])
                waiting.extendleft([each] for each in reversed(chunk) if len(chunk) > 1)
            elif error is not None:
                await retry.failed(error)
        retry.over()
        return sent

    async def _send_in_order(
        self, topic: str, partition: int, waiting: deque[list[Output]], sent: Sent
    ) -> BaseException | None:
        """Send all that waits, and take off what is acknowledged before the first failure."""
        producer = self._app.producer._ensure_producer()
        acks: list[Any] = []
        error: BaseException | None = None
        try:
            for chunk in waiting:
                acks.append(await producer.send_batch(_batch(producer, chunk), topic, partition=partition))
        except FAILURES as failure:
            error = failure
        for result in await asyncio.gather(*acks, return_exceptions=True):
            if isinstance(result, FAILURES):
                return result
            if isinstance(result, BaseException):
                raise result
            sent.batches.append((result.offset, len(waiting.popleft())))
        return error

    def _chunks(self, outputs: Iterable[Output], together: Together) -> Iterator[list[Output]]:
        chunk: list[Output] = []
        size = 0
        for group in _groups(outputs, together):
            sizes = [_size_of(output) for output in group]
            if chunk and size + sum(sizes) > self._limits.batch_bytes:
                yield chunk
                chunk, size = [], 0
            for output, more in zip(group, sizes, strict=True):
                if chunk and size + more > self._limits.batch_bytes:
                    yield chunk
                    chunk, size = [], 0
                chunk.append(output)
                size += more
        if chunk:
            yield chunk

    async def _partitions(self, topic: str) -> int:
        retry = Retry(f"looking up {self._prefix}{topic}", self._limits)
        while True:
            try:
                found = await self._app.producer._ensure_producer().partitions_for(self._prefix + topic)
            except FAILURES as error:
                await retry.failed(error)
            else:
                retry.over()
                return len(found)


def _groups(outputs: Iterable[Output], together: Together) -> Iterator[list[Output]]:
    if together is None:
        return ([output] for output in outputs)
    return (
        list(group) for _, group in itertools.groupby(outputs, lambda output: together(output.key or b""))
    )


def _size_of(output: Output) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in output.headers)
    return len(output.key or b"") + len(output.value or b"") + headers + RECORD_OVERHEAD


def _batch(producer: Any, outputs: Sequence[Output]) -> Any:
    batch = producer.create_batch()
    now = int(time.time() * 1000)
    for output in outputs:
        if not batch.append(key=output.key, value=output.value, timestamp=now, headers=list(output.headers)):
            raise AssertionError("a chunk is smaller than the producer's batches")
    batch.close()
    return batch
