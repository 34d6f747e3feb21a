"""The text of a cell to a number or a sum of money, exactly or not at all."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from producers.outcomes.left_out import CellError

NOTHING: Final = frozenset({"", "-", "--", "—", "——", "n/a", "null", "none", "(not set)"})
_MICROS_LIMIT: Final = 10**17  # beyond it no account spends, and sums would leave 64 bits
_COUNT_LIMIT: Final = 10**12
_NUMBER = re.compile(r"([-+]?)(\d{1,3}(?:,\d{3})+|\d{1,30})(\.\d{1,30})?")
_PLAIN_COST = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,6}))?")
_LARGE: Final = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000, "k": 1_000, "m": 1_000_000}
_UNITS: Final[dict[str, Decimal | int]] = {
    "元": 1,
    "分": Decimal("0.01"),
    "角": Decimal("0.1"),
    "千元": 1_000,
    "万": 10_000,
    "万元": 10_000,
}
_CURRENCY_WORDS: Final = {
    "¥": "CNY", "rmb": "CNY", "元": "CNY", "人民币": "CNY", "cn¥": "CNY", "$": "USD", "us$": "USD",
    "美元": "USD",
    "hk$": "HKD", "港元": "HKD", "港币": "HKD", "nt$": "TWD", "a$": "AUD", "s$": "SGD", "€": "EUR",
    "欧元": "EUR", "£": "GBP", "英镑": "GBP", "jp¥": "JPY", "日元": "JPY",
}  # fmt: skip
_MONEY = re.compile(
    r"(?P<before>[a-z]{0,3}\s?[¥$€£]?|人民币)\s*(?P<number>[-+]?[\d,]+(?:\.\d+)?)\s*(?P<large>[千万亿]|[km](?![a-z])|)"
    r"\s*(?P<after>元|人民币|美元|港元|港币|欧元|英镑|日元|[a-z]{3}|[€£]|)"
)


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in hundredths of the unit; the currency is "" unless the cell says it."""

    minor: int
    currency: str


def plain(text: str) -> str:
    """Return text as it is compared: full-width forms made half-width, lower case, without blanks around."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).strip().lower()


def number_of(text: str) -> Decimal:
    """Return the number that a cell holds: 1,234,567.89 or 1.2万; raise CellError for anything else."""
    bare = plain(text)
    large = 1
    if bare and bare[-1] in "千万亿":
        bare, large = bare[:-1].rstrip(), _LARGE[bare[-1]]
    match = _NUMBER.fullmatch(bare) if len(bare) <= 64 else None
    if match is None:
        raise CellError("is not a number (1234567.89 and 1,234,567.89 are)")
    sign, whole, fraction = match.groups()
    number = Decimal(sign + whole.replace(",", "") + (fraction or ""))
    return number * large if large != 1 else number


def count_of(text: str) -> int:
    """Return a whole number from 0 on; a dash counts as 0."""
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    if not text:
        raise CellError("is empty")
    if text in NOTHING:
        return 0
    number = number_of(text)
    if number < 0:
        raise CellError("is negative")
    if number != number.to_integral_value():
        raise CellError("is not a whole number")
    if number > _COUNT_LIMIT:
        raise CellError("is too large to be true")
    return int(number)


def micros_of(text: str, unit: Decimal | int = 1) -> int:
    """Return a cost in millionths of the currency unit, exactly; `unit` is what the column counts in."""
    if not text:
        raise CellError("is empty")
    if unit == 1 and (match := _PLAIN_COST.fullmatch(text)):
        return int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0"))
    if text in NOTHING:
        return 0
    bare = plain(text).removesuffix("元").strip().lstrip("¥$€£").strip()
    return _scaled(number_of(bare) * unit, 1_000_000, 6)


def _scaled(number: Decimal, factor: int, places: int) -> int:
    if number < 0:
        raise CellError("is negative")
    if number * factor > _MICROS_LIMIT:
        raise CellError("is too large to be true")
    scaled = number * factor
    if scaled != scaled.to_integral_value():
        raise CellError(f"has more than {places} decimal places")
    return int(scaled)


def money_of(text: str, unit: Decimal | int = 1, currency: str = "") -> Money:
    """Return a sum like ¥1,200,000.00, 120万 or USD 5,000; the sign ¥ or $ alone gives way to `currency`."""
    match = _MONEY.fullmatch(plain(text).replace("￥", "¥")) if len(text) <= 64 else None
    if match is None:
        raise CellError("is not a sum of money (¥1,200,000.00 and 120万 are)")
    number = number_of(match["number"]) * _LARGE[match["large"]]
    minor = _scaled(number * unit, 100, 2)
    words = [word for word in (match["before"].replace(" ", ""), match["after"]) if word]
    said = currency
    for word in words:
        if word in ("¥", "$", "元") and currency:
            continue
        said = _CURRENCY_WORDS.get(word) or (word.upper() if re.fullmatch("[a-z]{3}", word) else "")
        if not said:
            raise CellError("names a currency that isn't known")
    return Money(minor, said)


def unit_of(header: str) -> tuple[Decimal | int, str]:
    """Return what a column counts in, by the brackets in its header: 费用(万元) is (10000, "")."""
    match = re.search(r"[(（\[]([^()（）\[\]]+)[)）\]]\s*$", header)
    word = plain(match[1]) if match else ""
    if word in _UNITS:
        return _UNITS[word], "" if word == "万" else "CNY"
    return 1, word.upper() if re.fullmatch("[a-z]{3}", word) else _CURRENCY_WORDS.get(word, "")
