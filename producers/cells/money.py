"""The text of a cell to a sum of money with its currency, exactly or not at all."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from producers.cells.currencies import CROWNS, CURRENCIES, SHARED, THREE_DECIMALS
from producers.cells.numbers import NOTHING, POINT, NumberStyle, Written, plain, written
from producers.outcomes.left_out import CellError

_MICROS_LIMIT: Final = 10**17  # beyond it no account spends, and sums would leave 64 bits
_PLAIN_COST = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,6}))?")
_LARGE: Final[dict[str, int]] = {
    "k": 10**3, "tsd": 10**3, "tsd.": 10**3, "thousand": 10**3, "тыс": 10**3, "тыс.": 10**3,
    "千": 10**3, "천": 10**3, "万": 10**4, "萬": 10**4, "만": 10**4, "lakh": 10**5, "lakhs": 10**5,
    "百万": 10**6, "百萬": 10**6, "백만": 10**6, "m": 10**6, "mm": 10**6, "mn": 10**6, "mio": 10**6,
    "mio.": 10**6,
    "mln": 10**6, "mln.": 10**6, "mill.": 10**6, "million": 10**6, "millions": 10**6, "millionen": 10**6,
    "млн": 10**6, "млн.": 10**6, "千万": 10**7, "千萬": 10**7, "crore": 10**7, "crores": 10**7,
    "亿": 10**8, "億": 10**8, "억": 10**8, "bn": 10**9, "mrd": 10**9, "mrd.": 10**9, "млрд": 10**9,
    "万亿": 10**12,
}  # fmt: skip
_UNITS: Final[dict[str, Decimal | int]] = {
    "元": 1, "分": Decimal("0.01"), "角": Decimal("0.1"), "千元": 1_000, "万": 10_000, "万元": 10_000,
    "百万元": 1_000_000, "亿元": 100_000_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in hundredths of the unit; the currency is "" unless the cell says it.

    `rounded` is a sum in a currency of thousandths, such as dinars, that hundredths don't hold exactly.
    """

    minor: int
    currency: str
    rounded: bool = False


def currency_of(text: str) -> str:
    """Return the ISO code of a currency's code, sign or word, "" if it is none that is known."""
    return CURRENCIES.get(plain(text).replace(" ", ""), "")


def micros_of(text: str, unit: Decimal | int = 1, style: NumberStyle = POINT, currency: str = "") -> int:
    """Return a cost in millionths of the currency unit, exactly; `unit` is what the column counts in.

    Raises CellError if the cell names another currency than `currency`.
    """
    if not text:
        raise CellError("is empty")
    if unit == 1 and style.decimal == "." and style.thousandths and (match := _PLAIN_COST.fullmatch(text)):
        return int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0"))
    if text in NOTHING:
        return 0
    found = written(text)
    if found is None:
        raise CellError("is not a number (1234567.89 and 1,234,567.89 are)")
    large, said = _words(found, currency)
    if said and currency and said != currency:
        raise CellError("names another currency than its report")
    return _scaled(_times(found, large, unit, style, said or currency), 1_000_000, 6)


def money_of(text: str, unit: Decimal | int = 1, currency: str = "", style: NumberStyle = POINT) -> Money:
    """Return a sum like ¥1,200,000.00, 120万 or USD 5,000.

    What several currencies share, like ¥ or $ alone, gives way to `currency`. Raises CellError.
    """
    found = written(text)
    if found is None:
        raise CellError("is not a sum of money (¥1,200,000.00 and 120万 are)")
    large, said = _words(found, currency)
    said = said or currency
    number = _times(found, large, unit, style, said)
    if said in THREE_DECIMALS and (exact := number * 100) != exact.to_integral_value():
        rounded = exact.quantize(Decimal(1), ROUND_HALF_UP)
        _scaled(number, 1_000, 3)
        return Money(_scaled(rounded / 100, 100, 2), said, rounded=True)
    return Money(_scaled(number, 100, 2), said)


def _times(found: Written, large: int, unit: Decimal | int, style: NumberStyle, currency: str) -> Decimal:
    if large != 1 and unit != 1:
        raise CellError(
            "counts in thousands or more, and so does its column: which of them holds can't be told"
        )
    number = style.value(found.shape, currency) * large * unit
    return -number if found.negative else number


def _scaled(number: Decimal, factor: int, places: int) -> int:
    if number < 0:
        raise CellError("is negative")
    if number * factor > _MICROS_LIMIT:
        raise CellError("is too large to be true")
    scaled = number * factor
    if scaled != scaled.to_integral_value():
        raise CellError(f"has more than {places} decimal places")
    return int(scaled)


def _words(found: Written, currency: str) -> tuple[int, str]:
    """Return by how much a number counts, and the currency that the words around it name, "" for none."""
    large, behind = _large(found.after)
    named = set()
    for word in (found.before, behind):
        word = word.replace(" ", "")
        if not word or word in CROWNS or (word in SHARED and currency):
            continue
        if word not in CURRENCIES:
            raise CellError("names a currency that isn't known, or is no sum of money")
        named.add((word not in SHARED, CURRENCIES[word]))
    # US$ beside a $ is one currency.
    definite = {code for is_definite, code in named if is_definite} or {code for _, code in named}
    if len(definite) > 1:
        raise CellError("names two currencies")
    return large, definite.pop() if definite else ""


def _large(after: str) -> tuple[int, str]:
    """Take the word for thousands or millions off what stands behind a number."""
    if after.replace(" ", "") in CURRENCIES or after in CROWNS:
        return 1, after
    if after in ("t€", "teur"):
        return 1_000, after[1:]
    for length in range(min(len(after), 9), 0, -1):
        word, rest = after[:length], after[length:].strip()
        if word in _LARGE and (not rest or rest in CROWNS or rest.replace(" ", "") in CURRENCIES):
            return _LARGE[word], rest
    return 1, after


def in_cell(text: str) -> tuple[Written, str] | None:
    """Return the number in a cell with the currency that the cell names; None if it isn't a sum of money."""
    found = written(text)
    if found is None:
        return None
    try:
        return found, _words(found, "")[1]
    except CellError:
        return None


def unit_of(header: str) -> tuple[Decimal | int, str]:
    """Return what a column counts in, by the brackets in its header: 费用(万元) is (10000, "CNY")."""
    match = re.search(r"[(（\[]([^()（）\[\]]+)[)）\]]\s*$", header)
    word = plain(match[1]) if match else ""
    if word in _UNITS:
        return _UNITS[word], "" if word == "万" else "CNY"
    return 1, CURRENCIES.get(word, "")
