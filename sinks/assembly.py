"""Makes snapshots whole: with all touchpoints that stand in records of their own, or not at all."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from schemas.closed_touchpoints import refs_of, whole
from schemas.codec import decode_closed
from schemas.journey import ClosedTouchpoint, Journey, Touchpoint
from sinks.batches import Lines, Snapshot
from sinks.clickhouse import ClickHouse
from sinks.lookups import ask
from sinks.records import Record
from sinks.rows import rows_of_journey

INCOMPLETE: Final = "touchpoint_missing"
REMEMBERED: Final = 32 << 20  # bytes of records; in memory they take about thrice as much
AT_ONCE: Final = 20_000  # touchpoints in the rows of one block

Known = Mapping[str, Touchpoint]


@dataclass(slots=True)
class _OfPerson:
    touchpoints: dict[str, Touchpoint] = field(default_factory=dict)
    bytes: int = 0


class ClosedTouchpoints:
    """Those that were seen last, by person and reference. It may forget any: the table has them all."""

    def __init__(self, most: int = REMEMBERED) -> None:
        """`most`: bytes of the records that are remembered."""
        self._most = most
        self._bytes = 0
        self._people: OrderedDict[str, _OfPerson] = OrderedDict()

    def learn(self, closed: ClosedTouchpoint, size: int) -> None:
        """Remember one whose record has so many bytes; whoever was not asked for longest may go for it."""
        of_person = self._people.setdefault(closed.person, _OfPerson())
        self._people.move_to_end(closed.person)
        if closed.ref in of_person.touchpoints:
            return
        of_person.touchpoints[closed.ref] = closed.touchpoint
        of_person.bytes += size
        self._bytes += size
        while self._bytes > self._most:
            _, gone = self._people.popitem(last=False)
            self._bytes -= gone.bytes

    def of(self, person: str) -> Known:
        """Return what is remembered of a person."""
        if person not in self._people:
            return {}
        self._people.move_to_end(person)
        return self._people[person].touchpoints


@dataclass(slots=True)
class Assembled:
    """The rows of whole snapshots by table, and the records of those that can't be made whole."""

    lines: dict[str, Lines] = field(default_factory=dict)
    incomplete: list[tuple[Record, str, str]] = field(default_factory=list)


def assembled(
    client: ClickHouse, closed: ClosedTouchpoints, snapshots: Iterable[Snapshot], zone: tzinfo
) -> Iterator[Assembled]:
    """Make the rows of snapshots, so many at once as one block may hold: all of a load, as a rule.

    Days end by `zone`. What isn't remembered is asked for in one query, so it must have been written by then.
    Raises ClickHouseError; the same call may be repeated.
    """
    for some in _few_enough(snapshots):
        made = Assembled()
        known = _all_named(client, closed, [snapshot.journey for snapshot in some])
        for snapshot in some:
            record, journey = snapshot.record, snapshot.journey
            try:
                journey = whole(journey, known.get(journey.person, {}))
            except KeyError:
                made.incomplete.append((record, INCOMPLETE, "a touchpoint that it names was never loaded"))
                continue
            for table, row in rows_of_journey(journey, record.timestamp, zone):
                lines = made.lines.setdefault(table, Lines())
                lines.rows.append(row)
                lines.records.append(record)
        yield made


def _few_enough(snapshots: Iterable[Snapshot]) -> Iterator[list[Snapshot]]:
    some: list[Snapshot] = []
    size = 0
    for snapshot in snapshots:
        some.append(snapshot)
        size += 1 + len(snapshot.journey.touchpoints) + len(refs_of(snapshot.journey))
        if size >= AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _all_named(
    client: ClickHouse, closed: ClosedTouchpoints, journeys: Iterable[Journey]
) -> dict[str, Known]:
    """The touchpoints that these journeys name, by person, as far as they are anywhere."""
    known: dict[str, Known] = {}
    missing: set[str] = set()
    for journey in journeys:
        if journey.closed:
            # Held here, so that none of them goes while the others are made.
            known[journey.person] = closed.of(journey.person)
            if not known[journey.person].keys() >= {*refs_of(journey)}:
                missing.add(journey.person)
    if missing:
        stored: dict[str, dict[str, Touchpoint]] = {person: {} for person in missing}
        for each, size in _stored(client, missing):
            stored[each.person][each.ref] = each.touchpoint
            closed.learn(each, size)
        known |= {person: {**known[person], **found} for person, found in stored.items()}
    return known


def _stored(client: ClickHouse, people: Iterable[str]) -> Iterator[tuple[ClosedTouchpoint, int]]:
    answer = ask(client, "closed_touchpoints", {"people": "\n".join(sorted(people))}, as_bytes=True)
    return ((decode_closed(value), len(value)) for (value,) in answer.rows)
