"""Pictures of an answer as plain numbers, and the words that stand in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from rich.cells import cell_len, set_cell_size

from answers.tables import shown
from sinks.headings import heading

WIDTH: Final = 440
LABELS: Final = 140  # what is written left of the bars
VALUES: Final = 96  # and right of them
ROW: Final = 22
MOST_ROWS: Final = 20
MOST_LINES: Final = 6
MOST_PARTS: Final = 6
PLOT: Final = 180  # height of lines
_LABEL_CELLS: Final = 20
_DESCRIBED: Final = 8

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: `start` and `length` are those of its bar, `least` and `most` those of its interval."""

    label: str
    full: str
    text: str
    y: int
    start: float = 0.0
    length: float = 0.0
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its points, and what each of them says."""

    name: str
    points: str
    dots: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture: its marks, its description, and the table of its numbers."""

    kind: str
    title: str
    about: str
    height: int
    headings: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    across: tuple[tuple[float, str], ...] = ()
    upward: tuple[tuple[float, str], ...] = ()
    note: str = ""


def cut_label(name: str) -> tuple[str, str]:
    """A label as it is written beside a bar, and the whole of it."""
    if cell_len(name) <= _LABEL_CELLS:
        return name, name
    return set_cell_size(name, _LABEL_CELLS - 1).rstrip() + "…", name


def by_unit(rows: Rows, measure: str) -> Iterator[tuple[str, Rows]]:
    """The rows of each currency, where amounts are of several: lengths of two can't be compared."""
    is_amount = any(isinstance(row[measure], Decimal) for row in rows)
    units = {row.get("currency") or "" for row in rows if row[measure]} if is_amount else set()
    if len(units) < 2:
        yield (units.pop() if units else "", rows)
        return
    for unit in sorted(units):
        yield unit, [row for row in rows if (row.get("currency") or "") == unit and row[measure]]


def label_of(row: dict[str, Any], columns: Sequence[str], timezone: str) -> str:
    told = [shown(row[name], timezone, 200) for name in columns if row.get(name) not in ("", None)]
    return " › ".join(told) or "(empty)"


def measured(rows: Rows, columns: Sequence[str], measure: str, timezone: str) -> list[tuple[str, Any]]:
    """What each label comes to, where that is known: counts and amounts of one label are added up.

    Of other numbers of one label, which can't be added up, each says its currency.
    """
    known = [row for row in rows if row[measure] is not None]
    names = [label_of(row, columns, timezone) for row in known]
    if all(isinstance(row[measure], int | Decimal) for row in known):
        sums: dict[str, Any] = {}
        for name, row in zip(names, known, strict=True):
            sums[name] = sums.get(name, 0) + row[measure]
        return list(sums.items())
    if len(set(names)) < len(names):
        names = [label_of(row, (*columns, "currency"), timezone) for row in known]
    return [(name, row[measure]) for name, row in zip(names, known, strict=True)]


def words_for(measure: str, unit: str) -> str:
    return f"{heading(measure)} in {unit}" if unit else heading(measure)


def words_of(columns: Sequence[str]) -> str:
    return ", ".join(heading(each).lower() if heading(each).istitle() else heading(each) for each in columns)


def described(title: str, rows: Sequence[Sequence[str]]) -> str:
    told = "; ".join(f"{' '.join(part for part in row[:-1] if part)}: {row[-1]}" for row in rows[:_DESCRIBED])
    more = f"; and {len(rows) - _DESCRIBED} more" if len(rows) > _DESCRIBED else ""
    return f"{title}. {told}{more}."


def cut_note(count: int) -> str:
    return f"The first {MOST_ROWS} of {count:,}; the table has all." if count > MOST_ROWS else ""
