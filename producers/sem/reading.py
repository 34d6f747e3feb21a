"""What is known of a report before its first row is read; or why it can't be read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from decimal import Decimal

from producers.cells.dates import date_order_of, day_of, zone_of
from producers.cells.money import unit_of
from producers.cells.tabular import NotUnderstoodError, Row, Table, read_table
from producers.outcomes.left_out import CellError
from producers.outcomes.of_files import listed
from producers.sem.columns import KNOWN, Layout, find_header, nearest_to_header
from producers.sem.engines import CHINESE, engine_of
from producers.sem.preamble import Period, Preamble, period_of_name, read_preamble


@dataclass(frozen=True, slots=True, kw_only=True)
class SemOptions:
    """What the user says about a report; "" is found out from the file.

    `as_of` is when the file was made, unless it says so itself; both times are UTC milliseconds. `day` is the
    day of a report without dates (YYYY-MM-DD). `date_order` is "mdy" or "dmy" for dates like 4/3/2017.
    """

    received_at: int
    as_of: int
    engine: str = ""
    account: str = ""
    currency: str = ""
    day: str = ""
    timezone: str = "Asia/Shanghai"
    date_order: str = ""
    encoding: str = ""
    separator: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known before the first row is read."""

    table: Table
    layout: Layout
    body: Sequence[Row]
    preamble: Preamble
    engine: str
    zone: tzinfo
    options: SemOptions
    day: date | None
    period: Period | None
    order: str
    unit: Decimal | int
    currency: str
    last_day: date

    def cell(self, row: Row, field: str) -> str:
        """Return a row's cell of a field, "" if the report has no such column."""
        at = self.layout.columns.get(field)
        return row.cells[at] if at is not None else ""


def begin_reading(data: bytes, file_name: str, options: SemOptions) -> Reading:
    """Find header, engine and days of a report; raise NotUnderstoodError if one can't be found."""
    zone = zone_of(options.timezone)
    table = read_table(data, encoding=options.encoding, separator=options.separator, known=KNOWN)
    found = find_header(table.rows)
    if found is None:
        raise _no_header(table)
    at, layout = found
    text_lines = [", ".join(row.cells) for row in table.rows[:at]]
    body = table.rows[at + 1 :]
    order = options.date_order or _order_in(body, layout)
    preamble = read_preamble(text_lines, zone, order)
    engine = engine_of(layout, preamble.text, file_name, options.engine)
    _demand(layout)
    period = preamble.period or period_of_name(file_name)
    unit, header_currency = unit_of(layout.name("cost"))
    currency = header_currency or options.currency or ("CNY" if engine in CHINESE else "")
    made = (preamble.made_at or options.as_of) / 86_400_000
    return Reading(
        table=table, layout=layout, body=body, preamble=preamble, engine=engine, zone=zone, options=options,
        day=_single_day(layout, period, options), period=period, order=order, unit=unit,
        currency=currency.upper(),
        last_day=date(1970, 1, 1) + timedelta(days=int(made) + 2),
    )  # fmt: skip


def _no_header(table: Table) -> NotUnderstoodError:
    near = nearest_to_header(table.rows)
    if near is None:
        return NotUnderstoodError(
            f"no row is the header of a report (read as {table.encoding}); it would name a campaign, clicks "
            "and cost. If the text is garbled in your editor too, name the right --encoding"
        )
    return NotUnderstoodError(
        f"the header lacks columns: a report needs clicks (点击), cost (消费) and a campaign, ad group or "
        f"keyword; found are {listed(near.cells)}",
        line=near.line,
    )


def _demand(layout: Layout) -> None:
    known = layout.columns
    wanted = (
        ("clicks", "clicks (点击, 点击次数, Clicks)", ("clicks",)),
        ("cost", "cost (消费, 消耗, 费用, Cost)", ("cost", "cost_micros")),
        (
            "campaign",
            "a campaign, ad group or keyword (推广计划, 推广单元, 关键词)",
            ("campaign", "ad_group", "keyword"),
        ),
    )
    for column, words, any_of in wanted:
        if not any(field in known for field in any_of):
            raise NotUnderstoodError(
                f"there is no column of {words}; found are {listed(layout.header)}",
                line=layout.line,
                column=column,
            )


def _order_in(body: Iterable[Row], layout: Layout) -> str:
    at = layout.columns.get("day")
    return date_order_of(row.cells[at] for row in body if len(row.cells) > at) if at is not None else ""


def _single_day(layout: Layout, period: Period | None, options: SemOptions) -> date | None:
    """Return the day of a report without a column of days, None if it has one."""
    if "day" in layout.columns:
        if options.day:
            raise NotUnderstoodError(
                "the report names the day of each row; leave out --day", line=layout.line
            )
        return None
    if options.day:
        try:
            return day_of(options.day)
        except CellError:
            raise NotUnderstoodError(f"--day {options.day!r} is not a day; 2017-10-22 is one") from None
    if period is None:
        raise NotUnderstoodError(
            "the report doesn't say its day: it has no column of days, and neither the lines above the "
            "header nor the file's name tell; say it with --day 2017-10-22",
            line=layout.line,
        )
    if period.first != period.last:
        raise NotUnderstoodError(
            f"the report has no column of days, and {period.said_in} say it covers {period.first} to "
            f"{period.last}: the cost of one day can't be told. Export it by day (分日), or one file "
            "for each day",
            line=layout.line,
        )
    return period.first


def understood(reading: Reading) -> tuple[str, ...]:
    """Say in lines for people what was taken for what."""
    layout, table = reading.layout, reading.table
    separator = {"\t": "Tab", ",": "comma"}.get(table.separator, table.separator)
    lines = [
        f"engine: {reading.engine}",
        f"encoding: {table.encoding}, separator: {separator}, header on line {layout.line}",
    ]
    lines += [
        f"{field.replace('_', ' ')}: column “{layout.header[at]}”" for field, at in layout.columns.items()
    ]
    if layout.parts:
        lines.append(
            f"rows are parts by {listed([layout.header[at] for at in layout.parts])}, and are added up"
        )
    if reading.day:
        said = "--day" if reading.options.day or reading.period is None else reading.period.said_in
        lines.append(f"day: {reading.day}, from {said}")
    if reading.preamble.device:
        lines.append(f"device: {reading.preamble.device}, from the lines above the header")
    if reading.preamble.made_at:
        lines.append("the report says when it was made, and that counts when a newer one restates it")
    if "currency" not in layout.columns:
        lines.append(f"currency: {reading.currency or 'not said'}")
    return tuple(lines)
