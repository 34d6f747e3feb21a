"""The values of delivery: a batch of records comes in, the effects that a pure handler gives it go out."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from schemas.codec import Emitted, Encoded, output_record
from schemas.partitions import partition_of

Read = Callable[[bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in its topic; `timestamp` is UTC milliseconds."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one topic partition, by offset; `topic` is without the configured prefix."""

    topic: str
    partition: int
    records: tuple[Record, ...]

    def part(self, start: int, end: int) -> "Batch":
        return Batch(self.topic, self.partition, self.records[start:end])

    def parted(self, keys: Set[bytes | None]) -> tuple["Batch", "Batch"]:
        """The records with these keys, and those with others."""
        these = tuple(each for each in self.records if each.key in keys)
        others = tuple(each for each in self.records if each.key not in keys)
        return Batch(self.topic, self.partition, these), Batch(self.topic, self.partition, others)


@dataclass(frozen=True, slots=True)
class Output:
    """One record to be published; `topic` is without the prefix, no key means any partition.

    `beside` is the key in whose partition it stands, if not its own's.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    beside: bytes | None = None

    def partition(self, count: int) -> int | None:
        """Its partition of so many; None if any will do."""
        key = self.key if self.beside is None else self.beside
        return None if key is None else partition_of(key, count)

    @classmethod
    def of(cls, emitted: Emitted) -> "Output":
        """The record of anything that a step of the core sends."""
        return cls.from_record(output_record(emitted))

    @classmethod
    def from_record(cls, record: Encoded) -> "Output":
        """A record that the core has made."""
        return cls(record.topic, record.key, record.value, beside=record.beside)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be used; `detail` has at most 200 characters and nothing of the payload."""

    record: Record
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Effects:
    """All that a batch leads to: records to publish, new state by key (None deletes it), dead letters."""

    outputs: tuple[Output, ...] = ()
    changes: Mapping[bytes, bytes | None] = field(default_factory=dict)
    dead_letters: tuple[DeadLetter, ...] = ()

    def then(self, later: "Effects") -> "Effects":
        """These effects followed by later ones; of a key's states the later one stays."""
        # In the order in which they were made: a head stands after the records that it names.
        earlier = {key: value for key, value in self.changes.items() if key not in later.changes}
        return Effects(
            self.outputs + later.outputs,
            {**earlier, **later.changes},
            self.dead_letters + later.dead_letters,
        )

    def over(self, read: Read) -> Read:
        """The states as they are once these changes are written."""
        return lambda key: self.changes[key] if key in self.changes else read(key)


@dataclass(frozen=True, slots=True)
class MaintenanceTask:
    """A look at all states of one partition; `metadata` are those of the partition while it lasts.

    `anew`: what follows from them is sent again, since the policy has changed; otherwise what is no longer
    needed is let go, which must wait until no record waits. `why` says it to people.
    """

    metadata: bytes
    anew: bool
    why: str


P = TypeVar("P", bound=Hashable)
Records = tuple[Record, ...]
Handler = Callable[[Batch, Read], Effects]


class Maintenance(Protocol):
    """What an agent does to its states without any record. All of it is pure; times are UTC milliseconds."""

    @property
    def metadata_key(self) -> bytes:
        """The key of the metadata, which are no state."""

    def mend(self, states: Mapping[bytes, bytes], now: int, /) -> bytes | None:
        """Metadata found out from all states of a partition if its own can't be read; else None."""

    def open(self, metadata: bytes | None, states: Mapping[bytes, bytes], now: int, /) -> bytes | None:
        """The metadata that must be written before anything is sent for a partition with these states; None
        if they stand."""

    def plan(self, metadata: bytes | None, now: int) -> MaintenanceTask | None:
        """What is due in a partition with this metadata."""

    def perform(self, task: MaintenanceTask, keys: Sequence[bytes], now: int, read: Read, /) -> Effects:
        """What the task makes of a few keys."""

    def again(self, keys: Sequence[bytes], read: Read, /) -> Effects:
        """What stands in compacted topics of these keys, to be sent again; nothing changes."""

    def finish(self, task: MaintenanceTask, metadata: bytes, now: int, /) -> bytes:
        """The metadata after the task is done; `metadata` are those of now."""


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """One agent: its source topics and its table are co-partitioned, `partitions` of each.

    `handler` must be pure: the same batch and state give the same effects. `max_batch` limits its records.
    `maintenance` is what it does to its states besides.
    """

    name: str
    topics: tuple[str, ...]
    table: str
    partitions: int
    handler: Handler
    max_batch: int = 1000
    maintenance: Maintenance | None = None


def round_robin(batches: Mapping[P, Iterator[Records]]) -> Iterator[tuple[P, Records]]:
    """One batch of each partition after the other, so that a long one doesn't keep the others waiting."""
    turns = deque(batches.items())
    while turns:
        partition, slices = turns.popleft()
        records = next(slices, None)
        if records is not None:
            yield partition, records
            turns.append((partition, slices))
