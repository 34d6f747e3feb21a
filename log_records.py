"""Takes apart the batches of a log, so that a record or a batch that can't be read stops no other.

The clients of Kafka themselves would raise at it, and again each time it is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka.errors import CorruptRecordError
from kafka.record.util import decode_varint


@dataclass(frozen=True, slots=True)
class Fetched:
    """One record of a partition, as the client would yield it; `unreadable` says why it is only a place."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] | list[tuple[str, bytes | None]]
    unreadable: str = ""


def records_of(batch: Any, check_sums: bool = True) -> Iterator[Fetched]:
    """The records of a batch of the client's; what can't be read is there as well, as a place.

    Names of headers that are no UTF-8 are written with backslashes.
    """
    if batch.magic == 2 and batch.is_control_batch:
        return
    if check_sums and not batch.validate_crc():
        yield from places(batch, batch.base_offset, "its batch is damaged (checksum)")
        return
    try:
        records = iter(batch)
    except Exception as error:  # whatever an unknown or broken compression raises
        yield from places(batch, batch.base_offset, f"its batch can't be unpacked ({type(error).__name__})")
        return
    following = batch.base_offset
    while True:
        try:
            record = next(records, None) or None
        except CorruptRecordError:
            try:
                record = leniently_read(batch)
            except (ValueError, IndexError, CorruptRecordError):
                yield from places(batch, following, "its structure is broken")
                return
        if record is None:
            return
        following = record.offset + 1
        yield Fetched(record.offset, record.timestamp, record.key, record.value, record.headers)


def places(batch: Any, first: int, why: str) -> Iterator[Fetched]:
    """The offsets of a batch from the first that can't be read."""
    for offset in range(first, batch.last_offset + 1):
        yield Fetched(offset, batch.max_timestamp, None, None, (), why)


def leniently_read(batch: Any) -> Fetched:
    """Read the next record of an unpacked batch whatever bytes the names of its headers are.

    Raises ValueError, IndexError or CorruptRecordError if it isn't built like one.
    """
    reader = _Reader(batch._buffer, batch._pos)
    length = reader.number()
    end = reader.position + length
    reader.number()  # attributes, which no version uses
    since_first = reader.number()
    timestamp = batch.max_timestamp if batch.timestamp_type else batch.first_timestamp + since_first
    offset = batch.base_offset + reader.number()
    key, value = reader.text(), reader.text()
    headers = [
        ((reader.text() or b"").decode("utf-8", "backslashreplace"), reader.text())
        for _ in range(reader.number())
    ]
    if length < 0 or reader.position != end:
        raise CorruptRecordError("a record is not as long as it says")
    batch._pos = end
    batch._next_record_index += 1
    return Fetched(offset, timestamp, key, value, headers)


class _Reader:
    """Goes through the bytes of a record."""

    def __init__(self, buffer: bytearray, position: int) -> None:
        self._buffer = buffer
        self.position = position

    def number(self) -> int:
        number, self.position = decode_varint(self._buffer, self.position)
        return int(number)

    def text(self) -> bytes | None:
        length = self.number()
        if length < 0:
            return None
        if self.position + length > len(self._buffer):
            raise CorruptRecordError("a record is longer than its batch")
        start, self.position = self.position, self.position + length
        return bytes(self._buffer[start : self.position])
