"""What reading a file yields: facts, the rows that were left out with the reason, and what was understood."""

from collections.abc import Sequence
from dataclasses import dataclass

from producers.tabular import Row
from schemas.envelope import Fact


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not imported. `column` is the header of the cell at fault, "" if it is the whole row.

    `reason` never quotes a cell; `cells` are the row as it stood, for the reject file.
    """

    line: int
    column: str
    reason: str
    cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The facts of one file.

    `understood` says which column was taken for what, in lines for people; `notes` are what they should know
    before they rely on the numbers; `summary` is one line.
    """

    facts: tuple[Fact, ...]
    rejects: tuple[Reject, ...]
    header: tuple[str, ...]
    understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summary: str = ""


class CellError(ValueError):
    """A cell that doesn't hold what its column should; the text completes the sentence "the cell …"."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.column = column


def shape_problem(row: Row, width: int) -> str:
    """Say why a row doesn't fit below a header of `width` columns, "" if it does."""
    if row.problem:
        return row.problem
    if len(row.cells) < width:
        return f"has {len(row.cells)} cells where the header has {width}"
    if any(row.cells[width:]):
        return f"has {len(row.cells)} cells where the header has {width}; is a comma in it not quoted?"
    return ""


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 row", "2 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], limit: int = 40) -> str:
    """Return names in quotes, as many as fit into a sentence."""
    shown = ", ".join(f"“{name[:60]}”" for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown or "nothing"
