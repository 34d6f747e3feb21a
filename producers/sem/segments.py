"""Rows of the same keyword and day: parts that are added up, repetitions, or what can't be added."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from producers.cells.numbers import NOTHING, written
from producers.cells.tabular import NotUnderstoodError, Row
from producers.outcomes.left_out import LeftOut
from producers.outcomes.of_files import counted, listed
from producers.sem.amounts import Amounts
from producers.sem.columns import Layout, is_dimension
from producers.sem.facts import Place
from producers.sem.opening import Opening
from producers.sem.totals import WORDS_OF, Totals

_MEASURED = re.compile(r"[<>]?\s*[-+]?\d[\d.,' ]*%?|[<>]?\s*[-+]?[\d.,]+\s*%")
_FRACTION = re.compile(r"%|\d[.,]\d")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the report, understood: where, on which day, how much; `parts` tells it from its like."""

    row: Row
    place: Place
    amounts: Amounts
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddedUp:
    """What rows come to: one sum for each keyword and day, the rows in it, and those left out.

    `told_apart` are the columns that told parts of a sum apart.
    """

    sums: tuple[tuple[Place, Amounts], ...]
    lines: tuple[Line, ...]
    left_out: tuple[tuple[Line, LeftOut], ...]
    told_apart: tuple[str, ...]


def telling_columns(opening: Opening) -> tuple[int, ...]:
    """Return the columns without a meaning of their own that may tell rows apart.

    One whose name says nothing, and whose cells are rates or fractions, or that is summed up, is a measure.
    """
    layout, rows = opening.layout, opening.rows
    unclear = [at for at in layout.telling if not is_dimension(layout.header[at])]
    width = len(layout.header)
    sums = {line for line, summing in opening.summing.items() if summing.is_total}
    totals = [row for row in rows if row.line in sums and len(row.cells) == width] if unclear else []
    measured = {
        at for at in unclear if _is_measured(rows, at) or any(written(row.cells[at]) for row in totals)
    }
    return tuple(at for at in layout.telling if at not in measured)


def added_up(
    lines: Sequence[Line], layout: Layout, telling: Sequence[int], totals: Totals, measures: Sequence[str]
) -> AddedUp:
    """Add up the parts of each keyword's day. Raises NotUnderstoodError if what they measure doesn't add.

    Two rows that nothing tells apart are both counted if the report's total says so; else which of them
    holds, nobody knows. A report of search terms may have a term twice, for two keywords.
    """
    first: dict[tuple[Place, tuple[str, ...]], Line] = {}
    doubles = [line for line in lines if first.setdefault((line.place, line.parts), line) is not line]
    foreign = list(_of_other_currencies(lines))
    whole = Amounts.sum(line.amounts for line in lines)
    if _are_repeatable(doubles, lines, layout) or (not foreign and totals.agree_with(whole, measures)):
        doubles = []
    rejects = {id(line): _double(line, first[line.place, line.parts]) for line in doubles}
    rejects |= {id(line): _of_another_currency(line) for line in foreign}
    kept = [line for line in lines if id(line) not in rejects]
    left_out = [(line, rejects[id(line)]) for line in lines if id(line) in rejects]
    grouped: dict[Place, list[Line]] = defaultdict(list)
    for line in kept:
        grouped[line.place].append(line)
    varying = _varying(grouped.values(), telling)
    _refuse_what_does_not_add(kept, layout, varying, totals, measures)
    return AddedUp(
        tuple((of_one[0].place, Amounts.sum(line.amounts for line in of_one)) for of_one in grouped.values()),
        tuple(kept),
        tuple(left_out),
        tuple(layout.header[at] for at in varying),
    )


def _are_repeatable(doubles: Sequence[Line], lines: Sequence[Line], layout: Layout) -> bool:
    """Whether rows without a difference are rows of their own: search terms that two keywords matched.

    A file that was put together twice repeats each of its rows.
    """
    return layout.has_search_terms and "keyword" not in layout.columns and len(doubles) * 2 < len(lines)


def _of_other_currencies(lines: Sequence[Line]) -> Iterable[Line]:
    """Sums of several currencies can't be added up: of a keyword's day, the first counts."""
    first: dict[Place, str] = {}
    for line in lines:
        if first.setdefault(line.place, line.place.currency) != line.place.currency:
            yield line


def _double(line: Line, first: Line) -> LeftOut:
    reason = f"stands for the same keyword and day as line {first.row.line}; one of them is too many"
    return LeftOut(line.row.line, "", reason, line.row.cells)


def _of_another_currency(line: Line) -> LeftOut:
    reason = (
        "is in another currency than a row of the same keyword and day above; add a column of the account"
    )
    return LeftOut(line.row.line, "", reason, line.row.cells)


def _varying(groups: Iterable[Sequence[Line]], telling: Sequence[int]) -> tuple[int, ...]:
    """Return the telling columns in which rows of one keyword's day differ."""
    found: set[int] = set()
    for group in groups:
        if len(group) > 1:
            found.update(
                at for at in telling if at not in found and len({line.row.cells[at] for line in group}) > 1
            )
    return tuple(at for at in telling if at in found)


def _refuse_what_does_not_add(
    lines: Sequence[Line], layout: Layout, varying: Sequence[int], totals: Totals, measures: Sequence[str]
) -> None:
    if not varying:
        return
    sums = Amounts.sum(line.amounts for line in lines)
    names = listed([layout.header[at] for at in varying], _SHOWN)
    measure = totals.exceeded_by(sums, measures)
    total = totals.whole(measure) if measure else None
    if total is not None:
        raise NotUnderstoodError(
            f"the rows are told apart by {names} and overlap: together they have {_in(sums, measure)} "
            f"{WORDS_OF[measure]}, and the report's total is {_in(total.amounts, measure)} (line "
            f"{total.line}). "
            "Export the report without these columns",
            line=layout.line,
            column=layout.header[varying[0]],
        )
    overlapping = [at for at in varying if at in layout.overlapping]
    if overlapping and not totals.agree_with(sums, measures, in_all=True):
        raise NotUnderstoodError(
            f"the rows are told apart by {listed([layout.header[at] for at in overlapping], _SHOWN)}, and "
            "platforms "
            "count one impression or click in several of such rows; no total row says that they add up. "
            "Export the report without this column",
            line=layout.line,
            column=layout.header[overlapping[0]],
        )


def _in(amounts: Amounts | dict[str, int], measure: str) -> str:
    value = amounts[measure] if isinstance(amounts, dict) else getattr(amounts, measure)
    return f"{value / 1_000_000:,.2f}" if measure == "cost_micros" else f"{value:,}"


def _is_measured(rows: Sequence[Row], at: int) -> bool:
    cells = [row.cells[at] for row in rows if len(row.cells) > at and row.cells[at] not in NOTHING]
    return any(map(_FRACTION.search, cells)) and all(map(_MEASURED.fullmatch, cells))


def parts_note(done: AddedUp) -> Iterable[str]:
    """Say which rows were added up, if any were."""
    if len(done.sums) < len(done.lines):
        rows, sums = counted(len(done.lines), "row"), counted(len(done.sums), "keyword day")
        by = f", told apart by {listed(done.told_apart, _SHOWN)}" if done.told_apart else ""
        yield f"{rows} are parts of {sums}{by}, and are added up"
