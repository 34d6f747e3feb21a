"""Keyword and campaign reports of ad platforms to daily performance facts, without double counting."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from producers.cells.dates import day_of
from producers.cells.money import micros_of
from producers.cells.numbers import count_of
from producers.cells.tabular import NotUnderstoodError, Row, shape_problem
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted
from producers.sem.columns import Layout
from producers.sem.facts import Place, performance_fact
from producers.sem.reading import Reading, SemOptions, begin_reading, understood
from producers.sem.totals import Amounts, Total, compare, is_total, total_of
from producers.sem.values import bid_keyword, device_of, match_type_of, name_of

_FIRST_DAY: Final = date(2000, 1, 1)
_LONGEST_NAME: Final = 512
_FOOTER: Final = re.compile(r"(?i)©|\(c\)|copyright")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the report, understood: where, on which day, how much; `parts` tells it from its like."""

    row: Row
    place: Place
    amounts: Amounts
    parts: tuple[str, ...]


def read_keyword_report(data: bytes, file_name: str, options: SemOptions) -> ImportResult:
    """Read a keyword, campaign, search-term or creative report; raise NotUnderstoodError if it is none."""
    reading = begin_reading(data, file_name, options)
    lines, unread, totals = _read_rows(reading)
    kept, doubled = _without_doubles(lines)
    rejects = sorted(unread + doubled, key=lambda reject: reject.at)
    if not kept and not rejects:
        raise NotUnderstoodError(
            "the report has a header but no rows below it; nothing was exported", line=reading.layout.line
        )
    made_at = reading.preamble.made_at or options.as_of
    facts = tuple(
        performance_fact(
            place, amounts, reported_at=made_at, received_at=options.received_at, zone=reading.zone
        )
        for place, amounts in _added_up(kept)
    )
    sums = Amounts.sum(line.amounts for line in kept)
    notes = (*compare(sums, totals, len(rejects)), *_warnings(reading, kept, len(facts)))
    return ImportResult(
        facts,
        tuple(rejects),
        reading.layout.header,
        understood(reading),
        notes,
        _summary(facts, sums, reading),
    )


def _read_rows(reading: Reading) -> tuple[list[Line], list[LeftOut], list[Total]]:
    lines: list[Line] = []
    rejects: list[LeftOut] = []
    totals: list[Total] = []
    account = reading.options.account
    for row in reading.body:
        remark = _remark(row)
        if is_total(row, reading.layout):
            totals.append(total_of(row, reading.layout, reading.unit))
        elif remark and row is reading.body[0] and "account" in reading.layout.columns:
            account = remark  # Baidu's export of an account has its name on a line of its own
        elif not _FOOTER.match(remark):
            try:
                lines.append(_line(row, reading, account))
            except CellError as error:
                rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
    return lines, rejects, totals


def _remark(row: Row) -> str:
    """Return the only cell of a row that has no other, else ""."""
    return next(filter(None, row.cells)) if not row.problem and sum(map(bool, row.cells)) == 1 else ""


def _line(row: Row, reading: Reading, account: str) -> Line:
    if problem := shape_problem(row, len(reading.layout.header)):
        raise CellError(problem)
    place = _place(row, reading, account)
    # Campaigns of one name, of which one was removed, differ by their ids only.
    parts = [place.campaign_id, place.ad_group_id, *(row.cells[at] for at in reading.layout.parts)]
    if ":" in (clock := reading.cell(row, "day")):
        parts.append(clock)  # an hour of the day
    return Line(row, place, _amounts(row, reading), tuple(parts))


def _place(row: Row, reading: Reading, account: str) -> Place:
    columns, cells = reading.layout.columns, row.cells
    names = {
        field: name_of(cells[columns[field]])
        for field in ("campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id")
        if field in columns
    }
    for field, name in names.items():
        if len(name) > _LONGEST_NAME:
            raise CellError(f"is longer than {_LONGEST_NAME} characters", reading.layout.name(field))
    # In a report of search terms it says how the term matched, not how the keyword was bid on.
    bid = "" if _has_search_terms(reading.layout) else match_type_of(reading.cell(row, "match_type"))
    if reading.engine == "google" and names.get("keyword"):
        names["keyword"], bid = bid_keyword(names["keyword"], bid)
    said = name_of(reading.cell(row, "account")) or name_of(reading.cell(row, "account_id"))
    return Place(
        platform=reading.engine,
        day=reading.day or _day(row, reading),
        account=(said or account)[:_LONGEST_NAME],
        match_type=bid[:_LONGEST_NAME],
        device=device_of(reading.cell(row, "device"))[:_LONGEST_NAME] or reading.preamble.device,
        currency=_currency(row, reading),
        **names,
    )


def _day(row: Row, reading: Reading) -> date:
    name = reading.layout.name("day")
    try:
        day = day_of(reading.cell(row, "day"), reading.order)
    except CellError as error:
        raise CellError(str(error), name) from None
    if not _FIRST_DAY <= day <= reading.last_day:
        raise CellError("is before 2000 or after the report was made", name)
    return day


def _currency(row: Row, reading: Reading) -> str:
    said = reading.cell(row, "currency").upper()
    if said and not (len(said) == 3 and said.isascii() and said.isalpha()):
        raise CellError("is not the code of a currency (CNY, USD)", reading.layout.name("currency"))
    return said or reading.currency


def _amounts(row: Row, reading: Reading) -> Amounts:
    columns, cells = reading.layout.columns, row.cells
    field = ""
    try:
        field = "impressions"
        impressions = count_of(cells[columns[field]]) if field in columns else 0
        field = "clicks"
        clicks = count_of(cells[columns[field]])
        field = "cost" if "cost" in columns else "cost_micros"
        cost = cells[columns[field]]
        return Amounts(
            impressions, clicks, micros_of(cost, reading.unit) if field == "cost" else count_of(cost)
        )
    except CellError as error:
        raise CellError(str(error), reading.layout.name(field)) from None


def _has_search_terms(layout: Layout) -> bool:
    return any("搜索词" in layout.header[at] or "search" in layout.header[at].lower() for at in layout.parts)


def _without_doubles(lines: list[Line]) -> tuple[list[Line], list[LeftOut]]:
    """Leave out rows that say a second time what a row above says: which of the two holds, nobody knows."""
    seen: dict[tuple[Place, tuple[str, ...]], Line] = {}
    doubles: list[LeftOut] = []
    for line in lines:
        first = seen.setdefault((line.place, line.parts), line)
        if first is not line:
            reason = f"stands for the same keyword and day as line {first.row.line}; one of them is too many"
            doubles.append(LeftOut(line.row.line, "", reason, line.row.cells))
    return list(seen.values()), doubles


def _added_up(lines: Iterable[Line]) -> Iterable[tuple[Place, Amounts]]:
    grouped: dict[Place, Amounts] = {}
    for line in lines:
        known = grouped.get(line.place)
        grouped[line.place] = line.amounts if known is None else known + line.amounts
    return grouped.items()


def _warnings(reading: Reading, lines: Sequence[Line], facts: int) -> Iterable[str]:
    columns = reading.layout.columns
    if "keyword" not in columns:
        yield (
            "the report has no keywords: its cost counts, but stands for no keyword. Of one day, import this "
            "report or one by keyword, not both"
        )
    if "impressions" not in columns:
        yield "the report has no impressions; they count as 0"
    if _has_search_terms(reading.layout):
        yield "a report of search terms leaves out rare ones; a report by keyword has the whole cost"
    if facts < len(lines):
        yield f"{counted(len(lines), 'row')} are parts of {counted(facts, 'keyword day')}"
    if not reading.currency and "currency" not in columns:
        yield "nothing says the currency; give it with --currency"


def _summary(facts: Sequence[object], sums: Amounts, reading: Reading) -> str:
    cost = Decimal(sums.cost_micros) / 1_000_000
    return (
        f"{reading.engine}: {counted(len(facts), 'keyword day')}, {sums.impressions:,} impressions, "
        f"{sums.clicks:,} clicks, cost {cost:,.2f} {reading.currency}".rstrip()
    )
