"""The total rows of a report: which they are, what they say, and whether the rows add up to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from producers.cells.numbers import NOTHING, written
from producers.cells.tabular import Row
from producers.outcomes.left_out import CellError
from producers.sem.amounts import Amounts, Measures
from producers.sem.labels import is_remainder

WORDS_OF = {"impressions": "impressions", "clicks": "clicks", "cost_micros": "cost"}


@dataclass(frozen=True, slots=True)
class Total:
    """A total row; `amounts` has the measures that it tells.

    A row of another width than the header can't be read by column, so that it only tells the `numbers` it
    holds somewhere. `is_whole` is one that adds up everything, and not only a segment.
    """

    line: int
    label: str = ""
    amounts: dict[str, int] = field(default_factory=dict)
    numbers: frozenset[Decimal] = frozenset()
    is_whole: bool = True
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """The total rows of a report, and what they say of the whole."""

    rows: tuple[Total, ...]

    def whole(self, measure: str) -> Total | None:
        """Return the total row that says most of a measure: totals of parts stand beside those of all."""
        told = [total for total in self.rows if total.is_whole and measure in total.amounts]
        return max(told, key=lambda total: total.amounts[measure], default=None)

    @property
    def has_numbers(self) -> bool:
        """Whether a total row of another width than the header holds numbers."""
        return any(total.numbers for total in self.rows)

    def agree_with(self, sums: Amounts, measures: Sequence[str], *, in_all: bool = False) -> bool:
        """Whether some total row tells at least the cost, and the sums are equal in all that it tells.

        With `in_all` it must tell all measures.
        """
        return any(
            total.is_whole
            and "cost_micros" in total.amounts
            and (not in_all or len(total.amounts) == len(measures))
            and all(getattr(sums, name) == value for name, value in total.amounts.items())
            for total in self.rows
        )

    def exceeded_by(self, sums: Amounts, measures: Iterable[str]) -> str:
        """Return a measure of which the rows have more than the whole, "" if there is none."""
        for name in measures:
            total = self.whole(name)
            if total is not None and getattr(sums, name) > total.amounts[name]:
                return name
        return ""

    def remainder(self, sums: Amounts, measures: Sequence[str]) -> Total | None:
        """Return the total row of what the report counts and has no row for, if the whole proves it."""
        for rest in self.rows:
            if not is_remainder(rest.label) or any(name not in rest.amounts for name in measures):
                continue
            together = {name: getattr(sums, name) + rest.amounts[name] for name in measures}
            others = [total for total in self.rows if total is not rest and total.is_whole]
            if any(total.amounts == together for total in others) or any(
                all(total.amounts.get(name) == getattr(sums, name) for name in measures) for total in others
            ):
                return rest
        return None


def total_of(row: Row, label: str, measures: Measures) -> Total:
    """Read a total row; a cell that holds no number says nothing."""
    layout = measures.layout
    if row.problem or len(row.cells) < len(layout.header) or any(row.cells[len(layout.header) :]):
        return Total(row.line, label, numbers=frozenset(_numbers(row.cells, measures)), is_whole=False)
    amounts: dict[str, int] = {}
    for name in measures.known:
        try:
            if (
                layout.cell(row, "cost" if name == "cost_micros" and "cost" in layout.columns else name)
                not in NOTHING
            ):
                amounts[name] = measures.value(row, name)
        except CellError:
            continue
    segments = [row.cells[at] for at in layout.telling if row.cells[at] != label]
    # What it counts in a column that we don't know is a sum as well.
    is_whole = all(cell in NOTHING or written(cell) for cell in segments)
    return Total(row.line, label, amounts, is_whole=is_whole, currency=_currency(row, measures))


def compare(
    kept: Amounts, left_out: Amounts, totals: Totals, measures: Sequence[str], rejected: int
) -> Iterable[str]:
    """Say for each measure whether the rows add up to the report's total, or that nothing tells."""
    if not totals.rows:
        yield "the report has no total row, so that nothing tells whether rows are missing"
        return
    untold = [name for name in measures if totals.whole(name) is None and not totals.has_numbers]
    if untold:
        words = " and ".join(WORDS_OF[name] for name in untold)
        yield (
            f"the report's total row says nothing of {words}, so that nothing tells whether some are missing"
        )
    for name in measures:
        if name in untold:
            continue
        mine, all_rows = getattr(kept, name), getattr(kept + left_out, name)
        shown = f"{_shown(name, mine)} {WORDS_OF[name]}"
        whole = totals.whole(name)
        if whole is None:
            yield _by_loose_numbers(name, mine, shown, totals)
        elif whole.amounts[name] == mine:
            yield f"the rows add up to the report's own total: {shown}"
        else:
            total = _shown(name, whole.amounts[name])
            cause = _cause(name, mine, all_rows, whole, totals, rejected)
            yield f"WARNING: the rows add up to {shown}, the report's total is {total}{cause}"


def _cause(name: str, mine: int, all_rows: int, whole: Total, totals: Totals, rejected: int) -> str:
    if rejected and all_rows == whole.amounts[name]:
        rest = _shown(name, all_rows - mine)
        return f"; {rejected} rows were rejected, and the {rest} between stands in them"
    if rejected:
        return f"; {rejected} rows were rejected"
    part = next((total for total in totals.rows if total.is_whole and total.amounts.get(name) == mine), None)
    if part is not None:
        return (
            f" (“{whole.label}”); they add up to “{part.label}”, so that the rest is in no row of this file"
        )
    return "; rows are missing, or the total has more"


def _by_loose_numbers(name: str, mine: int, shown: str, totals: Totals) -> str:
    loose = [total for total in totals.rows if total.numbers]
    if any(_whole(name, mine) in total.numbers for total in loose):
        return f"the rows add up to the report's own total: {shown}"
    where = f"(line {loose[0].line} has another number of cells than the header)"
    if name == "impressions":
        return f"the report's total row doesn't hold {shown}, or says nothing of them {where}"
    return f"WARNING: the rows add up to {shown}, which the report's total row doesn't hold {where}"


def _currency(row: Row, measures: Measures) -> str:
    try:
        return measures.currency_of(row)
    except CellError:
        return ""


def _shown(name: str, value: int) -> str:
    return f"{_whole(name, value):,.2f}" if name == "cost_micros" else f"{value:,}"


def _whole(name: str, value: int) -> Decimal:
    return Decimal(value) / 1_000_000 if name == "cost_micros" else Decimal(value)


def _numbers(cells: Iterable[str], measures: Measures) -> Iterable[Decimal]:
    for text in cells:
        found = written(text.strip('" '))
        try:
            if found is not None:
                yield measures.style.value(found.shape)
        except CellError:
            continue
