"""One slice of a rebuild: some persons are read one after the other, derived, and written."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from attribution.at_once import Gathered
from attribution.policy import Policy
from schemas.handover import FactsShared, IdentityAssigned
from schemas.journey import Journey
from sinks.clickhouse import ClickHouse, Row
from sinks.rebuild.preparing import Reading
from sinks.rebuild.progress import Prepared, SliceDone, note
from sinks.rebuild.shadow import Shadow
from sinks.rows import COLUMNS, snapshot_row

BUCKETS: Final = 65_536
# People wait until so many facts are together, for what platforms tell of all of them; and so many rows are
# written in one block.
FACTS_TOGETHER: Final = 10_000
ROWS_PER_BLOCK: Final = 5_000
_SUBJECTS_PER_QUERY: Final = 2_000


def buckets_of(number: int, slices: int) -> tuple[int, int]:
    """The first and the last bucket of a slice."""
    return number * BUCKETS // slices, (number + 1) * BUCKETS // slices - 1


class SliceWork:
    """Derives slices over two connections: people are still being read while others are written."""

    def __init__(
        self, reader: ClickHouse, writer: ClickHouse, shadow: Shadow, policy: Policy, plan: Prepared
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._shadow = shadow
        self._policy = policy
        self._plan = plan
        self._facts = 0
        self._reading = Reading()

    def do(self, number: int) -> SliceDone:
        """Derive and write a slice, and note that it is done; done twice, it replaces itself.

        Raises ClickHouseError.
        """
        self._facts, self._reading = 0, Reading()
        written = 0
        block: list[Row] = []
        first, last = buckets_of(number, self._plan.slices)
        # Whatever ends this, the connection of the reader is left as it must be for the next slice.
        with closing(self._shadow.stream(self._reader, "people", {"first": first, "last": last})) as rows:
            for journey in self._journeys(rows):
                block.append(snapshot_row(journey))
                if len(block) >= ROWS_PER_BLOCK:
                    written += self._write(block)
                    block = []
            written += self._write(block)
        done = SliceDone(number, self._facts, written, self._reading.unreadable)
        note(self._writer, self._shadow, done)
        return done

    def _write(self, block: list[Row]) -> int:
        if block:
            self._writer.insert(self._shadow.table("journeys"), COLUMNS["journeys"], block)
        return len(block)

    def _journeys(self, rows: Iterable[Row]) -> Iterator[Journey]:
        for together in self._together(rows):
            by_platforms = self._told_by_platforms({name for each in together for name in each.asked()})
            for gathered in together:
                journey = gathered.journey(by_platforms)
                if journey is not None:
                    yield journey

    def _together(self, rows: Iterable[Row]) -> Iterator[list[Gathered]]:
        people: list[Gathered] = []
        facts = 0
        for person, of_person in groupby(rows, key=itemgetter(0)):
            gathered = Gathered(person.decode(), self._policy)
            people.append(gathered)
            facts += self._gather(gathered, of_person)
            if facts >= FACTS_TOGETHER:
                yield people
                people, facts = [], 0
        yield people

    def _gather(self, gathered: Gathered, rows: Iterable[Row]) -> int:
        taken = 0
        for _, key, kind, payload in rows:
            value = self._reading.value(kind, payload)
            match value:
                case None:
                    pass
                case IdentityAssigned():
                    gathered.assign(value)
                case FactsShared():
                    gathered.add(value.identifier, value.facts, truncated=value.truncated)
                case _:
                    gathered.add(key.decode(), [value])
                    taken += 1
        self._facts += taken
        return taken

    def _told_by_platforms(self, subjects: set[str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        if not self._plan.from_platforms:
            return found
        names = sorted(subjects)
        for start in range(0, len(names), _SUBJECTS_PER_QUERY):
            some = {"subjects": "\n".join(names[start : start + _SUBJECTS_PER_QUERY])}
            for subject, kind, payload in self._shadow.stream(self._writer, "by_platforms", some):
                value = self._reading.value(kind, payload)
                if value is not None:
                    found.setdefault(subject.decode(), []).append(value)
        return found
