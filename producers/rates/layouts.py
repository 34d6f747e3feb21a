"""Which columns of a file hold days and rates, and of which pair of currencies each rate is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from producers.cells.currencies import CODES
from producers.cells.headers import column_key
from producers.cells.money import currency_of
from producers.cells.numbers import NOTHING, plain
from producers.cells.tabular import Row, header_of
from producers.outcomes.left_out import CellError, NotUnderstoodError
from producers.outcomes.of_files import listed

HEADER_WITHIN: Final = 30  # rows; no preamble is longer
UNITS: Final = (1, 10, 100, 1_000, 10_000)
_WORDS: Final = {
    "day": ("day", "date", "日期", "交易日", "交易日期", "生效日期"),
    "currency": (
        "from", "fromcurrency", "sourcecurrency", "base", "basecurrency", "源币种", "原币", "原币种",
    ),
    "in_currency": (
        "to", "tocurrency", "targetcurrency", "quote", "quotecurrency", "目标币种", "目标币", "本位币",
    ),
    "one_currency": ("currency", "currencycode", "code", "币种", "货币", "外币", "货币代码"),
    "rate": ("rate", "exchangerate", "fxrate", "汇率", "中间价", "汇率中间价", "折算价"),
    "units": ("units", "unit", "ratio", "单位", "数量单位"),
}  # fmt: skip
KNOWN: Final = frozenset(column_key(word) for words in _WORDS.values() for word in words) | frozenset(
    code.lower() for code in CODES
)
_PAIR: Final = re.compile(r"(\d{1,5})?\s*([a-z]{3})\s*/\s*([a-z]{3})")
# All of these and no EUR: what one euro is worth, as the European Central Bank publishes it.
_OF_THE_ECB: Final = frozenset(
    {"USD", "JPY", "GBP", "CHF", "CZK", "DKK", "SEK", "NOK", "HUF", "PLN", "CAD", "AUD"}
)
_UNCLEAR: Final = (
    "whether one unit of the columns' currencies is told in another one, or one unit of another one in them: "
    "say it with --in CNY (100 USD are 717.45 CNY: --in CNY --units 100) or with --of EUR (one EUR is 1.0876 "
    "USD)"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a rate is of: so many units of one currency, told in another one."""

    currency: str
    in_currency: str
    units: int = 1


@dataclass(frozen=True, slots=True)
class Sides:
    """What the user says of rates that name one currency alone: of which one they are, or in which one."""

    of: str = ""
    told_in: str = ""
    units: int = 1

    def pair(self, other: str) -> Pair | None:
        """Return the pair with the currency that a file names; None if nothing says it."""
        if self.told_in:
            return Pair(other, self.told_in, self.units)
        return Pair(self.of, other, self.units) if self.of else None


@dataclass(frozen=True, slots=True)
class Layout:
    """The header of a table of rates.

    `columns` has the places of its words; `pairs` those of a table with a column for each pair, by their
    places. `unread` are headers that mean nothing here, `how` says what was understood.
    """

    line: int
    header: tuple[str, ...]
    columns: dict[str, int]
    pairs: dict[int, Pair]
    sides: Sides
    unread: tuple[str, ...]
    how: str

    @property
    def rate_places(self) -> tuple[int, ...]:
        """The columns that hold rates."""
        return tuple(self.pairs) if self.pairs else (self.columns["rate"],)

    def pair_of(self, row: Row) -> Pair:
        """Return the pair of a row that has a single rate. Raises CellError."""
        units = self.sides.units
        if "units" in self.columns:
            said = plain(row.cells[self.columns["units"]]).replace(",", "")
            if not said.isdecimal() or int(said) not in UNITS:
                raise CellError("is not 1, 10, 100, 1000 or 10000", self.header[self.columns["units"]])
            units = int(said)
        if "one_currency" in self.columns:
            known = self.sides.pair(self._currency(row, "one_currency"))
            assert known is not None  # else there would be no such layout
            pair = Pair(known.currency, known.in_currency, units)
        else:
            pair = Pair(self._currency(row, "currency"), self._currency(row, "in_currency"), units)
        if pair.currency == pair.in_currency:
            raise CellError(f"both currencies are {pair.currency}")
        return pair

    def _currency(self, row: Row, word: str) -> str:
        code = currency_of(row.cells[self.columns[word]])
        if not code:
            raise CellError("is not the code of a currency (CNY, USD)", self.header[self.columns[word]])
        return code


def layout_of(rows: Sequence[Row], sides: Sides) -> tuple[int, Layout]:
    """Return the index of the header and what it says. Raises NotUnderstoodError."""
    unclear: NotUnderstoodError | None = None
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        if row.problem:
            continue
        try:
            layout = _layout(row, sides)
        except NotUnderstoodError as error:
            unclear = unclear or error
            continue
        if layout is not None:
            return at, layout
    if unclear:
        raise unclear
    raise NotUnderstoodError(
        "no row is the header of exchange rates: it has the columns day, from, to and rate (one unit of from "
        "is rate units of to), or day and a column for each pair (USD/CNY, 100JPY/CNY) or currency",
        line=rows[0].line,
    )


def _layout(row: Row, sides: Sides) -> Layout | None:
    header = header_of(row)
    keys = [column_key(cell) for cell in header]
    columns = {
        word: keys.index(name)
        for word, names in _WORDS.items()
        if (name := next((name for name in names if name in keys), None)) is not None
    }
    if "day" not in columns:
        return None
    by_row = _by_row(row, header, columns, sides) if "rate" in columns else None
    return by_row or _by_column(row, header, columns, sides)


def _by_row(row: Row, header: tuple[str, ...], columns: dict[str, int], sides: Sides) -> Layout | None:
    both = {"currency", "in_currency"} <= columns.keys()
    if both:
        columns.pop("one_currency", None)
        _refuse_sides(row, sides)
        one, other, rate = (header[columns[word]] for word in ("currency", "in_currency", "rate"))
        how = f"one unit of “{one}” is worth “{rate}” units of “{other}”"
    elif "one_currency" in columns and not {"currency", "in_currency"} & columns.keys():
        known = sides.pair("of the currency")
        if known is None:
            raise NotUnderstoodError(f"nothing says {_UNCLEAR}", line=row.line)
        how = f"{known.units} {known.currency} is worth “{header[columns['rate']]}” {known.in_currency}"
    elif {"currency", "in_currency", "one_currency"} & columns.keys():
        raise NotUnderstoodError(
            "which of the two currencies a rate is told in can't be told from these names: call the columns "
            f"from and to (one unit of from is rate units of to); found are {listed(header)}",
            line=row.line,
        )
    else:
        return None
    taken = set(columns.values())
    unread = tuple(name for at, name in enumerate(header) if at not in taken and name)
    return Layout(row.line, header, columns, {}, sides, unread, how)


def _by_column(row: Row, header: tuple[str, ...], columns: dict[str, int], sides: Sides) -> Layout | None:
    named = {at: pair for at, name in enumerate(header) if (pair := _named(name)) is not None}
    bare = {
        at: code
        for at, name in enumerate(header)
        if at not in named and at != columns["day"] and (code := currency_of(name))
    }
    if not named and not bare:
        return None
    how = "each column names its pair"
    if named:
        _refuse_sides(row, sides)
        bare = {}
    elif not sides.of and not sides.told_in:
        if not set(bare.values()) >= _OF_THE_ECB or "EUR" in bare.values():
            raise NotUnderstoodError(f"nothing says {_UNCLEAR}", line=row.line)
        sides = Sides(of="EUR")
        how = "reference rates of the European Central Bank: one EUR is worth so many units of each column"
    else:
        known = sides.pair("each column")
        how = f"{known.units} {known.currency} told in {known.in_currency}" if known else how
    pairs = named | {
        at: pair
        for at, code in bare.items()
        if (pair := sides.pair(code)) is not None and pair.currency != pair.in_currency
    }
    for at, pair in pairs.items():
        twice = [other for other, each in pairs.items() if other > at and _same(pair, each)]
        if twice:
            raise NotUnderstoodError(
                f"two columns tell of {pair.currency} in {pair.in_currency}",
                line=row.line,
                column=header[twice[0]],
            )
    taken = {columns["day"], *pairs}
    unread = tuple(name for at, name in enumerate(header) if at not in taken and name)
    return Layout(row.line, header, {"day": columns["day"]}, pairs, sides, unread, how)


def _same(one: Pair, other: Pair) -> bool:
    return (one.currency, one.in_currency) == (other.currency, other.in_currency)


def _named(header: str) -> Pair | None:
    match = _PAIR.fullmatch(plain(header))
    if match is None or plain(header) in NOTHING:
        return None
    units, currency, told_in = int(match[1] or 1), currency_of(match[2]), currency_of(match[3])
    known = currency and told_in and currency != told_in and units in UNITS
    return Pair(currency, told_in, units) if known else None


def _refuse_sides(row: Row, sides: Sides) -> None:
    if sides.of or sides.told_in:
        raise NotUnderstoodError(
            "the file names both currencies of each rate: leave out --of and --in", line=row.line
        )
