"""The total rows of a report: which they are, what they say, and whether the rows add up to it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from producers.cells.money import micros_of
from producers.cells.numbers import NOTHING, count_of, number_of, plain
from producers.cells.tabular import Row
from producers.outcomes.left_out import CellError
from producers.sem.columns import PLACES, Layout

_TOTAL = re.compile(r"(?:总计|合计|汇总|共计|小计|总和|grand total|total|totals)(?:\s*[:：\-–(（].*)?")
_METRIC_WORDS = {"impressions": "impressions", "clicks": "clicks", "cost_micros": "cost"}


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
class Total:
    """A total row. A ragged one can't be read by column, so it only tells the numbers it holds somewhere."""

    line: int
    impressions: int | None = None
    clicks: int | None = None
    cost_micros: int | None = None
    numbers: frozenset[Decimal] = frozenset()


def is_total(row: Row, layout: Layout) -> bool:
    """Whether a row adds others up: it says so, or it names none of the places that the header has."""
    first = next(filter(None, row.cells), "")
    if first and first[0] in "总合汇共小gGtT" and _TOTAL.fullmatch(plain(first)):
        return True
    if row.problem or len(row.cells) < len(layout.header):
        return False
    named = [at for place in PLACES[:3] if (at := layout.columns.get(place)) is not None]
    if any(row.cells[at] not in NOTHING for at in named):
        return False
    at = layout.columns.get("cost", layout.columns.get("cost_micros"))
    return at is not None and row.cells[at] != ""


def total_of(row: Row, layout: Layout, unit: Decimal | int) -> Total:
    """Read a total row; a cell that holds no number says nothing."""
    if row.problem or len(row.cells) < len(layout.header):
        return Total(row.line, numbers=frozenset(_numbers(row.cells)))

    def cell(field: str) -> str:
        at = layout.columns.get(field)
        return row.cells[at] if at is not None and row.cells[at] not in NOTHING else ""

    cost = _read(lambda text: micros_of(text, unit), cell("cost"))
    return Total(
        row.line,
        _read(count_of, cell("impressions")),
        _read(count_of, cell("clicks")),
        cost if cost is not None else _read(count_of, cell("cost_micros")),
    )


def compare(sums: Amounts, totals: Sequence[Total], rejected: int) -> Iterable[str]:
    """Say for each metric whether some total row agrees with the sum of the rows."""
    if not totals:
        return
    for field, word in _METRIC_WORDS.items():
        mine = getattr(sums, field)
        said = [value for total in totals if (value := getattr(total, field)) is not None]
        loose = [total for total in totals if total.numbers]
        shown = f"{_shown(field, mine)} {word}"
        if mine in said or any(_whole(field, mine) in total.numbers for total in loose):
            yield f"the rows add up to the report's own total: {shown}"
        elif said:
            cause = (
                f"; {rejected} rows were rejected"
                if rejected
                else "; rows are missing, or the total has more"
            )
            total = _shown(field, said[0])
            yield f"WARNING: the rows add up to {shown}, the report's total is {total}{cause}"
        elif loose and field != "impressions":
            yield f"WARNING: the rows add up to {shown}, which the report's total row doesn't hold"


def _shown(field: str, value: int) -> str:
    return f"{_whole(field, value):,.2f}" if field == "cost_micros" else f"{value:,}"


def _whole(field: str, value: int) -> Decimal:
    return Decimal(value) / 1_000_000 if field == "cost_micros" else Decimal(value)


def _numbers(cells: Iterable[str]) -> Iterable[Decimal]:
    for text in cells:
        try:
            yield number_of(text)
        except CellError:
            continue


def _read(parse: Callable[[str], int], text: str) -> int | None:
    try:
        return parse(text) if text else None
    except CellError:
        return None
