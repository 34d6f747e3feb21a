"""What the reports of money must say of a market: cost and revenue in yuan, and who brought each deal."""

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from market.expected import SOCIAL
from market.known import Known, KnownDeal
from market.model import Market, Origin
from market.rates import converted, in_yuan
from market.times import day_of
from schemas.terms import Stage

Row = dict[str, Any]
_PLACE = ("channel", "platform", "campaign", "ad_group", "keyword")
# Which origin stands behind the words that sales writes into its CRM.
_WORDS = {
    "官网": "marketing",
    "沙龙": "marketing",
    "电话开发": "sales",
    "企业名录": "sales",
}
_NO_SOURCE = ("direct", "unassigned")


def money_flows(market: Market, known: Known) -> Iterator[Row]:
    """Yield a row for each day of a keyword's cost, and for each won deal."""
    rates = in_yuan(market)
    for ads in market.ad_days:
        channel = "paid_social" if ads.platform in SOCIAL else "paid_search"
        place = (channel, ads.platform, ads.campaign, ads.ad_group, ads.keyword)
        cost = Decimal(ads.cost) / 100
        yield {
            "kind": "cost",
            "day": ads.day,
            "cohort_day": ads.day,
            "deal": "",
            "won": 0,
            "cost": cost,
            "revenue": Decimal(0),
            "currency": ads.currency,
            "own_cost": converted(cost, ads.currency, ads.day, rates, 6),
            "own_revenue": Decimal(0),
            **_places("first", place),
            **_places("last", place),
        }
    deals = {deal.id: deal for deal in known.deals}
    for deal in deals.values():
        if deal.won_at is None:
            continue
        day, revenue = day_of(deal.won_at), Decimal(deal.amount) / 100
        until = [touch.origin for touch in deal.touches if touch.at <= deal.won_at]
        yield {
            "kind": "revenue",
            "day": day,
            "cohort_day": day_of(deal.known_since),
            "deal": deal.id,
            "won": 1,
            "cost": Decimal(0),
            "revenue": revenue,
            "currency": deal.last.currency,
            "own_cost": Decimal(0),
            "own_revenue": converted(revenue, deal.last.currency, day, rates, 2),
            **_places("first", _place_of(until[:1])),
            **_places("last", _place_of(until[-1:])),
        }


def deal_origins(market: Market, known: Known) -> Iterator[Row]:
    """Yield who brought each deal, by the word of its first lead, else by its first touch."""
    said = {lead.id: lead.said_source for lead in market.leads}
    for deal in known.deals:
        word, by = _word(deal, said), "lead_source"
        if not word:
            until = [touch.origin.channel for touch in deal.touches if touch.at <= deal.opened_at]
            word, by = (until[0], "channel") if until else ("", "")
        yield {"deal": deal.id, "origin": _origin(word, by), "origin_by": by, "word": word}


def _word(deal: KnownDeal, said: dict[str, str]) -> str:
    """What the CRM says of whoever of its people became a lead first, of those of whom it says anything."""
    told = []
    for person in deal.people:
        ids = [name.split(":")[2] for name in person.identifiers if name.startswith("crm:")]
        words = [said[each] for each in ids if said.get(each)]
        became = person.entered(Stage.LEAD)
        if words:
            told.append((became is None, became or 0, words[-1]))
    return min(told)[2] if told else ""


def _origin(word: str, by: str) -> str:
    if not word:
        return "(none)"
    if by == "channel":
        return "(unknown)" if word in _NO_SOURCE else "marketing"
    return next((origin for start, origin in _WORDS.items() if word.startswith(start)), "(unknown)")


def _place_of(origins: list[Origin]) -> tuple[str, ...]:
    if not origins:
        return ("(none)", "", "", "", "")
    told = asdict(origins[0])
    return tuple(told[name] for name in _PLACE)


def _places(touch: str, place: tuple[str, ...]) -> Row:
    return {f"{touch}_{name}": value for name, value in zip(_PLACE, place, strict=True)}
