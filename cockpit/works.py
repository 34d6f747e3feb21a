"""Articles, events and other content, and their authors: who began by them, and who read them last."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cockpit.columns import FEW

Row = dict[str, Any]
Money = tuple[tuple[str, Any], ...]

KEYS: Final = ("content", "author", "published", "source", "campaign")
# How long content is too young to be compared with what has been read for longer.
YOUNG_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Work:
    """A content or an author: whom it reached and what it earned; `works` of an author, else 1.

    `first`, `last`: leads that it earned by the first and by the last touch; `revenue` by currency.
    """

    names: Mapping[str, str]
    works: int
    touches: int
    readers: int
    first: float
    last: float
    opportunities: float
    won: float
    revenue: Money
    age: int | None
    days_to_lead: int | None

    @property
    def is_small(self) -> bool:
        """Whether it earned too few leads to be ranked by them, by either touch."""
        return max(self.first, self.last) < FEW

    @property
    def is_young(self) -> bool:
        """Whether it was published too short a time ago."""
        return self.age is not None and self.age < YOUNG_DAYS


SORTS: Final[Mapping[str, Callable[[Work], Any]]] = {
    "leads": lambda work: work.first,
    "last_leads": lambda work: work.last,
    "touches": lambda work: work.touches,
    "readers": lambda work: work.readers,
    "opportunities": lambda work: work.opportunities,
    "won": lambda work: work.won,
    "revenue": lambda work: max((float(amount) for _, amount in work.revenue), default=0.0),
    "published": lambda work: work.names.get("published", ""),
}


def works(first: Iterable[Row], last: Iterable[Row], earned: Iterable[Row], newest: date) -> list[Work]:
    """All content by the answers of the report `content`, for two models and the one that was asked for."""
    firsts, lasts, shown = _by_content(first), _by_content(last), _by_content(earned)
    told = []
    for key in dict.fromkeys((*shown, *firsts, *lasts)):
        rows = shown.get(key, [])
        known = rows or firsts.get(key, []) or lasts.get(key, [])
        names = dict(zip(KEYS, key, strict=True))
        told.append(
            Work(
                names=names,
                works=1,
                touches=sum(row["touches"] for row in known),
                readers=sum(row["readers"] for row in known),
                first=_sum(firsts.get(key, []), "leads"),
                last=_sum(lasts.get(key, []), "leads"),
                opportunities=_sum(rows, "opportunities"),
                won=_sum(rows, "won"),
                revenue=_money(rows),
                age=_age(names["published"], newest),
                days_to_lead=_soonest(row["days_to_lead"] for row in (firsts.get(key) or known)),
            )
        )
    return told


def authors(of: Iterable[Work]) -> list[Work]:
    """What all content of each author reached and earned; what has no author is left out."""
    told: dict[str, list[Work]] = {}
    for work in of:
        if work.names["author"]:
            told.setdefault(work.names["author"], []).append(work)
    return [_whole(author, each) for author, each in told.items()]


def ranked(of: Iterable[Work], sort: str) -> list[Work]:
    """The highest first; those with too few leads come after, by their names and not by their luck."""
    is_by_earned = sort not in ("published", "touches", "readers")
    by_name = sorted(of, key=lambda work: tuple(work.names.values()))
    few = [work for work in by_name if is_by_earned and work.is_small]
    return [*sorted((work for work in by_name if work not in few), key=SORTS[sort], reverse=True), *few]


def _whole(author: str, of: Sequence[Work]) -> Work:
    amounts: dict[str, Any] = {}
    for work in of:
        for currency, amount in work.revenue:
            amounts[currency] = amounts.get(currency, 0) + amount
    return Work(
        names={"author": author},
        works=len({work.names["content"] for work in of}),
        touches=sum(work.touches for work in of),
        readers=0,
        first=sum(work.first for work in of),
        last=sum(work.last for work in of),
        opportunities=sum(work.opportunities for work in of),
        won=sum(work.won for work in of),
        revenue=_falling(amounts),
        age=max((work.age for work in of if work.age is not None), default=None),
        days_to_lead=_soonest(work.days_to_lead for work in of),
    )


def _by_content(rows: Iterable[Row]) -> dict[tuple[str, ...], list[Row]]:
    told: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        told.setdefault(tuple(row[key] for key in KEYS), []).append(row)
    return told


def _sum(rows: Iterable[Row], name: str) -> float:
    return float(sum(row[name] for row in rows))


def _money(rows: Iterable[Row]) -> Money:
    return _falling({row["currency"]: row["revenue"] for row in rows})


def _falling(amounts: Mapping[str, Any]) -> Money:
    told = [(currency, amount) for currency, amount in amounts.items() if amount]
    return tuple(sorted(told, key=lambda each: (-each[1], each[0])))


def _soonest(days: Iterable[int | None]) -> int | None:
    return min((each for each in days if each is not None), default=None)


def _age(published: str, newest: date) -> int | None:
    try:
        return max((newest - date.fromisoformat(published)).days, 0)
    except ValueError:
        return None
