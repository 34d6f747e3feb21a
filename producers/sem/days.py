"""Which day each row of a report is about; a report whose rows are weeks, months or periods is refused."""

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from producers.cells.dates import day_of
from producers.cells.numbers import plain
from producers.cells.tabular import NotUnderstoodError, Row
from producers.outcomes.left_out import CellError
from producers.sem.columns import Layout
from producers.sem.opening import Opening
from producers.sem.preamble import DAILY, HOURLY, SUMMED, Period, period_of_name
from producers.sem.words import BY_DAY

ROW_BEGINNINGS: Final = frozenset({"meta", "linkedin"})
_FIRST_DAY: Final = date(2000, 1, 1)
_BY_CHANCE: Final = 3  # so many days may be the same of their weeks
_WEEK: Final = timedelta(days=7)
SEVERAL_DAYS: Final = "covers more than one day; export the report by day"
# Nov 2026, 2026-11, 2026年11月, 2026-W45, 2026 Q4
# 3/14/2018 12:00:00 AM|13, 2017-10-22 10时
_WITH_HOUR = re.compile(r"(?P<day>.+?)(?:\|\s*|\s+)(?P<hour>\d{1,2})(?:(?<=\|\d)|(?<=\|\d\d)|[时點点時]\S*)")
# 2026-07-18 08:00至09:00
_WITH_HOURS = re.compile(r"(?P<day>\S+) (?P<hour>\d{1,2}[:：]\d{2})\s*(?:至|到|~|-|–)\s*\d{1,2}[:：]\d{2}")
_DAY_WORDS: Final = frozenset({"day", "天", "单日", "日", "tag", "jour", "día", "dia", "giorno", "dag"})
_NO_DAY = re.compile(
    r"[^\W\d_]{3,10}\.?,? \d{4}|\d{4}[-/.]\d{1,2}|\d{1,2}[/.]\d{4}|\d{4}年\s?(?:\d{1,2}月|第?\d{1,2}周)?"
    r"|\d{4}\s?-?(?:w|kw|q|第)\s?\d{1,2}(?:周|季度)?|(?:q|kw|week)\s?\d{1,2},?[ -/]\d{4}"
)


@dataclass(frozen=True, slots=True)
class Days:
    """How the day of a row is found: `fixed` for a report of one day, else from the column of a field."""

    opening: Opening
    field: str
    fixed: date | None
    said_in: str
    last: date

    def of(self, row: Row) -> date:
        """Return the day of a row. Raises CellError."""
        if self.fixed is not None:
            return self.fixed
        day = self._read(row, self.field)
        if (
            self.field == "starts"
            and "ends" in self.opening.layout.columns
            and self._read(row, "ends") != day
        ):
            raise CellError(SEVERAL_DAYS, self.opening.layout.name("ends"))
        if not _FIRST_DAY <= day <= self.last:
            raise CellError(
                "is before 2000 or after the report was made", self.opening.layout.name(self.field)
            )
        return day

    def is_named_by(self, row: Row) -> bool:
        """Whether a row names its day itself."""
        if not self.field:
            return False
        try:
            self.of(row)
        except CellError:
            return False
        return True

    def clock(self, row: Row) -> str:
        """Return what tells the hours of a day apart, "" in a report without hours."""
        cell = self.opening.cell(row, self.field) if self.field else ""
        hour = cell if ":" in cell or _WITH_HOUR.fullmatch(cell) else ""
        return f"{hour}{self.opening.cell(row, 'hour')}"

    def _read(self, row: Row, field: str) -> date:
        cell, column = self.opening.cell(row, field), self.opening.layout.name(field)
        try:
            return day_in(cell, self.opening.order)
        except CellError as error:
            raise CellError(SEVERAL_DAYS if _NO_DAY.fullmatch(plain(cell)) else str(error), column) from None


def day_in(cell: str, order: str) -> date:
    """Return the day that a cell names; 1/1/2026 is one in either order. Raises CellError."""
    if match := _WITH_HOUR.fullmatch(cell) or _WITH_HOURS.fullmatch(cell):
        cell = match["day"]
    try:
        return day_of(cell, order)
    except CellError:
        if order:
            raise
        month_first, day_first = day_of(cell, "mdy"), day_of(cell, "dmy")
        if month_first != day_first:
            raise
        return month_first


def dated_by(layout: Layout, engine: str) -> str:
    """Return the field that says the day of a row, "" if none does.

    Where others say when a campaign starts, Meta and LinkedIn say when a row does.
    """
    if "day" in layout.columns:
        return "day"
    return "starts" if "starts" in layout.columns and engine in ROW_BEGINNINGS else ""


def days_of(opening: Opening) -> Days:
    """Find out how a report says its days. Raises NotUnderstoodError if its rows are longer than a day."""
    layout, options = opening.layout, opening.options
    period = opening.preamble.period or period_of_name(opening.headed.file_name)
    field = dated_by(layout, opening.engine)
    last = date(1970, 1, 1) + timedelta(days=opening.made_at // 86_400_000 + 2)
    if not options.daily:
        _refuse_long_rows(opening, field, period)
    if not field:
        fixed, said_in = _only_day(opening, period)
        return Days(opening, "", fixed, said_in, last)
    days = Days(opening, field, None, f"column “{layout.name(field)}”", last)
    told = _told(days, opening.rows)
    if field == "starts" and "ends" not in layout.columns and not options.daily:
        _demand_ends(opening, told, period)
    elif options.day:
        raise NotUnderstoodError(
            "the report names the day of each row; leave out --day",
            line=layout.line,
            column=layout.name(field),
        )
    if not options.daily and opening.preamble.grain not in DAILY | HOURLY:
        _refuse_patterns(opening, field, told, period)
    return days


def by_day(engine: str) -> str:
    """Say how to export a report of a platform by day."""
    return f"Export it by day (分日): in {engine}, {BY_DAY.get(engine, '分日')}"


def _refuse_long_rows(opening: Opening, field: str, period: Period | None) -> None:
    layout, grain = opening.layout, opening.preamble.grain
    longer = layout.name("period") if not field else ""
    if longer:
        raise NotUnderstoodError(
            "the rows are weeks, months or longer: the cost of one day can't be told. "
            f"{by_day(opening.engine)}",
            line=layout.line,
            column=longer,
        )
    if not field and opening.preamble.is_all_time:
        raise NotUnderstoodError(
            f"the lines above the header say that it covers all time: the cost of one day can't be told. "
            f"{by_day(opening.engine)}",
            line=layout.line,
        )
    if not field and "weekday" in layout.columns and (period is None or period.first != period.last):
        raise NotUnderstoodError(
            f"the rows are days of the week of a longer period. {by_day(opening.engine)}",
            line=layout.line,
            column=layout.name("weekday"),
        )
    if grain and field and grain not in DAILY | HOURLY | SUMMED:
        raise NotUnderstoodError(
            f"the lines above the header say that a row is “{grain}”: the cost of one day can't be told. "
            f"{by_day(opening.engine)}",
            line=layout.line,
            column=layout.name(field),
        )


def _told(days: Days, rows: Iterable[Row]) -> list[date]:
    """Return the days that the rows name, in order; what can't be read will be left out later."""
    found: set[date] = set()
    for row in rows:
        try:
            found.add(days.of(row))
        except CellError:
            continue
    return sorted(found)


def _only_day(opening: Opening, period: Period | None) -> tuple[date, str]:
    layout, given = opening.layout, opening.options.day
    above = opening.preamble.period
    if given and (above is None or above.first == above.last):
        return _given_day(given, above), "--day"
    if period is None:
        raise NotUnderstoodError(
            "the report doesn't say its day: it has no column of days, and neither the lines above the "
            "header nor the file's name tell; say it with --day 2017-10-22, if it covers one day. Else: "
            f"{by_day(opening.engine)}",
            line=layout.line,
        )
    if period.first != period.last:
        raise NotUnderstoodError(
            f"the report has no column of days, and {period.said_in} it covers {period.first} to "
            f"{period.last}: the cost of one day can't be told. {by_day(opening.engine)}; or one file for "
            "each day",
            line=layout.line,
        )
    return period.first, period.said_in.rpartition(" ")[0]


def _given_day(given: str, above: Period | None) -> date:
    try:
        day = day_of(given)
    except CellError:
        raise NotUnderstoodError(f"--day {given!r} is not a day; 2017-10-22 is one") from None
    if above is not None and above.first != day:
        raise NotUnderstoodError(f"--day {day} contradicts {above.said_in} {above.first}; leave out --day")
    return day


def _demand_ends(opening: Opening, told: Sequence[date], period: Period | None) -> None:
    """Accept a column of beginnings only if it can't be that of one long row."""
    given, layout = opening.options.day, opening.layout
    if given:
        if told and {day.isoformat() for day in told} != {given}:
            raise NotUnderstoodError(
                "the report names the day of each row; leave out --day",
                line=layout.line,
                column=layout.name("starts"),
            )
        return
    one_day = period is not None and period.first == period.last
    if len(told) == 1 and not one_day and opening.preamble.grain not in DAILY:
        raise NotUnderstoodError(
            f"all rows begin on {told[0]} and nothing says when they end; if they are of this day only, say "
            f"--day {told[0]}. Else: {by_day(opening.engine)}",
            line=layout.line,
            column=layout.name("starts"),
        )


def _refuse_patterns(opening: Opening, field: str, told: Sequence[date], period: Period | None) -> None:
    """Refuse days that lie as weeks or months do: 2, 9, 16 and 23 November, or the first of each month."""
    word, is_plain = "", _is_plainly_a_day(opening, field)
    if len(told) == 1 and is_plain:
        return
    if _are_weeks(told, period, is_plain):
        word = "weeks"
    elif _are_months(told, period):
        word = "months"
    if word:
        raise NotUnderstoodError(
            f"the days, {told[0]} to {told[-1]}, lie as the first days of {word} do: the cost of one day "
            "can't be "
            f"told. {by_day(opening.engine)}. If they are single days, say --daily",
            line=opening.layout.line,
            column=opening.layout.name(field),
        )


def _are_weeks(told: Sequence[date], period: Period | None, is_plain: bool) -> bool:
    """Whether days are the same of each week; of days that are plainly called so, two may be by chance."""
    gaps = {later - earlier for earlier, later in pairwise(told)}
    if not told or any(gap % _WEEK for gap in gaps):
        return False
    if gaps - {_WEEK}:
        return len(told) > _BY_CHANCE
    if len(told) == 1:
        last = told[0] + _WEEK - timedelta(days=1)
        return period is not None and (period.first, period.last) == (told[0], last)
    return len(told) > 2 or not is_plain


def _is_plainly_a_day(opening: Opening, field: str) -> bool:
    return plain(opening.layout.name(field)) in _DAY_WORDS


def _are_months(told: Sequence[date], period: Period | None) -> bool:
    if not told or any(day.day != 1 for day in told):
        return False
    last = told[-1]
    end = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    return len(told) >= 2 or (period is not None and period.first == told[0] and period.last == end)
