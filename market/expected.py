"""What every report must say of a market, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from market.known import NO_ORIGIN, Entry, Known, KnownDeal, KnownTouch
from market.model import Market, Origin
from market.times import DAY_MS, day_of
from schemas.terms import FUNNEL, Stage

Row = dict[str, Any]

UNALLOCATED = "(unallocated)"
SOCIAL = ("meta", "linkedin")
_PERSON_STAGES = (
    (Stage.LEAD, "leads"),
    (Stage.MARKETING_QUALIFIED, "mqls"),
    (Stage.SALES_QUALIFIED, "sales_qualified"),
)
_DEAL_STAGES = ("opportunities", "pocs", "won")
_BEFORE_DEALS = (
    *(Stage.VISITOR, Stage.LEAD, Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED),
    *(Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED),
)
_ON_THE_WAY = _BEFORE_DEALS[:4]
_MEASURES = ("leads", "mqls", *("sales_qualified", *_DEAL_STAGES, "revenue"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Somebody, or a deal, came a step further at `at`.

    `touches` are those until then, in order; `began` is since when the person, or one on the deal, is known.
    It counts 1, but as revenue its fen. People have no `currency`.
    """

    measure: str
    at: int
    began: int
    touches: list[KnownTouch]
    counts: int = 1
    currency: str = ""

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
                yield Conversion(
                    measure=measure,
                    at=at,
                    began=at if person.known_since is None else person.known_since,
                    touches=[touch for touch in person.earning if touch.at <= at],
                )
    for deal in known.deals:
        moments = [*zip(_DEAL_STAGES, (deal.opened_at, deal.poc_at, deal.won_at), strict=True)]
        for measure, at in (*moments, ("revenue", deal.won_at)):
            if at is not None:
                yield Conversion(
                    measure=measure,
                    at=at,
                    began=deal.known_since,
                    touches=[touch for touch in deal.touches if touch.at <= at],
                    counts=deal.amount if measure == "revenue" else 1,
                    currency=deal.last.currency,
                )


def keyword_performance(market: Market, known: Known) -> list[Row]:
    """Return a row for each day and currency in which a keyword cost something or earned credit."""
    rows: dict[tuple[str, ...], Row] = {}
    for ads in market.ad_days:
        keyword = ads.keyword or UNALLOCATED
        row = _keyword_row(rows, (ads.day, ads.platform, ads.campaign, ads.ad_group, keyword, ads.currency))
        row["impressions"] += ads.impressions
        row["clicks"] += ads.clicks
        row["cost"] += ads.cost
    for conversion in conversions(known):
        for which, origin in (("first", conversion.first), ("last", conversion.last)):
            if origin.keyword:
                place = (origin.platform, origin.campaign, origin.ad_group, origin.keyword)
                row = _keyword_row(rows, (day_of(conversion.at), *place, conversion.currency))
                row[f"{_short(conversion.measure)}_{which}"] += conversion.counts
    return [_in_yuan(rows[key]) for key in sorted(rows)]


def funnel(market: Market, known: Known, by_cohort: bool) -> list[Row]:
    """Return the rows of the funnel, by the day of each step, or since which who took it is known."""
    rows: dict[tuple[str, ...], Row] = {}
    for ads in market.ad_days:
        place = (ads.platform, ads.campaign, ads.ad_group, ads.keyword)
        channel = "paid_social" if ads.platform in SOCIAL else "paid_search"
        row = _funnel_row(rows, (ads.day, channel, *place, ads.currency))
        row["impressions"] += ads.impressions
        row["clicks"] += ads.clicks
        row["cost"] += ads.cost
    for person in known.people:
        for touch in person.earning:
            if touch.kind == "visit":
                at = person.known_since if by_cohort and person.known_since is not None else touch.at
                _funnel_row(rows, (day_of(at), *_place(touch.origin), ""))["visits"] += 1
        came = next((touch.at for touch in person.earning if touch.kind == "visit"), None)
        if came is not None:
            at = person.known_since if by_cohort and person.known_since is not None else came
            _funnel_row(rows, (day_of(at), *_place(person.earning[0].origin), ""))["visitors"] += 1
    for conversion in conversions(known):
        day = day_of(conversion.began if by_cohort else conversion.at)
        row = _funnel_row(rows, (day, *_place(conversion.first), conversion.currency))
        row[conversion.measure] += conversion.counts
    return [_in_yuan(rows[key]) for key in sorted(rows)]


def stage_durations(known: Known) -> Iterator[Row]:
    """Yield a row for each entry of a person or of a deal into a stage; a deal has its entries once.

    A person goes on to the next stage, or to the next deal that is opened.
    """
    deals: dict[str, list[KnownDeal]] = {}
    for deal in known.deals:
        yield from _durations("", deal.id, deal.entries, [])
        for person in deal.people:
            deals.setdefault(person.id, []).append(deal)
    for person in known.counted:
        yield from _durations(person.id, "", person.entries, deals.get(person.id, []))


def _durations(
    person: str, of_deal: str, entries: tuple[Entry, ...], deals: list[KnownDeal]
) -> Iterator[Row]:
    for entry, following in zip(entries, (*entries[1:], None), strict=True):
        next_stage, left_at = (following.stage.value, following.at) if following else ("", None)
        opened = [deal.opened_at for deal in deals if deal.opened_at >= entry.at]
        if entry.stage in _BEFORE_DEALS and opened and (left_at is None or min(opened) < left_at):
            next_stage, left_at = Stage.OPPORTUNITY.value, min(opened)
        elif (
            entry.stage in _ON_THE_WAY and left_at is None and any(_is_open(each, entry.at) for each in deals)
        ):
            next_stage, left_at = Stage.OPPORTUNITY.value, entry.at
        yield {
            "person": person,
            "deal": of_deal,
            "stage": entry.stage.value,
            "occurrence": entry.occurrence,
            "entered_at": entry.at,
            "next_stage": next_stage,
            "left_at": left_at,
            "days": (left_at - entry.at) / DAY_MS if left_at is not None else None,
        }


def _is_open(deal: KnownDeal, at: int) -> bool:
    return deal.opened_at < at and (deal.closed_at is None or deal.closed_at > at)


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
    """Return a row for each day and currency in which an article, poster or event was read or earned."""
    rows: dict[tuple[str, ...], Row] = {}
    measures = ("leads", "opportunities", "won", "revenue")
    columns = tuple(f"{measure}_{which}" for measure in measures for which in ("first", "last"))
    names = ("day", "content", "author", "published", "source", "campaign", "currency")
    nothing = dict.fromkeys(("touches", "readers", *columns), 0)
    for person in known.people:
        read = set()
        for touch in person.earning:
            if touch.origin.content:
                place = _content(touch.origin)
                key = (day_of(touch.at), *place, "")
                row = rows.setdefault(key, dict(zip(names, key, strict=True)) | nothing)
                row["touches"] += 1
                row["readers"] += place not in read
                read.add(place)
    for conversion in conversions(known):
        for which, origin in (("first", conversion.first), ("last", conversion.last)):
            column = f"{conversion.measure}_{which}"
            if origin.content and column in columns:
                key = (day_of(conversion.at), *_content(origin), conversion.currency)
                row = rows.setdefault(key, dict(zip(names, key, strict=True)) | nothing)
                row[column] += conversion.counts
    return [_in_yuan(rows[key]) for key in sorted(rows)]


def _content(origin: Origin) -> tuple[str, ...]:
    return origin.content, origin.author, origin.published, origin.source, origin.campaign


def _short(measure: str) -> str:
    """Name a measure as the keyword report does."""
    return {"mqls": "mql"}.get(measure, measure)


def _keyword_row(rows: dict[tuple[str, ...], Row], key: tuple[str, ...]) -> Row:
    names = zip(("day", "platform", "campaign", "ad_group", "keyword", "currency"), key, strict=True)
    credit = {f"{_short(measure)}_{which}": 0 for which in ("first", "last") for measure in _MEASURES}
    return rows.setdefault(key, {**dict(names), "impressions": 0, "clicks": 0, "cost": 0, **credit})


def _funnel_row(rows: dict[tuple[str, ...], Row], key: tuple[str, ...]) -> Row:
    names = ("day", "channel", "platform", "campaign", "ad_group", "keyword", "currency")
    measures = ("impressions", "clicks", "cost", "visits", "visitors", *_MEASURES)
    return rows.setdefault(key, {**dict(zip(names, key, strict=True)), **dict.fromkeys(measures, 0)})


def _place(origin: Origin) -> tuple[str, ...]:
    return origin.channel, origin.platform, origin.campaign, origin.ad_group, origin.keyword


def _in_yuan(row: Row) -> Row:
    """Turn what is counted in fen into yuan."""
    in_fen = (name for name in row if name == "cost" or name.startswith("revenue"))
    return row | {name: Decimal(row[name]) / 100 for name in in_fen}
