"""What reading a file yields: facts, the rows that were left out with the reason, and what was understood."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from producers.outcomes.left_out import LeftOut
from schemas.envelope import Fact


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The facts of one file.

    `understood` says which column was taken for what, in lines for people; `notes` are what they should know
    before they rely on the numbers; `summary` is one line.
    """

    facts: Collection[Fact]
    rejects: tuple[LeftOut, ...]
    header: tuple[str, ...]
    understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summary: str = ""


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 row", "2 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], limit: int = 40) -> str:
    """Return names in quotes, as many as fit into a sentence."""
    shown = ", ".join(f"“{' '.join(name.split())[:60]}”" for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown or "nothing"
