"""The journey of an account as a picture: a lane for each of its people, all on one axis of time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
WIDTH: Final = 900
LEFT: Final = 190  # what is written left of the lanes
TOP: Final = 36  # two lines with the milestones
LANE: Final = 24
MOST_LANES: Final = 20
MOST_TICKS: Final = 5
_MARGIN: Final = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A touch or a follow-up of a person, or a milestone of a deal, at its place; `row` says what it was."""

    x: float
    row: Row


@dataclass(frozen=True, slots=True)
class Lane:
    """One person, at the height `y`; `marks` in order of time."""

    person: str
    y: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes in the order in which people came, milestones of deals across all, and days below."""

    lanes: tuple[Lane, ...]
    milestones: tuple[Mark, ...]
    ticks: tuple[tuple[float, date], ...]
    height: int
    left_out: int


def lanes_of(steps: Sequence[Row], people: Sequence[str], timezone: str) -> Lanes | None:
    """The picture of what the report `account_journey` tells; None if nothing happened."""
    if not steps:
        return None
    times: list[datetime] = [step["at"] for step in steps]
    first, last = min(times), max(times)
    span: float = max((last - first).total_seconds(), 1.0)

    def place(at: datetime) -> float:
        return round(LEFT + _MARGIN + (at - first).total_seconds() / span * (WIDTH - LEFT - 2 * _MARGIN), 1)

    marks: dict[str, list[Mark]] = {}
    milestones: list[Mark] = []
    for step in steps:
        mark = Mark(place(step["at"]), step)
        if step["person"]:
            marks.setdefault(step["person"], []).append(mark)
        else:
            milestones.append(mark)
    active = [person for person in people if person in marks]
    active += [person for person in marks if person not in people]
    lanes = tuple(
        Lane(person, TOP + at * LANE + LANE // 2, tuple(marks[person]))
        for at, person in enumerate(active[:MOST_LANES])
    )
    return Lanes(
        lanes,
        tuple(milestones),
        tuple(_ticks(first, last, place, ZoneInfo(timezone))),
        TOP + max(len(lanes), 1) * LANE + 20,
        max(len(active) - MOST_LANES, 0),
    )


def _ticks(
    first: datetime, last: datetime, place: Callable[[datetime], float], zone: ZoneInfo
) -> list[tuple[float, date]]:
    """A day here and there: both ends, and some between."""
    count = MOST_TICKS if (last - first).days >= MOST_TICKS else 1
    told = [first + (last - first) * at / count for at in range(count + 1)]
    return [(place(at), at.astimezone(zone).date()) for at in told]
