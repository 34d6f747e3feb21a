"""Files of exchange rates to one fact for each pair of currencies and day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from decimal import Context, Decimal
from typing import Final

from producers.cells.currencies import CODES
from producers.cells.dates import date_order_of, day_of, midnight
from producers.cells.number_evidence import NumberEvidence
from producers.cells.numbers import NOTHING, NumberStyle, number_of, plain
from producers.cells.source import Source
from producers.cells.tabular import NotUnderstoodError, Row, read_table, shape_problem
from producers.outcomes.left_out import CellError, LeftOut
from producers.outcomes.of_files import ImportResult, counted, listed
from producers.rates.layouts import KNOWN, UNITS, Layout, Pair, Sides, layout_of
from schemas.envelope import natural_id
from schemas.sem import ExchangeRateReported

SOURCE: Final = "import:rates"
_FIRST_DAY: Final = date(1970, 1, 1)
_DECIMALS: Final = 18
_LIMIT: Final = 10**12
_EXACT: Final = Context(prec=80)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOptions:
    """What the user says about a file; "" is found out from it.

    `as_of` is when it was made, 0 if nobody knows; both times are UTC milliseconds. `of` or `told_in` is the
    other currency of rates that name one alone, told for so many `units`. `since` is the first day that is
    wanted (YYYY-MM-DD).
    """

    received_at: int
    as_of: int
    of: str = ""
    told_in: str = ""
    units: int = 1
    since: str = ""
    date_order: str = ""
    numbers: str = ""
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(slots=True)
class _Read:
    """What was read so far: of each pair and day the rate, with the rows that were left out."""

    rates: dict[tuple[str, str, date], Decimal] = field(default_factory=dict)
    rejects: list[LeftOut] = field(default_factory=list)
    before: int = 0
    untold: int = 0


@dataclass(frozen=True, slots=True)
class _Reading:
    layout: Layout
    style: NumberStyle
    order: str
    first: date
    last: date


def read_rates(data: bytes | Source, options: RateOptions) -> ImportResult:
    """Read a file of exchange rates. Raises NotUnderstoodError."""
    if not options.as_of:
        raise NotUnderstoodError(
            "it does not say when it was made, and only the newest rate of a day counts: say it with "
            "--as-of, for example --as-of 2026-03-01T09:00"
        )
    table = read_table(
        data, encoding=options.encoding, separator=options.separator, sheet=options.sheet, known=KNOWN
    )
    at, layout = layout_of(table.rows, _sides(options))
    rows = [row for row in table.rows[at + 1 :] if row.cells[: len(layout.header)] != layout.header]
    if not rows:
        raise NotUnderstoodError("the file has a header but no rows below it", line=layout.line)
    reading = _reading(layout, rows, options)
    read = _Read()
    for row in rows:
        _take(row, reading, read)
    if not read.rates and read.rejects:
        first = read.rejects[0]
        raise NotUnderstoodError(
            f"{first.reason}; and so no row of {len(rows):,} can be read", line=first.at, column=first.column
        )
    return ImportResult(
        tuple(_facts(read, options)),
        tuple(read.rejects),
        layout.header,
        (
            f"encoding: {table.encoding}, header on line {layout.line}",
            layout.how,
            *([f"not read: {listed(layout.unread)}"] if layout.unread else ()),
        ),
        (*table.notes, *_notes(read, reading)),
        _summary(read),
    )


def _sides(options: RateOptions) -> Sides:
    for name, code in (("--of", options.of), ("--in", options.told_in)):
        if code and code not in CODES:
            raise NotUnderstoodError(f"{name} {code} is not the code of a currency (CNY, USD)")
    if options.units not in UNITS:
        raise NotUnderstoodError(f"--units {options.units} is not 1, 10, 100, 1000 or 10000")
    return Sides(options.of, options.told_in, options.units)


def _reading(layout: Layout, rows: Sequence[Row], options: RateOptions) -> _Reading:
    whole = [row for row in rows if not row.problem and len(row.cells) >= len(layout.header)]
    evidence = NumberEvidence()
    for row in whole:
        for at in layout.rate_places:
            evidence.add(row.cells[at], line=row.line, column=layout.header[at])
    days = [row.cells[layout.columns["day"]] for row in whole]
    # Central banks write points.
    style = evidence.style(options.numbers, "." if layout.pairs else "")
    return _Reading(
        layout,
        style,
        options.date_order or date_order_of(days),
        date.fromisoformat(options.since) if options.since else _FIRST_DAY,
        date(1970, 1, 1) + timedelta(days=options.as_of // _DAY_MS + 2),
    )


def _take(row: Row, reading: _Reading, read: _Read) -> None:
    layout = reading.layout
    try:
        if problem := shape_problem(row, len(layout.header)):
            raise CellError(problem)
        day = _day(row, reading)
        if day < reading.first:
            read.before += 1
            return
        told = [(at, layout.pairs[at]) for at in layout.pairs] or [
            (layout.columns["rate"], layout.pair_of(row))
        ]
    except CellError as error:
        read.rejects.append(LeftOut(row.line, error.column, str(error), row.cells))
        return
    for at, pair in told:
        if layout.pairs and plain(row.cells[at]) in NOTHING:
            read.untold += 1
            continue
        try:
            rate = _rate(row.cells[at], pair, reading.style)
            if read.rates.setdefault((pair.currency, pair.in_currency, day), rate) != rate:
                raise CellError("says another rate than a row before it, of the same day and currencies")
        except CellError as error:
            read.rejects.append(LeftOut(row.line, layout.header[at], str(error), row.cells))


def _day(row: Row, reading: _Reading) -> date:
    column = reading.layout.columns["day"]
    try:
        day = day_of(row.cells[column], reading.order)
    except CellError as error:
        raise CellError(str(error), reading.layout.header[column]) from None
    if not _FIRST_DAY <= day <= reading.last:
        raise CellError("is before 1970 or after the file was made", reading.layout.header[column])
    return day


def _rate(text: str, pair: Pair, style: NumberStyle) -> Decimal:
    if plain(text) in NOTHING:
        raise CellError("is empty")
    number = number_of(text, style)
    if number < 0:
        raise CellError("is negative: a rate is more than 0")
    if not number:
        raise CellError("is 0: a rate is more than 0")
    rate = number.scaleb(-UNITS.index(pair.units), _EXACT).normalize(_EXACT)
    if rate >= _LIMIT:
        raise CellError("is too large to be true")
    if -int(rate.as_tuple().exponent) > _DECIMALS:
        raise CellError(f"has more than {_DECIMALS} decimal places")
    return rate


def _facts(read: _Read, options: RateOptions) -> Iterator[ExchangeRateReported]:
    for (currency, in_currency, day), rate in read.rates.items():
        text = f"{rate:f}"
        yield ExchangeRateReported(
            event_id=natural_id("exchange_rate", currency, in_currency, day.isoformat(), options.as_of, text),
            occurred_at=midnight(day, UTC),
            received_at=options.received_at,
            source=SOURCE,
            subject=f"rate:{currency}/{in_currency}",
            day=day.isoformat(),
            currency=currency,
            in_currency=in_currency,
            rate=text,
            reported_at=options.as_of,
        )


def _notes(read: _Read, reading: _Reading) -> Iterable[str]:
    if read.before:
        yield f"{counted(read.before, 'row')} of before {reading.first} left out, as --since says"
    if read.untold:
        yield f"{counted(read.untold, 'cell')} hold no rate"


def _summary(read: _Read) -> str:
    if not read.rates:
        return "0 rates"
    days = [day for _, _, day in read.rates]
    pairs = {(currency, in_currency) for currency, in_currency, _ in read.rates}
    return (
        f"{counted(len(read.rates), 'rate')} of {counted(len(pairs), 'pair')} of currencies, "
        f"{min(days)} to {max(days)}"
    )
