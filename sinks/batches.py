"""What was read and not yet written: rows by table, and how far each partition was read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.journey import Journey
from sinks.records import Record, Row
from sinks.rows import COLUMNS

Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is written: at so many rows, so many bytes of records, or this age in seconds."""

    rows: int = 20_000
    bytes: int = 16 << 20
    age: float = 0.3


@dataclass(slots=True)
class Lines:
    """The rows of one table, and beside each the record that it came from."""

    rows: list[Row] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of a journey that is no row yet, and the record that it came from."""

    record: Record
    journey: Journey


class Batch:
    """Collects until it is due. Times are seconds of one clock, whichever the caller uses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.clear()

    def clear(self) -> None:
        """Start anew."""
        self.lines: dict[str, Lines] = {table: Lines() for table in COLUMNS}
        self.snapshots: dict[str, Snapshot] = {}
        self.bad: list[tuple[Record, str, str]] = []
        self.offsets: dict[Partition, int] = {}
        self._rows = 0
        self._bytes = 0
        self._opened: float | None = None

    def add(self, record: Record, rows: Iterable[tuple[str, Row]], now: float) -> None:
        """Take the rows of a record, none for one that needs none."""
        self._read(record, now)
        for table, row in rows:
            lines = self.lines[table]
            lines.rows.append(row)
            lines.records.append(record)
            self._rows += 1

    def add_snapshot(self, record: Record, journey: Journey, now: float) -> None:
        """Take a snapshot. Of a person only the newest counts, as first published: the others of this batch
        were never to be read anywhere, so no report ever showed them."""
        self._read(record, now)
        before = self.snapshots.get(journey.person)
        if before is None:
            self._rows += 2
        if before is None or before.journey.version < journey.version:
            self.snapshots[journey.person] = Snapshot(record, journey)

    def put_aside(self, record: Record, reason: str, error: str, now: float) -> None:
        """Take a record that can't be understood."""
        self._read(record, now)
        self.bad.append((record, reason, error))
        self._rows += 1

    def forget(self, partitions: Iterable[Partition]) -> None:
        """Keep the rows, which do no harm, but not the offsets: the partitions are somebody else's now."""
        for partition in partitions:
            self.offsets.pop(partition, None)

    def is_due(self, now: float) -> bool:
        """Whether it is time to write."""
        return self._opened is not None and (self.wait(now) <= 0.0 or self._is_full())

    def wait(self, now: float) -> float:
        """Seconds until the batch is old enough; its whole age limit while it is empty."""
        if self._opened is None:
            return self._limits.age
        return max(0.0, self._opened + self._limits.age - now)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read since the last `clear`."""
        return self._opened is None

    def _is_full(self) -> bool:
        return self._rows >= self._limits.rows or self._bytes >= self._limits.bytes

    def _read(self, record: Record, now: float) -> None:
        if self._opened is None:
            self._opened = now
        self._bytes += len(record.value or b"") + len(record.key or b"")
        partition = (record.topic, record.partition)
        # Offsets only rise: a partition that came back may be read again from an earlier one.
        self.offsets[partition] = max(record.offset + 1, self.offsets.get(partition, 0))
