"""The states of one partition by key, and what is remembered beside them; those in memory."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Keys at a time where all are gone through.
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the records of a changelog up to an offset say, beside the states.

    `end`: the offset after the last record. `last`: a checksum of that record, if it is known. `highest`: the
    highest stamp. `claimed_by`: the key of the claim that counts, `claims`: those of all that stand in the
    log. `void`: the keys whose last record is void, and whether what counts of them is known. `is_whole`:
    whether nothing that counts can have been missing in what was read. `note`: what the newest write left to
    the next owner.
    """

    end: int | None = None
    last: int | None = None
    highest: bytes = b""
    claimed_by: bytes | None = None
    claims: frozenset[bytes] = frozenset()
    void: Mapping[bytes, bool] = field(default_factory=dict)
    is_whole: bool = False
    note: bytes | None = None


class States(Mapping[bytes, bytes]):
    """The states of one partition. Whoever writes them says up to where in the changelog they are.

    To count them may be to go through all of them; to ask whether there are any is not.
    """

    @abstractmethod
    def checkpoint(self) -> Checkpoint | None:
        """What was written together with the newest states; None before anything was."""

    @abstractmethod
    def write(self, changes: Mapping[bytes, bytes | None], checkpoint: Checkpoint, /) -> None:
        """Take over changes (None deletes) and the checkpoint that belongs to them: all of it, or nothing."""

    @abstractmethod
    def read(self, key: bytes) -> bytes | None:
        """The state of a key, or None."""

    @abstractmethod
    def in_chunks(self, most: int) -> Iterator[Sequence[bytes]]:
        """All keys in the order of bytes, at most so many at a time; between two chunks anything may be
        written. Keys that are new then may be among the later ones, or not."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is no state."""

    @abstractmethod
    def refuse(self, why: str) -> None:
        """They are not what the changelog says, so no later process may go on from them."""

    @abstractmethod
    def close(self) -> None:
        """Nothing of it is used any more."""

    def __getitem__(self, key: bytes) -> bytes:
        value = self.read(key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[bytes]:
        for keys in self.in_chunks(CHUNK):
            yield from keys

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return not self.is_empty()


class StatesInMemory(States):
    """States as long as the process lives."""

    def __init__(self) -> None:
        self._held: dict[bytes, bytes] = {}

    def checkpoint(self) -> None:
        """Nothing is left of an earlier process."""

    def write(self, changes: Mapping[bytes, bytes | None], _checkpoint: Checkpoint, /) -> None:
        """Take over the changes; the process remembers the rest itself."""
        for key, value in changes.items():
            if value is None:
                self._held.pop(key, None)
            else:
                self._held[key] = value

    def read(self, key: bytes) -> bytes | None:
        """The state of a key, or None."""
        return self._held.get(key)

    def in_chunks(self, most: int) -> Iterator[Sequence[bytes]]:
        """All keys in order, as they are at the beginning."""
        ordered = sorted(self._held)
        for start in range(0, len(ordered), most):
            yield [key for key in ordered[start : start + most] if key in self._held]

    def is_empty(self) -> bool:
        """Whether there is no state."""
        return not self._held

    def refuse(self, why: str) -> None:
        """No later process has them."""

    def close(self) -> None:
        """Whoever holds them lets go of them."""

    def __len__(self) -> int:
        return len(self._held)
