"""Which batches of a topic partition are handed out and which are done, hence what may be committed."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)


class OffsetsWentBackError(RuntimeError):
    """The broker gave out offsets again that were handed out before: the log has been replaced."""


@dataclass(slots=True)
class Span:
    """The offsets of one batch; those that a compacted topic has lost belong to nobody."""

    first: int
    last: int
    done: bool = False


class Progress(Generic[P]):
    """Commit arithmetic: a position is safe when every batch handed out before it is done.

    Batches of a partition are handed out in the order of their offsets and may be done in any order. Only the
    order of handing out counts, not the offsets between batches, so holes in a log neither block nor hide
    anything. Whatever was handed out before `clear` no longer counts: its `done` is ignored.
    """

    def __init__(self) -> None:
        self._spans: dict[P, deque[Span]] = {}
        self._safe: dict[P, int] = {}
        self._committed: dict[P, int] = {}
        self._next: dict[P, int] = {}

    def hand_out(self, partition: P, first: int, last: int) -> Span:
        """Note that a batch is on its way; the returned span is the receipt for `done`.

        Raises OffsetsWentBackError for offsets at or before those of an earlier batch.
        """
        if first < self._next.get(partition, 0):
            raise OffsetsWentBackError(f"{partition} gave offset {first} twice")
        self._next[partition] = last + 1
        span = Span(first, last)
        self._spans.setdefault(partition, deque()).append(span)
        return span

    def done(self, partition: P, span: Span) -> bool:
        """Note that all that came from a batch is acknowledged; False when it no longer counts."""
        spans = self._spans.get(partition)
        if span.done or spans is None or not any(span is each for each in spans):
            return False
        span.done = True
        while spans and spans[0].done:
            self._safe[partition] = spans.popleft().last + 1
        return True

    def to_commit(self, partition: P) -> int | None:
        """The position to commit: the first offset that is not done; None when there is nothing new."""
        safe = self._safe.get(partition)
        return None if safe is None or safe == self._committed.get(partition) else safe

    def committed(self, partition: P, position: int) -> None:
        self._committed[partition] = position

    def partitions(self) -> tuple[P, ...]:
        """The partitions that have a position to commit."""
        return tuple(partition for partition in self._safe if self.to_commit(partition) is not None)

    def next_offsets(self) -> dict[P, int]:
        """The offset after the last one handed out, of each partition."""
        return dict(self._next)

    def on_their_way(self, partition: P) -> int:
        """How many batches of a partition are not done, or wait for an earlier one.

        May be called by another thread: it looks at nothing that could change under it.
        """
        return len(self._spans.get(partition, ()))

    def busy(self) -> bool:
        return any(self._spans.values())

    def unfinished(self) -> tuple[P, ...]:
        """The partitions of which some batch is not done."""
        return tuple(partition for partition, spans in self._spans.items() if spans)

    def clear(self) -> None:
        for each in (self._spans, self._safe, self._committed, self._next):
            each.clear()
