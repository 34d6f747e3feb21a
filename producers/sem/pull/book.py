"""The rows of some days, added up and held against what is known of them: on disk, however many they are."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib import resources
from types import TracebackType
from typing import Final, Self

from producers.sem.amounts import Amounts
from producers.sem.facts import Place
from producers.sem.pull.platform import PulledRow

_NAMES: Final = (
    "account", "campaign", "campaign_id", "ad_group", "ad_group_id", "keyword", "keyword_id", "match_type",
    "device", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What a place of a day comes to now; `is_gone` is one that the platform tells no more."""

    place: Place
    amounts: Amounts
    is_gone: bool


class Book:
    """Holds the rows of an account's days until all are told; one book is used by one thread at a time.

    `clean` takes personal data out of names, so that they are what is stored.
    """

    def __init__(self, platform: str, clean: Callable[[str], str]) -> None:
        self._platform = platform
        # Campaigns and ad groups come again with each of their keywords.
        self._clean = lru_cache(maxsize=1 << 14)(clean)
        # Without a name it is a file of its own in the folder for such, and gone when it is closed.
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._base.executescript(_script("schema"))
        self._base.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def take(self, rows: Sequence[PulledRow]) -> None:
        """Take rows in; of two that are the same part, the later counts."""
        self._base.executemany(
            f"INSERT OR REPLACE INTO pulled VALUES ({_marks(17)})",  # noqa: S608 - nothing but marks is put in
            ((row.part, row.is_whole, *self._columns(row.place), *_sums(row.amounts)) for row in rows),
        )

    def know(self, rows: Iterable[tuple[Place, Amounts]]) -> None:
        """Take in what is known of the same days."""
        self._base.executemany(
            f"INSERT OR REPLACE INTO known VALUES ({_marks(15)})",  # noqa: S608 - nothing but marks is put in
            ((*_stored(place), *_sums(amounts)) for place, amounts in rows),
        )

    @property
    def parts(self) -> int:
        """How many rows were told, each counted once."""
        return int(self._base.execute("SELECT count(*) FROM pulled").fetchone()[0])

    def add_up(self) -> None:
        """Add up what was told, once all is."""
        for statement in _script("sums").split(";\n"):
            if statement.strip():
                self._base.execute(statement)

    def silences(self, covers_all: bool) -> list[str]:
        """Return the days that are known to have cost something, and of which nothing was told.

        Unless the answer covers all campaigns there are, those are named, too, of which it says nothing.
        """
        found = self._base.execute(_script("silences"), {"covers_all": covers_all})
        return [f"{day} ({campaign})" if campaign else day for day, campaign in found]

    def changes(self, *, covers_all: bool, believed: bool) -> Iterator[Change]:
        """Yield what has to be told, in the order of days; `believed`: silence says there was nothing."""
        told = {"covers_all": covers_all, "believed": believed}
        for is_gone, day, *rest in self._base.execute(_script("changes"), told):
            names = dict(zip(_NAMES, rest[: len(_NAMES)], strict=True))
            place = Place(platform=self._platform, day=date.fromisoformat(day), **names)
            yield Change(place, Amounts(*rest[len(_NAMES) :]), bool(is_gone))

    def _columns(self, place: Place) -> tuple[str, ...]:
        clean = self._clean
        return _stored(
            replace(
                place,
                account=clean(place.account),
                campaign=clean(place.campaign),
                ad_group=clean(place.ad_group),
                keyword=clean(place.keyword),
            )
        )


def _stored(place: Place) -> tuple[str, ...]:
    day = place.day.isoformat()
    key = "\x1f".join((day, *place.key()))
    return (key, day, *(getattr(place, name) for name in _NAMES))


def _sums(amounts: Amounts) -> tuple[int, int, int]:
    return amounts.impressions, amounts.clicks, amounts.cost_micros


def _marks(number: int) -> str:
    return ", ".join("?" * number)


def _script(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
