"""Days by the words that people have for them: 2026-10-05, 2026-10, 2026-Q3, 2026, last-month."""

import re
from datetime import date, timedelta
from typing import Final

EXAMPLES: Final = "a day like 2026-10-05, or 2026-10, 2026-Q3, 2026, today, yesterday, last-month"

_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_QUARTER: Final = re.compile(r"(\d{4})-[Qq]([1-4])")
_YEAR: Final = re.compile(r"\d{4}")
_NEAR: Final = re.compile(r"(this|last)-(week|month|quarter|year)")


def days_of(text: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of what is meant; weeks begin on Monday. Raises ValueError."""
    word = text.strip()
    if word in ("today", "yesterday"):
        day = today - timedelta(word == "yesterday")
        return day, day
    if near := _NEAR.fullmatch(word):
        first = _begin(near[2], today)
        return _whole(near[2], first if near[1] == "this" else _begin(near[2], first - timedelta(1)))
    if quarter := _QUARTER.fullmatch(word):
        return _whole("quarter", date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1))
    if month := _MONTH.fullmatch(word):
        return _whole("month", date(int(month[1]), int(month[2]), 1))
    if _YEAR.fullmatch(word):
        return _whole("year", date(int(word), 1, 1))
    day = date.fromisoformat(word)
    if f"{day:%Y-%m-%d}" != word:
        raise ValueError(f"'{word}' is no day")
    return day, day


def _begin(unit: str, day: date) -> date:
    """The first day of the week, month, quarter or year that a day lies in."""
    match unit:
        case "week":
            return day - timedelta(day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case _:
            return day.replace(month=1, day=1)


def _whole(unit: str, first: date) -> tuple[date, date]:
    """The first and the last day of a unit that begins then."""
    longest = {"week": 7, "month": 31, "quarter": 92, "year": 366}[unit]
    if unit == "week":
        return first, first + timedelta(longest - 1)
    return first, _begin(unit, first + timedelta(longest)) - timedelta(1)
