"""How a file writes its numbers, found from all of them, or a refusal that says how to tell it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from producers.cells.currencies import COMMA_AT_HOME, NO_DECIMALS, POINT_AT_HOME, THREE_DECIMALS
from producers.cells.money import in_cell
from producers.cells.numbers import NUMBER_STYLES, UNTOLD, NumberStyle
from producers.outcomes.left_out import NotUnderstoodError


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A cell that may mean thousands or a fraction, and where it stands."""

    text: str
    line: int | None
    column: str


@dataclass(slots=True)
class NumberEvidence:
    """Gathers what the cells of a file tell of its style; its size doesn't grow with the file.

    Feed it all amounts and counts, of whatever column, before the first of them is read.
    """

    _sure: set[str] = field(default_factory=set)
    _told: dict[str, set[str]] = field(default_factory=dict)  # currency ("" for none) → decimal marks
    _doubts: dict[tuple[str, str], _Doubt] = field(default_factory=dict)  # currency, mark → the first one
    _thousandths: bool = False
    _ungrouped: bool = False

    def add(
        self, text: str, *, whole: bool = False, currency: str = "", line: int | None = None, column: str = ""
    ) -> None:
        """Take a cell in; what is no number tells nothing.

        `whole` is a count, which has no fraction. `currency` is what the row or its mapping says, if the cell
        doesn't. `line` and `column` are named if the file is refused.
        """
        if text.isascii() and text.isdigit():
            self._ungrouped = self._ungrouped or (whole and len(text) > 3)
            return
        found = in_cell(text.removesuffix("%").lstrip("<>≤≥~ "))
        if found is None or not found[0].shape.mark:
            return
        shape, said = found[0].shape, found[1] or currency
        if not shape.told and len(shape.fraction) == 3 and (whole or said in NO_DECIMALS):
            other = "," if shape.mark == "." else "."
            self._told.setdefault(said, set()).add(other)
            if whole:
                self._sure.add(other)
        elif shape.told:
            self._told.setdefault(said, set()).add(shape.mark)
            # Four decimals are how a workbook's numbers of three are written, which tells nothing of texts.
            is_fine = len(shape.fraction) >= 3 and len(shape.fraction) != 4
            self._thousandths |= is_fine and said not in THREE_DECIMALS
            if shape.sure:
                self._sure.add(shape.mark)
        else:
            self._doubts.setdefault((said, shape.mark), _Doubt(text, line, column))

    def style(self, given: str = "", usual: str = "") -> NumberStyle:
        """Return the file's style. Raises NotUnderstoodError if nothing tells, and a cell needs it.

        `given` is what the user says (a name of NUMBER_STYLES), and holds. `usual` is the decimal mark that
        files of this kind always have; it holds where the file doesn't tell.
        """
        if given:
            return NumberStyle(NUMBER_STYLES[given])
        told = set().union(*self._told.values())
        agreed = self._sure if len(self._sure) == 1 else told if len(told) == 1 else set()
        if agreed or not told:
            decimal = next(iter(agreed), usual)
            if decimal or not self._doubts:
                return NumberStyle(
                    decimal, self._of_their_own(decimal), self._knows_thousandths(decimal, usual)
                )
            return self._by_custom()
        return NumberStyle("", self._of_their_own(""), self._thousandths)

    def _knows_thousandths(self, decimal: str, usual: str) -> bool:
        return self._thousandths or decimal == usual or (self._ungrouped and not self._sure)

    def _of_their_own(self, decimal: str) -> dict[str, str]:
        """Return the marks of currencies which all their own sums tell, where the file isn't of one style."""
        own = {
            currency: next(iter(marks))
            for currency, marks in self._told.items()
            if currency and len(marks) == 1 and marks != {decimal}
        }
        if not decimal and all(
            mark == _at_home(currency) for currency, mark in own.items() if _at_home(currency)
        ):
            # The file writes each currency as it is written at home.
            without = {currency for currency, _ in self._doubts} - self._told.keys()
            own |= {currency: mark for currency in without if (mark := _at_home(currency))}
        return own

    def _by_custom(self) -> NumberStyle:
        """Settle a file in which no cell tells, if each is 3,000 in a currency that is so written at home.

        It would take a comma before the fraction, and thousandths, to mean anything else. Not so with 3.000:
        databases write three decimals.
        """
        for (currency, mark), doubt in self._doubts.items():
            if mark != "," or currency not in POINT_AT_HOME:
                raise NotUnderstoodError(
                    f"“{doubt.text}” {UNTOLD}",
                    line=doubt.line,
                    column=doubt.column,
                )
        return NumberStyle("", {currency: "." for currency, _ in self._doubts})


def number_style_of(
    texts: Iterable[str], given: str = "", usual: str = "", currency: str = ""
) -> NumberStyle:
    """Return the style of a file with these amounts; see NumberEvidence.style."""
    evidence = NumberEvidence()
    for text in texts:
        evidence.add(text, currency=currency)
    return evidence.style(given, usual)


def _at_home(currency: str) -> str:
    return "." if currency in POINT_AT_HOME else "," if currency in COMMA_AT_HOME else ""
