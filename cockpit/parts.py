"""The funnel by parts, for example channels or months: a row for each, a column for each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from cockpit.shares import wilson
from cockpit.steps import Step, steps_of

Row = Mapping[str, Any]
# The steps that people and deals come to.
COLUMNS: Final = ("visitor", "lead", "marketing_qualified", "sales_qualified", "opportunity", "poc", "won")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its steps, the share of leads that sales qualified, and whether it is too young."""

    name: str
    steps: Mapping[str, Step]
    qualified: tuple[float, float, float] | None
    is_young: bool


def parts_of(rows: Sequence[Row], ripe_days: float | None = None, newest: date | None = None) -> list[Part]:
    """The parts of funnel_steps, in their order; months in order of time.

    A month is too young if from its end to `newest` there are fewer than `ripe_days`, in which nine of ten
    of those that are won were won.
    """
    by_part: dict[str, list[Row]] = {}
    for row in rows:
        by_part.setdefault(row["part"], []).append(row)
    parts = [
        Part(
            name,
            {step.name: step for step in steps_of(some)},
            _qualified(some),
            is_young(name, ripe_days, newest),
        )
        for name, some in by_part.items()
    ]
    return sorted(parts, key=lambda part: part.name) if newest else parts


def is_young(month: str, ripe_days: float | None, newest: date | None) -> bool:
    """Whether a month, as 2026-05, ended fewer days ago than most need."""
    if newest is None or ripe_days is None or month.count("-") != 1:
        return False
    year, number = map(int, month.split("-"))
    end = date(year + number // 12, number % 12 + 1, 1) - timedelta(1)
    return (newest - end).days < ripe_days


def _qualified(rows: Sequence[Row]) -> tuple[float, float, float] | None:
    counts = {row["step"]: row["count"] for row in rows}
    leads, qualified = counts.get("lead", 0), counts.get("sales_qualified", 0)
    bounds = wilson(qualified, leads)
    return (bounds[0], qualified / leads, bounds[1]) if bounds else None
