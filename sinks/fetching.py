"""Has the client of Kafka yield what can't be read as a place, instead of raising at it for ever."""

from collections.abc import Iterator
from typing import Any

from kafka.consumer.fetcher import Fetcher

from log_records import Fetched, records_of


class TolerantRecords(Fetcher.PartitionRecords):  # type: ignore[misc]  # the client has no types
    """The records of one answer for one partition; it takes the place of the client's own class."""

    def _unpack_records(self, _partition: Any, batches: Any, *_deserializers: Any) -> Iterator[Fetched]:
        while batches.has_next():
            batch = batches.next_batch()
            for record in records_of(batch, self.check_crcs):
                self.next_fetch_offset = record.offset + 1
                yield record
            if batch.magic == 2:
                # A compacted batch ends with the offset that its last record had.
                self.next_fetch_offset = batch.next_offset
        self.drain()
