"""What the rows of a report count: impressions, clicks and cost, in the file's own way of writing them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from producers.cells.currencies import CODES, CURRENCIES, SHARED
from producers.cells.money import currency_of, micros_of, unit_of
from producers.cells.number_evidence import NumberEvidence
from producers.cells.numbers import NOTHING, NumberStyle, count_of, plain
from producers.cells.tabular import NotUnderstoodError, Row
from producers.outcomes.left_out import CellError
from producers.sem.columns import Layout, is_measure, named_twice
from producers.sem.engines import CHINESE
from producers.sem.opening import Opening

MEASURES: Final = ("impressions", "clicks", "cost_micros")
# Where a click may cost tens of thousands.
_SMALL_UNITS: Final = frozenset({
    "VND", "IDR", "KRW", "IRR", "LAK", "UZS", "PYG", "COP", "KHR", "MMK", "GNF", "UGX", "TZS", "IQD",
    "LBP", "SLL", "MGA", "NGN", "CLP", "JPY", "HUF", "ARS",
})  # fmt: skip
# Currency units for one click that nobody pays: of sums that may be any, of whole thousands, of small units.
_DEAR: Final = 10_000
_DEAR_IN_THOUSANDS: Final = 1_000
_DEAR_IN_SMALL_UNITS: Final = 5_000_000
_BY_API = re.compile(r"[A-Z]+_REPORT\b")
_CHEAP: Final = 100  # millionths for one click
_FINE = re.compile(r"\d+\.\d{7,}")  # what computing with binary fractions leaves behind
_SIGN = re.compile(r"[\d.,'\s+-]+")


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is added up: impressions, clicks, cost in millionths."""

    impressions: int
    clicks: int
    cost_micros: int

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.impressions + other.impressions,
            self.clicks + other.clicks,
            self.cost_micros + other.cost_micros,
        )

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.impressions - other.impressions,
            self.clicks - other.clicks,
            self.cost_micros - other.cost_micros,
        )

    @staticmethod
    def sum(amounts: Iterable["Amounts"]) -> "Amounts":
        """Add up any number of them."""
        impressions = clicks = cost = 0
        for each in amounts:
            impressions += each.impressions
            clicks += each.clicks
            cost += each.cost_micros
        return Amounts(impressions, clicks, cost)


@dataclass(frozen=True, slots=True)
class Measures:
    """How the amounts of a report are read; `currency` is that of rows which name none, "" if nobody says."""

    layout: Layout
    style: NumberStyle
    unit: Decimal | int
    currency: str

    @property
    def known(self) -> tuple[str, ...]:
        """The measures that the report has."""
        known = self.layout.columns
        return tuple(
            name for name in MEASURES if name in known or (name == "cost_micros" and "cost" in known)
        )

    def of(self, row: Row) -> Amounts:
        """Return the amounts of a row. Raises CellError."""
        has_impressions = "impressions" in self.layout.columns
        return Amounts(
            self.value(row, "impressions") if has_impressions else 0,
            self.value(row, "clicks"),
            self.value(row, "cost_micros"),
        )

    def value(self, row: Row, measure: str) -> int:
        """Return one measure of a row. Raises CellError."""
        field = "cost" if measure == "cost_micros" and "cost" in self.layout.columns else measure
        text = self.layout.cell(row, field)
        try:
            if field == "cost":
                return micros_of(_trimmed(text, 6), self.unit, self.style, self.currency_of(row))
            return count_of(_trimmed(text, 0) if field == "cost_micros" else text, self.style)
        except CellError as error:
            raise CellError(str(error), self.layout.name(field)) from None

    def currency_of(self, row: Row) -> str:
        """Return the currency of a row's cost, "" if nothing says it. Raises CellError."""
        cell = self.layout.cell(row, "currency")
        if cell in NOTHING:
            return self.currency or _sign_in(self.layout.cell(row, "cost"))
        if said := _code(cell):
            return said
        raise CellError("is not the code of a currency (CNY, USD)", self.layout.name("currency"))


def measures_of(opening: Opening) -> Measures:
    """Find out how a report writes its amounts. Raises NotUnderstoodError if that can't be told."""
    layout, options = opening.layout, opening.options
    if twice := named_twice(layout, ("day", "impressions", "clicks", "cost", "cost_micros")):
        raise NotUnderstoodError(
            "two columns have this name, and which of them counts can't be told: leave one of them out",
            line=layout.line,
            column=twice,
        )
    unit, header_currency = unit_of(layout.name("cost"))
    mapping = options.mapping
    if mapping is not None and mapping.cost_in != "units":
        unit = mapping.unit
    given = options.currency.upper() or (mapping.currency if mapping else "")
    if given and given not in CODES:
        raise NotUnderstoodError(f"--currency {given} is not the code of a currency (CNY, USD)")
    if header_currency and given and header_currency != given:
        raise NotUnderstoodError(
            f"--currency {given} contradicts the column's {header_currency}; leave it out",
            line=layout.line,
            column=layout.name("cost"),
        )
    currency = header_currency or given or ("CNY" if opening.engine in CHINESE else "")
    evidence = NumberEvidence()
    for row in opening.rows:
        if len(row.cells) >= len(layout.header) and not row.problem:
            _take_in(evidence, row, layout, currency)
    return Measures(layout, evidence.style(options.numbers, _usual(opening)), unit, currency)


def _usual(opening: Opening) -> str:
    """Return the decimal mark that consoles in Chinese, and programs, always write."""
    by_program = any("_" in name or "." in name[1:-1] for name in opening.layout.header)
    return "." if opening.engine in CHINESE or by_program else ""


def _take_in(evidence: NumberEvidence, row: Row, layout: Layout, currency: str) -> None:
    said = _code(layout.cell(row, "currency")) or currency
    for field in ("impressions", "clicks", "cost_micros", "cost"):
        if field in layout.columns:
            evidence.add(
                layout.cell(row, field),
                whole=field != "cost",
                currency=said,
                line=row.line,
                column=layout.name(field),
            )
    for at in layout.others:
        if row.cells[at].endswith("%") and is_measure(layout.header[at]):
            evidence.add(row.cells[at])


def refuse_wrong_units(measures: Measures, read: Sequence[tuple[Amounts, str]], opening: Opening) -> None:
    """Refuse a cost that is a million times too dear or too cheap.

    `read` are the amounts of all rows with their currencies. Raises NotUnderstoodError.
    """
    layout, by_api = measures.layout, bool(_BY_API.search(opening.preamble.text))
    sums = Amounts.sum(amounts for amounts, _ in read)
    if not sums.clicks or not sums.cost_micros:
        return
    each = Decimal(sums.cost_micros) / sums.clicks
    said = {currency for _, currency in read}
    if "cost" in layout.columns and each >= 1_000_000 * _limit(read, by_api):
        unless = "; if not, say the currency with --currency (VND has such sums)" if "" in said else ""
        raise NotUnderstoodError(
            f"a click would cost {each / 1_000_000:,.0f}: the column seems to hold millionths. If it does, "
            f"call it cost_micros in the header{unless}",
            line=layout.line,
            column=layout.name("cost"),
        )
    if "cost" not in layout.columns and each < _CHEAP:
        raise NotUnderstoodError(
            f"a click would cost {each / 1_000_000:f}: the column doesn't seem to hold millionths. If it "
            "holds "
            "currency units, call it cost",
            line=layout.line,
            column=layout.name("cost_micros"),
        )


def _limit(read: Sequence[tuple[Amounts, str]], by_api: bool) -> int | Decimal:
    """Return what a click may cost in currency units before the column is taken for one of millionths."""
    costs = [amounts.cost_micros for amounts, _ in read]
    if any(cost % 1_000_000 for cost in costs):
        return Decimal("Infinity")
    if {currency for _, currency in read} & _SMALL_UNITS:
        return _DEAR_IN_SMALL_UNITS
    if any(cost % 1_000_000_000 for cost in costs):
        return _DEAR
    return 1 if by_api else _DEAR_IN_THOUSANDS


def _code(text: str) -> str:
    """Return the code of a currency that a cell names beyond doubt, "" for anything else."""
    return "" if plain(text) in SHARED else currency_of(text)


def _trimmed(text: str, places: int) -> str:
    """Round what no currency has: 657.2751550208866 is a fraction that a program divided."""
    if not _FINE.fullmatch(text):
        return text
    return str(Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


def _sign_in(text: str) -> str:
    """Return the currency that a cell's own sign names beyond doubt: €, and not $ or ¥."""
    if text.replace(".", "", 1).isdigit():
        return ""
    word = _SIGN.sub("", plain(text))
    return "" if word in SHARED else CURRENCIES.get(word, "")
