"""The text of a cell to a number, exactly or not at all, by the way in which its file writes numbers."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from producers.cells.currencies import THREE_DECIMALS
from producers.cells.invisible import visible
from producers.outcomes.left_out import CellError

NOTHING: Final = frozenset({"", "-", "--", "—", "——", "–", "n/a", "null", "none", "(not set)"})
# How a user names a style on the command line and in a mapping, and the decimal mark that it has.
NUMBER_STYLES: Final[Mapping[str, Literal[".", ","]]] = {"1,234.56": ".", "1.234,56": ","}
UNTOLD: Final = (
    "may mean thousands or a fraction, and nothing in the file tells; "
    "say which with --numbers 1.234,56 or --numbers 1,234.56"
)
_COUNT_LIMIT: Final = 10**12
_LONGEST: Final = 64
# What stands for an apostrophe between thousands, for a minus, and for the digits of Arabic and Hindi.
_SPELLINGS: Final = str.maketrans(
    dict.fromkeys("’‘ʼ`´＇", "'")
    | {"−": "-", "–": "-", "﹣": "-", "٬": "'", "٫": "."}
    | {zero + digit: str(digit) for zero in (0x0660, 0x06F0, 0x0966) for digit in range(10)}
)
_WRITTEN = re.compile(
    r"(?P<before>[^0-9]*?)(?P<body>(?:(?<!\w)[.,])?[0-9](?:[0-9.,' ]*[0-9])?)(?P<after>[^0-9]*)"
)
# 2.500,- and 2'500.— are whole sums.
_NO_FRACTION = re.compile(r"[.,][-—]{1,2}(?![-—])")
_GROUPED: Final = {
    ",": re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}"),  # 12,00,000 is Indian
    ".": re.compile(r"\d{1,3}(?:\.\d{3})+"),
    "'": re.compile(r"\d{1,3}(?:'\d{3})+"),
    " ": re.compile(r"\d{1,3}(?: \d{3})+"),
}
_LARGE: Final = {"千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}


class Shape(NamedTuple):
    """What the digits and marks of a number tell by themselves.

    `mark` is the decimal mark, or "" if there is none and none can be told; if not `told`, it may group
    thousands as well. `sure` is a shape that only one style can have: 1.234,56 or 1.234.567.
    """

    whole: str
    fraction: str
    mark: str
    told: bool = True
    sure: bool = False


class Written(NamedTuple):
    """A cell that holds one number: what stands before and behind it, in small letters."""

    negative: bool
    before: str
    shape: Shape
    after: str


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a file writes numbers, as its cells show it.

    `decimal` is the mark before a fraction; "" if the file has no one style, so that only cells are read
    which tell by themselves. `by_currency` has the mark of sums in currencies that go their own way. Unless
    `thousandths`, no fraction of three digits is known in the file, and 5.000 isn't taken for one.
    """

    decimal: str = "."
    by_currency: Mapping[str, str] = field(default_factory=dict)
    thousandths: bool = True

    def mark(self, currency: str = "") -> str:
        """Return the decimal mark of sums in a currency, "" if it isn't known."""
        return self.by_currency.get(currency) or self.decimal

    def value(self, shape: Shape, currency: str = "") -> Decimal:
        """Return the number that a shape means in this style; raise CellError if that can't be told."""
        mark = self.mark(currency)
        if shape.mark and not shape.told:
            fine = self.thousandths or currency in THREE_DECIMALS
            if not mark or (mark == shape.mark and not fine):
                raise CellError(UNTOLD)
            if mark != shape.mark:
                if len(shape.fraction) != 3:
                    raise CellError("is not a number (1234567.89 and 1,234,567.89 are)")
                return Decimal(shape.whole + shape.fraction)
        elif shape.mark and mark and shape.mark != mark:
            usual = "1,234.56" if mark == "." else "1.234,56"
            raise CellError(f"is not written as the other numbers of the file are ({usual})")
        return Decimal(f"{shape.whole or 0}.{shape.fraction}" if shape.fraction else shape.whole)


POINT: Final = NumberStyle(".")


def plain(text: str) -> str:
    """Return text as it is compared: as it looks, in half-width and small letters, without blanks around."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", visible(text)).strip().lower()


def written(text: str) -> Written | None:
    """Find the one number in a cell; None if there is none, or several, or its marks make no sense."""
    bare = " ".join(plain(text.translate(_SPELLINGS)).split()) if not text.isascii() else text.strip().lower()
    if len(bare) > _LONGEST:
        return None
    inner = bare.strip("()") if bare[:1] == "(" and bare[-1:] == ")" else ""
    match = _WRITTEN.fullmatch(inner or bare)
    shape = _shape(match["body"]) if match else None
    if match is None or shape is None:
        return None
    before, after = match["before"].strip(), match["after"].strip()
    if whole := _NO_FRACTION.match(after):
        after = after[whole.end() :].strip()
        if shape.mark and not shape.told and shape.mark != whole[0][0]:
            shape = Shape(shape.whole + shape.fraction, "", whole[0][0], sure=True)
    signs = [sign for sign in (before[:1], before[1:][-1:], after[-1:]) if sign and sign in "+-"]
    if len(signs) + bool(inner) > 1:
        return None
    return Written(bool(inner) or "-" in signs, before.strip("+- "), shape, after.rstrip("+- "))


def _shape(body: str) -> Shape | None:
    points, commas = body.count("."), body.count(",")
    spaced = "'" if "'" in body else " " if " " in body else ""
    if points and commas:
        return _with_both(body) if not spaced else None
    if not (points or commas or spaced):
        return Shape(body, "", "")
    mark, other = (".", ",") if points else (",", ".")
    whole, found, fraction = body.partition(mark)
    if spaced:
        if points + commas > 1 or not _GROUPED[spaced].fullmatch(whole) or (found and not fraction.isdigit()):
            return None
        return Shape(whole.replace(spaced, ""), fraction, mark if found else "")
    if points + commas > 1:
        return Shape(body.replace(mark, ""), "", other, sure=True) if _GROUPED[mark].fullmatch(body) else None
    if not whole.strip("0"):
        return Shape(whole, fraction, mark)
    may_group = len(fraction) == 3 and len(whole) <= 3 and whole[0] != "0"
    # Some group by ten thousands.
    return Shape(whole, fraction, mark, told=not may_group and not (mark == "," and len(fraction) == 4))


def _with_both(body: str) -> Shape | None:
    mark, other = (".", ",") if body.rfind(".") > body.rfind(",") else (",", ".")
    whole, _, fraction = body.rpartition(mark)
    if not _GROUPED[other].fullmatch(whole):
        return None
    return Shape(whole.replace(other, ""), fraction, mark, sure=True)


def number_of(text: str, style: NumberStyle = POINT) -> Decimal:
    """Return the number that a cell holds: 1,234,567.89 or 1.2万; raise CellError for anything else."""
    found = written(text)
    if found is None or found.before or (found.after and found.after not in _LARGE):
        raise CellError("is not a number (1234567.89 and 1,234,567.89 are)")
    number = style.value(found.shape)
    number = number * _LARGE[found.after] if found.after else number
    return -number if found.negative else number


def count_of(text: str, style: NumberStyle = POINT) -> int:
    """Return a whole number from 0 on; a dash counts as 0."""
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    if not text:
        raise CellError("is empty")
    if text in NOTHING:
        return 0
    number = number_of(text, style)
    if number < 0:
        raise CellError("is negative")
    if number != number.to_integral_value():
        raise CellError("is not a whole number")
    if number > _COUNT_LIMIT:
        raise CellError("is too large to be true")
    return int(number)
