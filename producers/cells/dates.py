"""The text of a cell to a day or a moment, exactly or not at all."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from producers.cells.numbers import plain
from producers.cells.tabular import NotUnderstoodError
from producers.outcomes.left_out import CellError

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年\s?(\d{1,2})月\s?)(\d{1,2})日?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_MONTH_NAME = re.compile(r"(?:[a-z]{3,9},?\s+)?(\d{1,2})[\s-]([a-z]{3,9})\.?,?[\s-](\d{4}|\d{2})")
_MONTH_NAME_DAY = re.compile(r"(?:[a-z]{3,9},\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_CLOCK = re.compile(
    r"(上午|下午|am|pm)?\s?(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:[.,](\d{1,6}))?)?\s?(上午|下午|am|pm)?"
    r"\s?(z|utc|gmt|[+-]\d{2}:?\d{2})?"
)
_GAP = re.compile(r"[t\s]+")
_NO_DATE: Final = "is not a date (2017-10-22 and 2017年10月22日 are)"
_NO_MOMENT: Final = "is not a date (2017-10-22, 2017/10/22 08:30 and 2017-10-22T08:30:00Z are)"


@dataclass(frozen=True, slots=True)
class DateRules:
    """How dates are written here: the zone of those that name none, strptime formats that are tried first.

    `order` is "mdy" or "dmy" for dates like 4/3/2017; without it they are not understood. `formats` may hold
    "epoch_ms" and "epoch_s" too.
    """

    zone: tzinfo
    formats: tuple[str, ...] = ()
    order: str = ""


def zone_of(name: str) -> tzinfo:
    """Return the time zone of an IANA name; raise NotUnderstoodError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise NotUnderstoodError(f"{name!r} is not a time zone; “Asia/Shanghai” is one") from None


@lru_cache(maxsize=4096)
def day_of(text: str, order: str = "") -> date:
    """Return the day that a cell names; a time of day behind it is left out. Raises CellError.

    A range of days is taken if it is one day. `order` ("mdy" or "dmy") reads dates like 4/3/2017.
    """
    bare = plain(text)
    halves = re.split(r"\s*(?:~|至|到|\s[-–—]\s)\s*", bare)
    if len(halves) == 2:
        first, last = (day_of(half, order) for half in halves)
        if first != last:
            raise CellError("covers more than one day; export the report by day")
        return first
    day, rest = _date_in(bare, order)
    if rest and not _CLOCK.fullmatch(_GAP.sub(" ", rest).strip()):
        raise CellError(_NO_DATE)
    return day


def date_order_of(texts: Iterable[str]) -> str:
    """Return "mdy" or "dmy" if some date among the texts, like 22/10/2017, can be read in one order only."""
    orders = set()
    for text in texts:
        if (match := _SLASHED.match(text)) and (int(match[1]) > 12 or int(match[3]) > 12):
            orders.add("dmy" if int(match[1]) > 12 else "mdy")
    return orders.pop() if len(orders) == 1 else ""


@lru_cache(maxsize=16384)
def moment_of(text: str, rules: DateRules) -> int:
    """Return the moment that a cell names, as UTC milliseconds; a day without a time is its beginning."""
    bare = plain(text)
    for form in rules.formats:
        if (moment := _by_format(text.strip(), form, rules.zone)) is not None:
            return moment
    day, rest = _date_in(bare, rules.order)
    clock = _CLOCK.fullmatch(_GAP.sub(" ", rest).strip()) if rest else None
    if rest and clock is None:
        raise CellError(_NO_MOMENT)
    try:
        return _combined(day, clock, rules.zone)
    except (ValueError, OverflowError):
        raise CellError(_NO_MOMENT) from None


def millis(moment: datetime) -> int:
    """Return a moment as UTC milliseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@lru_cache(maxsize=4096)
def midnight(day: date, zone: tzinfo) -> int:
    """Return when a day begins in a zone, as UTC milliseconds."""
    return millis(datetime(day.year, day.month, day.day, tzinfo=zone))


def _by_format(text: str, form: str, zone: tzinfo) -> int | None:
    if form in ("epoch_ms", "epoch_s"):
        digits = 13 if form == "epoch_ms" else 10
        if not (text.isascii() and text.isdigit() and len(text) in (digits - 1, digits)):
            return None
        return int(text) if form == "epoch_ms" else int(text) * 1000
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return None
    return millis(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _date_in(bare: str, order: str) -> tuple[date, str]:
    """Split a text that begins with a date into the date and what follows; raise CellError if it doesn't."""
    try:
        if match := _YEAR_FIRST.match(bare):
            month = next(group for group in match.groups()[1:5] if group)
            return date(int(match[1]), int(month), int(match[6])), bare[match.end() :]
        if match := _DIGITS.match(bare):
            return date(int(match[1]), int(match[2]), int(match[3])), bare[match.end() :]
        if match := _MONTH_NAME_DAY.match(bare):
            return date(int(match[3]), _month(match[1]), int(match[2])), bare[match.end() :]
        if match := _DAY_MONTH_NAME.match(bare):
            year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
            return date(year, _month(match[2]), int(match[1])), bare[match.end() :]
        if (match := _SLASHED.match(bare)) and order:
            first, second = int(match[1]), int(match[3])
            month, day = (first, second) if order == "mdy" else (second, first)
            return date(int(match[4]), month, day), bare[match.end() :]
    except ValueError:
        raise CellError(_NO_DATE) from None
    if _SLASHED.match(bare) and not order:
        raise CellError("may mean month/day or day/month; say which with --date-order mdy or dmy")
    raise CellError(_NO_DATE)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _combined(day: date, clock: re.Match[str] | None, zone: tzinfo) -> int:
    if clock is None:
        return midnight(day, zone)
    half = clock[1] or clock[6]
    hour = int(clock[2])
    if half in ("pm", "下午") and hour < 12:
        hour += 12
    elif half in ("am", "上午") and hour == 12:
        hour = 0
    micro = int((clock[5] or "").ljust(6, "0"))
    said = clock[7]
    if said and said[0] in "+-":
        offset = timedelta(hours=int(said[1:3]), minutes=int(said[-2:]))
        zone = timezone(offset if said[0] == "+" else -offset)
    elif said:
        zone = UTC
    moment = datetime(
        day.year, day.month, day.day, hour, int(clock[3]), int(clock[4] or 0), micro, tzinfo=zone
    )
    return millis(moment)
