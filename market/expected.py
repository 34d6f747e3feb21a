"""What every report must say of a market, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from market.known import NO_ORIGIN, Entry, Known, KnownPerson, KnownTouch
from market.model import Market, Origin
from market.times import DAY_MS, day_of
from schemas.terms import FUNNEL, Stage

Row = dict[str, Any]

UNALLOCATED = "(unallocated)"
_PERSON_STAGES = (
    (Stage.LEAD, "leads"),
    (Stage.MARKETING_QUALIFIED, "mqls"),
    (Stage.SALES_QUALIFIED, "sales_qualified"),
)
_DEAL_STAGES = ("opportunities", "pocs", "won")
_MEASURES = ("leads", "mqls", *("sales_qualified", *_DEAL_STAGES, "revenue"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Somebody, or a deal, came a step further at `at`.

    `touches` are those until then, in order; `began` is when the very first touch was, without any when the
    step was. It counts 1, but as revenue its fen.
    """

    measure: str
    at: int
    began: int
    touches: list[KnownTouch]
    counts: int = 1

    @property
    def first(self) -> Origin:
        """Return the origin that gets the credit by the first touch."""
        return self.touches[0].origin if self.touches else NO_ORIGIN

    @property
    def last(self) -> Origin:
        """Return the origin that gets the credit by the last touch."""
        return self.touches[-1].origin if self.touches else NO_ORIGIN


def conversions(known: Known) -> Iterator[Conversion]:
    """Yield every conversion once: those of people, those of deals, and the revenue of won deals."""
    for person in known.people:
        for stage, measure in _PERSON_STAGES:
            at = person.entered(stage)
            if at is not None:
                yield _conversion(measure, at, person.earning, 1)
    for deal in known.deals:
        touches = deal.touches
        moments = zip(_DEAL_STAGES, (deal.opened_at, deal.poc_at, deal.won_at), strict=True)
        for measure, at in moments:
            if at is not None:
                yield _conversion(measure, at, touches, 1)
        if deal.won_at is not None:
            yield _conversion("revenue", deal.won_at, touches, deal.amount)


def _conversion(measure: str, at: int, touches: list[KnownTouch], counts: int) -> Conversion:
    until = [touch for touch in touches if touch.at <= at]
    began = touches[0].at if touches else at
    return Conversion(measure=measure, at=at, began=began, touches=until, counts=counts)


def keyword_performance(market: Market, known: Known) -> list[Row]:
    """Return a row for each keyword that cost something or earned credit."""
    rows: dict[tuple[str, ...], Row] = {}
    for ads in market.ad_days:
        row = _keyword_row(rows, (ads.platform, ads.campaign, ads.ad_group, ads.keyword or UNALLOCATED))
        row["impressions"] += ads.impressions
        row["clicks"] += ads.clicks
        row["cost"] += ads.cost
        row["currency"] = "CNY"
    for conversion in conversions(known):
        for which, origin in (("first", conversion.first), ("last", conversion.last)):
            if origin.keyword:
                key = (origin.platform, origin.campaign, origin.ad_group, origin.keyword)
                _keyword_row(rows, key)[f"{_short(conversion.measure)}_{which}"] += conversion.counts
    return [_with_ratios(rows[key]) for key in sorted(rows)]


def funnel(market: Market, known: Known) -> list[Row]:
    """Return the rows of both modes: by the day of each step, and by the day of the first touch."""
    rows: dict[tuple[str, ...], Row] = {}
    for mode in ("cohort", "period"):
        for ads in market.ad_days:
            origin = Origin(
                channel="paid_search",
                platform=ads.platform,
                campaign=ads.campaign,
                ad_group=ads.ad_group,
                keyword=ads.keyword,
            )
            row = _funnel_row(rows, mode, ads.day, origin)
            for measure, counts in zip(
                ("impressions", "clicks", "cost"), (ads.impressions, ads.clicks, ads.cost), strict=True
            ):
                row[measure] += counts
        for person in known.people:
            _count_visits(rows, mode, person)
        for conversion in conversions(known):
            day = day_of(conversion.began if mode == "cohort" else conversion.at)
            _funnel_row(rows, mode, day, conversion.first)[conversion.measure] += conversion.counts
    return [_in_yuan(rows[key]) for key in sorted(rows)]


def stage_durations(known: Known) -> Iterator[Row]:
    """Yield a row for each entry of each person into a stage, those of the deals they are on included."""
    chains: dict[str, list[tuple[str, Any]]] = {}
    for deal in known.deals:
        for person in deal.people:
            chains.setdefault(person.id, []).append((deal.id, deal.entries))
    for person in known.counted:
        for name, entries in (("", person.entries), *chains.get(person.id, [])):
            for entry, following in zip(entries, (*entries[1:], None), strict=True):
                left_at = following.at if following else None
                yield {
                    "person": person.id,
                    "deal": name,
                    "stage": entry.stage.value,
                    "occurrence": entry.occurrence,
                    "entered_at": entry.at,
                    "next_stage": following.stage.value if following else "",
                    "left_at": left_at,
                    "days": (left_at - entry.at) / DAY_MS if left_at is not None else None,
                }


def stage_history(known: Known) -> Iterator[Row]:
    """Yield a row for each entry of a person or of a deal into a stage; a deal has its entries once."""
    for person in known.counted:
        yield from _history(person.id, "", person.entries)
    for deal in known.deals:
        yield from _history("", deal.id, deal.entries)


def _history(person: str, deal: str, entries: tuple[Entry, ...]) -> Iterator[Row]:
    last = 0
    for before, entry in zip(("", *entries), entries, strict=False):
        rank = FUNNEL.index(entry.stage) + 1 if entry.stage in FUNNEL else 0
        yield {
            "person": person,
            "deal": deal,
            "stage": entry.stage.value,
            "occurrence": entry.occurrence,
            "at": entry.at,
            "previous_stage": before.stage.value if isinstance(before, Entry) else "",
            "is_regression": 0 < rank < last,
        }
        # What was entered last within the funnel; to leave it is no step back.
        last = rank or last


def content_performance(known: Known) -> list[Row]:
    """Return a row for each article, issue, poster or event that earned credit."""
    rows: dict[tuple[str, ...], Row] = {}
    columns = ("leads_first", "leads_last", "opportunities_first", "won_first", "revenue_first")
    for conversion in conversions(known):
        for which, origin in (("first", conversion.first), ("last", conversion.last)):
            if not origin.content:
                continue
            key = (origin.content, origin.author, origin.published, origin.source, origin.campaign)
            names = ("content", "author", "published", "source", "campaign")
            row = rows.setdefault(key, {**dict(zip(names, key, strict=True)), **dict.fromkeys(columns, 0)})
            column = f"{conversion.measure}_{which}"
            if column in columns:
                row[column] += conversion.counts
    return [{**row, "revenue_first": _yuan(row["revenue_first"])} for _, row in sorted(rows.items())]


def _short(measure: str) -> str:
    """Name a measure as the keyword report does."""
    return {"mqls": "mql"}.get(measure, measure)


def _keyword_row(rows: dict[tuple[str, ...], Row], key: tuple[str, ...]) -> Row:
    if key not in rows:
        names = zip(("platform", "campaign", "ad_group", "keyword"), key, strict=True)
        credit = {f"{_short(measure)}_{which}": 0 for which in ("first", "last") for measure in _MEASURES}
        rows[key] = {**dict(names), "impressions": 0, "clicks": 0, "cost": 0, "currency": "", **credit}
    return rows[key]


def _with_ratios(row: Row) -> Row:
    """Turn fen into yuan, and add what a customer cost and what the cost brought in."""
    told = {
        name: row[name] for name in ("platform", "campaign", "ad_group", "keyword", "impressions", "clicks")
    }
    told |= {"cost": _yuan(row["cost"]), "currency": row["currency"]}
    for which in ("first", "last"):
        told |= {f"{_short(name)}_{which}": row[f"{_short(name)}_{which}"] for name in _MEASURES}
        cost, won, revenue = row["cost"], row[f"won_{which}"], row[f"revenue_{which}"]
        told[f"revenue_{which}"] = _yuan(revenue)
        told[f"cac_{which}"] = cost / won / 100 if won else None
        told[f"roi_{which}"] = (revenue - cost) / cost if cost else None
    return told


def _funnel_row(rows: dict[tuple[str, ...], Row], mode: str, day: str, origin: Origin) -> Row:
    key = (mode, day, origin.channel, origin.platform, origin.campaign, origin.ad_group, origin.keyword)
    if key not in rows:
        names = ("mode", "day", "channel", "platform", "campaign", "ad_group", "keyword")
        measures = ("impressions", "clicks", "cost", "visits", *_MEASURES)
        rows[key] = {**dict(zip(names, key, strict=True)), **dict.fromkeys(measures, 0)}
    return rows[key]


def _count_visits(rows: dict[tuple[str, ...], Row], mode: str, person: KnownPerson) -> None:
    for touch in person.earning:
        if touch.kind == "visit":
            day = day_of(person.earning[0].at if mode == "cohort" else touch.at)
            _funnel_row(rows, mode, day, touch.origin)["visits"] += 1


def _in_yuan(row: Row) -> Row:
    return {**row, "cost": _yuan(row["cost"]), "revenue": _yuan(row["revenue"])}


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100
