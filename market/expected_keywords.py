"""What the report keyword_pnl must say of a market: keywords by first touch, from cost to what is open."""

from collections.abc import Iterator
from decimal import Decimal

from market.expected import SOCIAL, UNALLOCATED, Conversion, Row, conversions, stage_durations
from market.known import NO_ORIGIN, Known, KnownTouch
from market.model import Market, Origin
from schemas.terms import Stage

_ADS = ("impressions", "clicks", "cost")
_PEOPLE = ("visits", "leads", "mqls", "sales_qualified", "open_leads")
_DEALS = ("opportunities", "pocs", "won", "revenue", "open_deals")
_OPEN_LEADS = (Stage.LEAD.value, Stage.MARKETING_QUALIFIED.value, Stage.SALES_QUALIFIED.value)
_OPEN_DEALS = (Stage.OPPORTUNITY.value, Stage.POC.value)

Place = tuple[str, str, str, str]


def keyword_pnl(market: Market, known: Known) -> list[Row]:
    """Return a row for each keyword and currency; people stand in that of most of its ads and deals."""
    campaigns = {(ads.platform, ads.campaign) for ads in market.ad_days}
    counted: dict[Place, dict[str, dict[str, int]]] = {}

    def count(place: Place, currency: str, measure: str, number: int = 1) -> None:
        row = counted.setdefault(place, {}).setdefault(currency, dict.fromkeys((*_ADS, *_PEOPLE, *_DEALS), 0))
        row[measure] += number

    for ads in market.ad_days:
        place = (ads.platform, ads.campaign, ads.ad_group, ads.keyword or UNALLOCATED)
        for measure in _ADS:
            count(place, ads.currency, measure, getattr(ads, measure))
    for person in known.people:
        for touch in person.earning:
            if touch.kind == "visit":
                count(_place(touch.origin, campaigns), "", "visits")
    for step in (*conversions(known), *_still_open(known)):
        count(_place(step.first, campaigns), step.currency, step.measure, step.counts)
    return [row for place in sorted(counted) for row in _rows(place, counted[place])]


def _still_open(known: Known) -> Iterator[Conversion]:
    """Yield the leads and deals that are open, with the touches that brought the lead or opened the deal."""
    stays = [row for row in stage_durations(known) if row["left_at"] is None]
    leads = {row["person"] for row in stays if row["person"] and row["stage"] in _OPEN_LEADS}
    deals = {row["deal"] for row in stays if row["deal"] and row["stage"] in _OPEN_DEALS}
    for person in known.people:
        at = person.entered(Stage.LEAD)
        if person.id in leads and at is not None:
            yield _open("open_leads", at, person.earning)
    for deal in known.deals:
        if deal.id in deals:
            yield _open("open_deals", deal.opened_at, deal.touches, deal.last.currency)


def _open(measure: str, at: int, touches: list[KnownTouch], currency: str = "") -> Conversion:
    until = [touch for touch in touches if touch.at <= at]
    return Conversion(measure=measure, at=at, began=at, touches=until, currency=currency)


def _place(origin: Origin, campaigns: set[tuple[str, str]]) -> Place:
    """Where a touch stands: with its ad, or in the one place of all that came by none."""
    reported = (origin.platform, origin.campaign) in campaigns
    paid = origin.channel.startswith("paid_") or origin.channel == "display"
    if origin is NO_ORIGIN or not (origin.keyword or reported or paid):
        return "", "", "", ""
    keyword = UNALLOCATED if reported and origin.platform in SOCIAL else origin.keyword
    return origin.platform, origin.campaign, origin.ad_group, origin.keyword or keyword


def _rows(place: Place, by_currency: dict[str, dict[str, int]]) -> Iterator[Row]:
    def standing(currency: str) -> tuple[bool, int, int, str]:
        row = by_currency[currency]
        return not currency, -row["impressions"], -row["opportunities"], currency

    main = min(by_currency, key=standing)
    people = {measure: sum(row[measure] for row in by_currency.values()) for measure in _PEOPLE}
    names = dict(zip(("platform", "campaign", "ad_group", "keyword"), place, strict=True))
    for currency, row in sorted(by_currency.items()):
        if currency == main or any(row[measure] for measure in (*_ADS, *_DEALS)):
            told = people if currency == main else dict.fromkeys(_PEOPLE, 0)
            money = {measure: Decimal(row[measure]) / 100 for measure in ("cost", "revenue")}
            yield {**names, "currency": currency, **row, **told, **money}
