"""Who must do something today: those who left leads unanswered, and by how many names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Row = Mapping[str, Any]
MOST_NAMES: Final = 5
NOBODY: Final = "(none)"


@dataclass(frozen=True, slots=True)
class Owner:
    """One of sales: how many wait too long, those who wait longest, and how fast others were answered."""

    name: str
    waiting: int
    qualified: int
    median_days: float | None
    leads: tuple[Row, ...]


def owners_of(response: Sequence[Row], unanswered: Sequence[Row]) -> list[Owner]:
    """Those who leave somebody waiting, the most first: who waits by the report unanswered, how fast others
    were answered by response, which counts a wait only as far as the CRM has told since.
    """
    by_owner = {row["value"]: row for row in response}
    waiting: dict[str, list[Row]] = {}
    for row in unanswered:
        waiting.setdefault(row["owner"] or NOBODY, []).append(row)
    owners = []
    for name, leads in waiting.items():
        known = by_owner.get(name, {})
        qualified, median = known.get("mqls", len(leads)), known.get("median_days")
        owners.append(Owner(name, len(leads), qualified, median, tuple(leads[:MOST_NAMES])))
    return sorted(owners, key=lambda owner: (-owner.waiting, owner.name))


def unmapped(quality: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Words of systems that the policy doesn't know: what they name, the word, and how many have it."""
    found = []
    for row in quality:
        if row["issue"].startswith("unmapped_"):
            what, _, word = row["issue"].removeprefix("unmapped_").partition(":")
            found.append((what, word.rpartition(":")[2], row["rows"]))
    return sorted(found, key=lambda each: -each[2])
