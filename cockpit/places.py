"""Places that ads stand at, from the platform down to the search term: their rows and their order."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answers.words import marked
from cockpit.columns import COLUMNS, FEW, SUMMED

Row = dict[str, Any]

LEVELS: Final = ("platform", "account", "campaign", "ad_group", "keyword", "search_term")
# Reports name a place by these; an empty value means any, so that nobody can ask for it alone.
UNALLOCATED: Final = "(unallocated)"
NONE: Final = "(none)"
LEVEL_NAMES: Final = {
    "channel": marked("Channels"),
    "platform": marked("Platforms"),
    "account": marked("Ad accounts"),
    "campaign": marked("Campaigns"),
    "ad_group": marked("Ad groups"),
    "keyword": marked("Keywords"),
    "search_term": marked("Search terms"),
}
# What a level below is shown first when a place is opened; accounts are passed over.
BELOW: Final = {
    "platform": "campaign",
    "account": "campaign",
    "campaign": "ad_group",
    "ad_group": "keyword",
    "keyword": "search_term",
}
SORTS: Final = ("name", *(column.name for column in COLUMNS))
_RATES: Final = {column.name: column.needs for column in COLUMNS if column.needs}


@dataclass(frozen=True, slots=True)
class Place:
    """One place with its rows, one for each currency, the main one first, and what is estimated of it."""

    path: tuple[str, ...]
    rows: tuple[Row, ...]
    estimate: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """What it is called at its own level; empty if that is not known."""
        return self.path[-1]

    @property
    def main(self) -> Row:
        """The row in which its people stand."""
        return self.rows[0]

    @property
    def is_rest(self) -> bool:
        """Whether it holds what belongs to no place: it stays below the others."""
        return self.name in ("", UNALLOCATED, NONE)

    @property
    def is_small(self) -> bool:
        """Whether too few leads came of it to judge it."""
        return float(self.main.get("leads") or 0) < FEW


def places(rows: Iterable[Row], keys: Sequence[str], estimates: Iterable[Row] = ()) -> list[Place]:
    """Rows of a report, put together by what they are about."""
    told: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        told.setdefault(tuple(row.get(key) or "" for key in keys), []).append(row)
    guessed = {tuple(row.get(key) or "" for key in keys): row for row in estimates}
    return [
        Place(path, tuple(sorted(each, key=_mainly, reverse=True)), guessed.get(path))
        for path, each in told.items()
    ]


def ordered(of: Iterable[Place], sort: str) -> list[Place]:
    """Places, the largest first, and at the end what belongs to none.

    By a rate, those with too few cases come after all others, by the lower end of what they may be.
    """
    return sorted(of, key=lambda place: (place.is_rest, *_rank(place, sort), place.path))


def is_ranked(place: Place, sort: str) -> bool:
    """Whether a place has enough cases to be compared by a rate."""
    needs = _RATES.get(sort)
    return not needs or float(place.main.get(needs) or 0) >= FEW


def at_log(value: float, least: float = 0.01, most: float = 1000.0) -> float:
    """Where a ratio stands between the least and the most, 0 to 1, each ten times as much as far again."""
    inside = min(max(value, least), most)
    return math.log(inside / least) / math.log(most / least)


def moved(rows: Sequence[Row], others: Sequence[Row], keys: Sequence[str]) -> list[tuple[Row, Row]]:
    """Rows of two models beside each other, those that differ most first: by revenue, deals won, leads."""
    here, there = _by_place(rows, keys), _by_place(others, keys)
    known = dict.fromkeys((*here, *there))
    empty = dict.fromkeys(SUMMED, 0)
    pairs = [
        (here.get(key, _named(keys, key) | empty), there.get(key, _named(keys, key) | empty)) for key in known
    ]

    def difference(pair: tuple[Row, Row]) -> tuple[float, ...]:
        names = ("revenue", "won", "opportunities", "leads")
        return tuple(-abs(float(pair[0].get(n) or 0) - float(pair[1].get(n) or 0)) for n in names)

    return sorted(pairs, key=difference)


def _by_place(rows: Sequence[Row], keys: Sequence[str]) -> dict[tuple[str, ...], Row]:
    return {(*(row.get(key) or "" for key in keys), row["currency"]): row for row in rows}


def _named(keys: Sequence[str], key: tuple[str, ...]) -> Row:
    return dict(zip((*keys, "currency"), key, strict=True))


def _mainly(row: Row) -> tuple[Any, ...]:
    people = sum(float(row.get(name) or 0) for name in ("leads", "visits", "mqls", "sales_qualified"))
    return (people > 0, row.get("impressions") or 0, row.get("cost") or 0, row.get("opportunities") or 0)


def _rank(place: Place, sort: str) -> tuple[Any, ...]:
    if sort == "name":
        return (place.name.casefold(),)
    value = place.main.get(sort)
    if not is_ranked(place, sort):
        sure = (place.estimate or {}).get("revenue_per_cost_low") if sort in ("roas", "roi") else None
        return (True, -float(sure or 0), -float(place.main["cost"]))
    # Cost for each lead or deal is better the less it is.
    is_better_low = sort in ("cost_per_lead", "cac", "cpc")
    told = 0.0 if value is None else float(value) if is_better_low else -float(value)
    return (value is None, told, -float(place.main["cost"]))
