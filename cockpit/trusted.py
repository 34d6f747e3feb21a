"""How far the numbers can be trusted today: which feeds are late, and how much nobody knows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from answers.words import marked

Row = Mapping[str, Any]

COSTS: Final = "ad_costs"
# Beyond so many days without a word, somebody should look. Lists of attendance and rates come now and then.
LATE_AFTER: Final[Mapping[str, int]] = {"website": 2, "crm": 2, COSTS: 3}
KINDS: Final = {
    "website": marked("Website"),
    "crm": marked("CRM"),
    COSTS: marked("Ad costs"),
    "ads": marked("Imports of ad reports"),
    "attendance": marked("Attendance lists"),
    "rates": marked("Exchange rates"),
    "other": marked("Other sources"),
}
SHARES: Final = {
    "deals_unattributed": marked("Deals without any touch before"),
    "deals_direct": marked("Deals whose first touch is direct"),
    "leads_unattributed": marked("Leads without any touch before"),
    "leads_direct": marked("Leads whose first touch is direct"),
    "leads_too_young": marked("Leads too young to judge"),
    "visits_direct": marked("Direct visits, which nobody can tell the source of"),
    "costs_without_keyword": marked("Rows of costs without a keyword"),
    "costs_without_currency": marked("Rows of costs without a currency"),
    "deals_without_currency": marked("Deals without a currency"),
    "people_with_macros": marked("People who came with an unfilled placeholder of an ad platform"),
}


@dataclass(frozen=True, slots=True)
class Feed:
    """A source: until when it told something, when it was heard of last, and whether that is too long ago."""

    kind: str
    title: str
    name: str
    newest_at: datetime
    heard_at: datetime
    days: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many are not known."""

    name: str
    title: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """The one divided by the other."""
        return self.count / self.of


@dataclass(frozen=True, slots=True)
class Trusted:
    """What the report `trust` says, in order: late feeds first, then the rest."""

    feeds: tuple[Feed, ...]
    shares: tuple[Share, ...]
    letters: int
    missing: tuple[str, ...]
    known_deals: tuple[int, int] | None

    @property
    def late(self) -> tuple[Feed, ...]:
        """The feeds of which nothing was heard for too long."""
        return tuple(feed for feed in self.feeds if feed.is_late)

    @property
    def late_together(self) -> tuple[tuple[Feed, tuple[str, ...]], ...]:
        """The late feeds of one kind that told something last on one day, with their names."""
        found: dict[tuple[str, date], list[Feed]] = {}
        for feed in self.late:
            found.setdefault((feed.kind, feed.newest_at.date()), []).append(feed)
        return tuple((feeds[0], tuple(sorted(feed.name for feed in feeds))) for feeds in found.values())


def trusted(of_days: Sequence[Row], of_now: Sequence[Row], now: datetime, timezone: str) -> Trusted:
    """What is known of the days asked for, and of the feeds now."""
    by_name = {row["what"]: row for row in of_days}
    shares = [
        Share(name, title, by_name[name]["concerned"], by_name[name]["of_all"])
        for name, title in SHARES.items()
        if name in by_name and by_name[name]["of_all"] and by_name[name]["concerned"]
    ]
    deals = [by_name[name] for name in ("deals_unattributed", "deals_direct") if name in by_name]
    all_deals = deals[0]["of_all"] if deals else 0
    known = (all_deals - sum(row["concerned"] for row in deals), all_deals) if all_deals else None
    feeds = sorted(_feeds(of_now, now, ZoneInfo(timezone)), key=lambda feed: (not feed.is_late, -feed.days))
    return Trusted(
        tuple(feeds),
        tuple(sorted(shares, key=lambda each: -each.share)),
        sum(row["concerned"] or 0 for row in of_now if row["area"] == "waiting"),
        tuple(row["what"] for row in of_now if row["area"] == "missing"),
        known,
    )


def _feeds(rows: Sequence[Row], now: datetime, zone: ZoneInfo) -> Iterator[Feed]:
    for row in rows:
        if row["area"] != "freshness":
            continue
        kind, _, name = row["what"].partition(": ")
        newest, heard = _aware(row["newest_at"]), _aware(row["learnt_at"])
        days = _days_behind(newest, now, zone) if kind == COSTS else (now - heard) // timedelta(1)
        yield Feed(
            kind,
            KINDS.get(kind, KINDS["other"]),
            name,
            newest,
            heard,
            days,
            days > LATE_AFTER.get(kind, 36500),
        )


def _days_behind(newest: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Full days since the last one that has costs: of yesterday none is behind."""
    last: date = newest.astimezone(zone).date()
    return max(0, (now.astimezone(zone).date() - last).days - 1)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
