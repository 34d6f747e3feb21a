"""Has aiokafka yield what can't be read as a place, instead of raising at it for ever."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords
from kafka.record.default_records import DefaultRecordBatch

from log_records import Fetched, records_of

CHANGELOG = "-changelog"
_LENGTH_AT = 8
_OVERHEAD = 12


class Unreadable(bytes):
    """Stands for the value of a record of which only the place could be read; `why` says why.

    It is empty, so that nobody takes it for content.
    """

    why = ""

    @classmethod
    def since(cls, why: str) -> "Unreadable":
        """The value of a record that is unreadable for this reason."""
        made = cls()
        made.why = why
        return made


def read_on_past_what_is_unreadable() -> None:
    """Have every consumer of this process read so; may be called again."""
    fetcher.MemoryRecords = KeptRecords
    fetcher.PartitionRecords = TolerantRecords


class KeptRecords(MemoryRecords):  # type: ignore[misc]  # the client has no types
    """The batches of one answer, with the bytes that they are made of."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class TolerantRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # the client has no types
    """The records of one answer for one partition; good batches are read as the client reads them."""

    def _unpack_records(self) -> Iterator[Any]:
        data, start = self._records.data, 0
        while self._records.has_next():
            length = int.from_bytes(data[start + _LENGTH_AT : start + _OVERHEAD], "big")
            end = start + _OVERHEAD + length
            batch = self._records.next_batch()
            if not batch.is_control_batch:
                yield from self._of(batch, start, end)
            self.next_fetch_offset = batch.next_offset
            start = end

    def _of(self, batch: Any, start: int, end: int) -> Iterator[Any]:
        with suppress(Exception):  # whatever a codec or a name that is no UTF-8 raises
            if batch.validate_crc():
                for record in batch:
                    if record.offset >= self.next_fetch_offset:
                        made = self._consumer_record(self._tp, record)
                        self.next_fetch_offset = record.offset + 1
                        yield made
                return
        for found in records_of(DefaultRecordBatch(self._records.data[start:end])):
            if found.offset >= self.next_fetch_offset:
                self.next_fetch_offset = found.offset + 1
                yield self._as_consumer_record(found)

    def _as_consumer_record(self, found: Fetched) -> Any:
        if found.unreadable and self._tp.topic.endswith(CHANGELOG):
            # Whose state that was is not known, so to go on would lose facts without a word.
            raise CorruptRecordException(
                f"{self._tp.topic}-{self._tp.partition}, offset {found.offset}: {found.unreadable}"
            )
        value = Unreadable.since(found.unreadable) if found.unreadable else found.value
        return fetcher.ConsumerRecord(
            topic=self._tp.topic,
            partition=self._tp.partition,
            offset=found.offset,
            timestamp=found.timestamp,
            timestamp_type=0,
            key=found.key,
            value=value,
            checksum=None,
            serialized_key_size=len(found.key or b""),
            serialized_value_size=len(value or b""),
            headers=tuple(found.headers),
        )
