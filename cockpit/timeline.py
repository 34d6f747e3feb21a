"""A journey by days: what happened on each, and how long nothing did between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
# From so many days on without anything, a line says so instead of leaving it to the dates.
SILENCE: Final = 30
_ORDER: Final = {"touch": 0, "stage": 1, "follow_up": 2}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened: a touch, the entry into a stage, or a follow-up; `said` is its row.

    `pages`: what was read on a visit. `evidence`: where it comes from; None if the fact isn't stored.
    `marks`: what else is to be said of it, for example the models by which it alone brought the lead.
    """

    what: str
    at: datetime
    said: Row
    pages: tuple[Row, ...] = ()
    evidence: Row | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on a day; `silent` days without anything lie before it, 0 if they are few."""

    day: date
    steps: tuple[Step, ...]
    silent: int = 0


def days_of(journey: Row, timezone: str, marks: Mapping[str, Sequence[str]]) -> list[Day]:
    """The days of a journey, as `answers.journeys` returns it; `marks` are those of steps, by their ids."""
    zone = ZoneInfo(timezone)
    steps = sorted(_steps(journey, marks), key=lambda step: (step.at, _ORDER[step.what]))
    found: list[Day] = []
    for day, group in groupby(steps, key=lambda step: step.at.astimezone(zone).date()):
        between = (day - found[-1].day).days if found else 0
        found.append(Day(day, tuple(group), between if between >= SILENCE else 0))
    return found


def path_of(url: str) -> str:
    """A page without what all pages of a site have in common."""
    parts = urlsplit(url)
    return parts.path or "/"


def _steps(journey: Row, marks: Mapping[str, Sequence[str]]) -> Iterator[Step]:
    pages: dict[str, list[Row]] = {}
    for page in journey["page_visits"]:
        pages.setdefault(page["touchpoint"], []).append(page)
    evidence = journey["evidence"]
    for what, part in (("touch", "touchpoints"), ("stage", "stages"), ("follow_up", "follow_ups")):
        for said in journey[part]:
            key = said["id"]
            read = tuple(pages.get(key, ())) if what == "touch" else ()
            yield Step(what, said["at"], said, read, evidence.get(key), tuple(marks.get(key, ())))
