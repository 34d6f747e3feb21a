"""The text of a cell to a day or a moment, exactly or not at all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from producers.cells.date_words import AFTER_NOON, BEFORE_NOON, HALVES, MONTHS, ZONES
from producers.cells.numbers import NOTHING, plain
from producers.outcomes.left_out import CellError, NotUnderstoodError

_WEEKDAY: Final = r"(?:[^\W\d_]{2,12}\.?,?\s+)?"
_NAME: Final = r"([^\W\d_]{3,12}|1?\d月)\.?"
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.\s?(\d{1,2})\.\s?|[年년]\s?(\d{1,2})[月월]\s?)(\d{1,2})(?:[日일.]|(?!\d))"
)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_DAY_MONTH_NAME = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:\.|st|nd|rd|th|er)?[\s-]+(?:of\s|de\s)?{_NAME},?[\s-]+(?:de\s)?(\d{{4}}|\d{{2}})(?!\d)"
)
_MONTH_NAME_DAY = re.compile(rf"{_WEEKDAY}{_NAME}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)")
_YEAR_MONTH_NAME = re.compile(rf"(\d{{4}})[\s-]{_NAME}[\s-](\d{{1,2}})(?!\d)")
_NUMERIC = re.compile(r"(\d{1,2})([/.-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_CLOCK = re.compile(
    rf"(?P<before>{HALVES})?\s?(?P<hour>\d{{1,2}})"
    r"(?:[:：h](?P<minute>\d{2})(?:[:：](?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?)?"
    rf"\s?(?P<after>{HALVES})?(?:\s?uhr)?\s?(?P<zone>[a-z]{{1,4}})?(?P<offset>[+-]\d{{1,2}}(?::?\d{{2}})?)?"
    r"(?:\s(?:utc|gmt))?(?:\s?\([^()]*\))?"
)
_BEFORE_CLOCK = re.compile(r"^[\s,]*(?:(?:t|at|um|à|kl\.?)(?![a-z]))?[\s,]*")
_SERIAL = re.compile(r"([2-7]\d{4})(?:\.(\d{1,12}))?")
_SERIAL_ZERO: Final = date(1899, 12, 30)
ORDERS: Final = ("mdy", "dmy", "ymd")
_NO_DATE: Final = "is not a date (2017-10-22 and 2017年10月22日 are)"
_NO_MOMENT: Final = "is not a date (2017-10-22, 2017/10/22 08:30 and 2017-10-22T08:30:00Z are)"
_UNTOLD: Final = "may mean month/day or day/month; say which with --date-order mdy or --date-order dmy"
_MIXED: Final = (
    "may mean month/day or day/month, and its column holds both; "
    "say which with --date-order mdy or --date-order dmy"
)


@dataclass(frozen=True, slots=True)
class DateRules:
    """How dates are written here: the zone of those that name none, strptime formats that are tried first.

    `order` is what `date_order_of` found in the column, or what the user says. `formats` may hold "epoch_ms"
    and "epoch_s" too.
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

    A range of days is taken if it is one day. `order` is that of `date_order_of`.
    """
    bare = plain(text)
    halves = re.split(r"\s*(?:~|至|到|\s[-–—]\s)\s*", bare)
    if len(halves) == 2:
        first, last = (day_of(half, order) for half in halves)
        if first != last:
            raise CellError("covers more than one day; export the report by day")
        return first
    if order == "serial":
        return _serial(bare)[0]
    day, rest = _date_in(bare, order)
    if rest and not _clock(rest):
        raise CellError(_NO_DATE)
    return day


def date_order_of(texts: Iterable[str]) -> str:
    """Return how the dates of a column are written, as far as they tell, when they are numbers.

    "mdy", "dmy" or "ymd" if all of them, like 22/10/2017 and 4/3/2017, can be read in this order only; dots
    mean the day first. "serial" if all are a spreadsheet's numbers of days. "mixed" if they contradict each
    other, "" if nothing tells.
    """
    possible, numeric, serials, others = set(ORDERS), False, False, False
    for text in texts:
        bare = plain(text)
        if match := _NUMERIC.match(bare):
            numeric = others = True
            possible &= _orders(match)
        elif _SERIAL.fullmatch(bare):
            serials = True
        elif bare and bare not in NOTHING:
            others = True
    if serials and not others:
        return "serial"
    if not numeric or len(possible) > 1:
        return ""
    return possible.pop() if possible else "mixed"


def date_orders_of(columns: Mapping[str, Iterable[str]], given: str = "") -> dict[str, str]:
    """Return the order of each column's dates; one that doesn't tell goes with the others if they agree.

    `given` is what the user says: it holds for all but serial numbers.
    """
    found = {name: date_order_of(texts) for name, texts in columns.items()}
    told = {order for order in found.values() if order in ORDERS}
    others = told.pop() if len(told) == 1 else ""
    return {name: order if order == "serial" else given or order or others for name, order in found.items()}


@lru_cache(maxsize=16384)
def moment_of(text: str, rules: DateRules) -> int:
    """Return the moment that a cell names, as UTC milliseconds; a day without a time is its beginning."""
    bare = plain(text)
    for form in rules.formats:
        if (moment := _by_format(text.strip(), form, rules.zone)) is not None:
            return moment
    if rules.order == "serial":
        day, passed = _serial(bare)
        return midnight(day, rules.zone) if not passed else millis(_local(day, rules.zone) + passed)
    day, rest = _date_in(bare, rules.order)
    clock = _clock(rest) if rest else None
    if rest and clock is None:
        raise CellError(_NO_MOMENT)
    try:
        return midnight(day, rules.zone) if clock is None else millis(_combined(day, clock, rules.zone))
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
            return date(_year(match[3]), _month(match[2]), int(match[1])), bare[match.end() :]
        if match := _YEAR_MONTH_NAME.match(bare):
            return date(int(match[1]), _month(match[2]), int(match[3])), bare[match.end() :]
        if match := _NUMERIC.match(bare):
            return _in_order(match, _order_for(match, order)), bare[match.end() :]
    except ValueError as error:
        raise error if isinstance(error, CellError) else CellError(_NO_DATE) from None
    raise CellError(_NO_DATE)


def _order_for(match: re.Match[str], order: str) -> str:
    # With points the day comes first wherever people write so, whatever a mapping says of other dates.
    if order in ORDERS and not (match[2] == "." and "dmy" in _orders(match)):
        return order
    possible = _orders(match)
    is_one = len({_in_order(match, each) for each in possible}) == 1  # 9/9/2026 is one day
    if is_one and not (order == "mixed" and match[2] == "."):
        return possible.pop()
    raise CellError(_MIXED if order == "mixed" else _UNTOLD if possible else _NO_DATE)


def _orders(match: re.Match[str]) -> set[str]:
    """Return the orders in which a date of numbers exists."""
    found = {order for order in ORDERS if order != "ymd" or len(match[4]) == 2}
    found = {order for order in found if _exists(match, order)}
    return {"dmy"} if match[2] == "." and "dmy" in found else found


def _exists(match: re.Match[str], order: str) -> bool:
    try:
        _in_order(match, order)
    except ValueError:
        return False
    return True


def _in_order(match: re.Match[str], order: str) -> date:
    first, second, third = match[1], match[3], match[4]
    if order == "ymd":
        if len(first) != 2 or len(third) != 2:
            raise ValueError("no year of two digits comes first")
        return date(_year(first), int(second), int(third))
    month, day = (first, second) if order == "mdy" else (second, first)
    return date(_year(third), int(month), int(day))


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _month(name: str) -> int:
    if name not in MONTHS:
        raise ValueError("no month")
    return MONTHS[name]


def _serial(bare: str) -> tuple[date, timedelta]:
    match = _SERIAL.fullmatch(bare)
    if match is None:
        raise CellError("is not the number of a day, as the rest of its column is (45991.5)")
    passed = round(Decimal(f"0.{match[2] or 0}") * 86_400_000)
    return _SERIAL_ZERO + timedelta(days=int(match[1])), timedelta(milliseconds=passed)


def _clock(rest: str) -> re.Match[str] | None:
    match = _CLOCK.fullmatch(_BEFORE_CLOCK.sub("", " ".join(rest.split())))
    # An hour alone is one only beside its half of the day.
    return match if match and (match["minute"] or match["before"] or match["after"]) else None


def _combined(day: date, clock: re.Match[str], zone: tzinfo) -> datetime:
    hour = _hour(int(clock["hour"]), clock["before"] or clock["after"] or "")
    micro = int((clock["part"] or "")[:6].ljust(6, "0"))
    minute, second = int(clock["minute"] or 0), int(clock["second"] or 0)
    moment = _local(day, zone).replace(hour=hour, minute=minute, second=second, microsecond=micro)
    minutes = 0
    if word := clock["zone"]:
        if word not in ZONES:
            raise CellError(
                "names a time zone that isn't known, or stands for several (CST, IST); +08:00 is clear"
            )
        minutes = ZONES[word]
    if offset := clock["offset"]:
        digits = offset[1:].replace(":", "")
        far = int(digits[:-2] or 0) * 60 + int(digits[-2:]) if len(digits) > 2 else int(digits) * 60
        minutes += far if offset[0] == "+" else -far
    return moment.replace(tzinfo=timezone(timedelta(minutes=minutes))) if word or offset else moment


def _hour(hour: int, half: str) -> int:
    word = half.replace(".", "").replace(" ", "")
    if word in AFTER_NOON:
        if word == "晚上" and hour == 12:
            raise ValueError("midnight of which day?")
        is_shifted = hour < 12 and not (word == "中午" and hour > 9)
        return hour + 12 if is_shifted else hour
    if word in BEFORE_NOON:
        if hour > 12:
            raise ValueError("no hour before noon")
        return 0 if hour == 12 else hour
    return hour


def _local(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
