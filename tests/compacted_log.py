"""One partition of a compacted topic, in memory: offsets have no holes until it is compacted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from streams.batches import Output, Record


@dataclass
class CompactedLog:
    """`append` says where the records stand, as a broker's ack does."""

    records: list[Record] = field(default_factory=list)
    end: int = 0

    def append(self, outputs: Iterable[Output]) -> tuple[int, int]:
        """Return the offset of the first, and how many there are."""
        first = self.end
        for output in outputs:
            self.records.append(Record(self.end, output.key, output.value, output.headers, 0))
            self.end += 1
        return first, self.end - first

    def read(self, start: int | None, end: int | None = None) -> Sequence[Record]:
        """What is left of the records from one offset to before another."""
        last = self.end if end is None else end
        return [record for record in self.records if (start or 0) <= record.offset < last]

    def compact(self, before: int) -> None:
        """Of the records before an offset keep the last of each key, and no tombstone."""
        last = {record.key: record.offset for record in self.records if record.offset < before}
        self.records = [
            record
            for record in self.records
            if record.offset >= before or (last[record.key] == record.offset and record.value is not None)
        ]
