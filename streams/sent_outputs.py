"""Where an owner's outputs stand in compacted topics, and where others wrote between them. Pure.

There a late record of a superseded worker has a lower version than the one before it, and loses with whoever
reads both. But compaction would leave the later one alone.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from schemas.topics import TOPICS

COMPACTED = frozenset(topic.name for topic in TOPICS if topic.compacted)


class Place(NamedTuple):
    """One partition of a topic, by its name without the prefix."""

    topic: str
    partition: int


class Gap(NamedTuple):
    """Offsets that others wrote: from `start` to before `end`."""

    place: Place
    start: int
    end: int


class SentOutputs:
    """The outputs of the owner of one partition of a table, who alone writes to these places the keys of
    that partition, or who alone writes to them at all."""

    def __init__(self, note: bytes | None = None) -> None:
        """`note`: what the owner before had left in the changelog; what came after it is looked at, too."""
        ends = json.loads(note) if note else []
        self._ends = {Place(topic, partition): end for topic, partition, end in ends}
        self._gaps: list[Gap] = []

    def acknowledged(self, place: Place, batches: Iterable[tuple[int, int]]) -> None:
        """Outputs were written: (first offset, number) of each batch."""
        if place.topic not in COMPACTED:
            return
        for first, number in sorted(batches):
            self.ends_at(place, self._ends.get(place, first), first)
            self._ends[place] = first + number

    def ends_at(self, place: Place, known: int, end: int) -> None:
        """Between what is known and this end nothing of ours stands."""
        if end > known:
            self._gaps.append(Gap(place, known, end))
            self._ends[place] = end

    def seen(self, place: Place, end: int) -> None:
        """The topic ends at this offset, and nothing of ours is on its way there."""
        self.ends_at(place, self._ends.get(place, end), end)

    def places(self) -> tuple[Place, ...]:
        return tuple(self._ends)

    def gaps(self) -> tuple[Gap, ...]:
        return tuple(self._gaps)

    def filled(self, gap: Gap) -> None:
        """What stands there was sent again, as far as it is ours."""
        self._gaps.remove(gap)

    def note(self) -> bytes:
        """What the next owner has to know; a gap that isn't filled is left to it."""
        ends = dict(self._ends)
        for gap in self._gaps:
            ends[gap.place] = min(gap.start, ends[gap.place])
        return json.dumps([[*place, end] for place, end in ends.items()]).encode()
