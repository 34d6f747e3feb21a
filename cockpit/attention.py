"""Who must do something today: those who left leads unanswered, and by how many names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Row = Mapping[str, Any]
MOST_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Owner:
    """One of sales: how many wait too long, those who wait longest, and how fast others were answered."""

    name: str
    waiting: int
    qualified: int
    median_days: float | None
    leads: tuple[Row, ...]


def owners_of(response: Sequence[Row], unanswered: Sequence[Row]) -> list[Owner]:
    """Those who leave somebody waiting, the most first, from the reports response and unanswered."""
    waiting: dict[str, list[Row]] = {}
    for row in unanswered:
        waiting.setdefault(row["owner"] or "(none)", []).append(row)
    owners = [
        Owner(
            row["value"],
            row["waiting_too_long"],
            row["mqls"],
            row["median_days"],
            tuple(waiting.get(row["value"], ())[:MOST_NAMES]),
        )
        for row in response
        if row["waiting_too_long"]
    ]
    return sorted(owners, key=lambda owner: (-owner.waiting, owner.name))


def unmapped(quality: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Words of systems that the policy doesn't know: what they name, the word, and how many have it."""
    found = []
    for row in quality:
        if row["issue"].startswith("unmapped_"):
            what, _, word = row["issue"].removeprefix("unmapped_").partition(":")
            found.append((what, word.rpartition(":")[2], row["rows"]))
    return sorted(found, key=lambda each: -each[2])
