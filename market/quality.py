"""What the report on data quality must say of a market: all that is wrong in it, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from market import byways, manners
from market.knowable import MEANINGS, lead_name
from market.known import Known, KnownPerson
from market.model import Market, system_of
from market.standing import deleted_leads

Row = dict[str, Any]


def data_quality(market: Market, known: Known) -> list[Row]:
    """Return a row for each area and issue, with how many persons, deals, rows or facts it concerns."""
    seen = {lead_name(one.lead) for part in (market.stages, market.follow_ups) for one in part} | {
        lead_name(lead.id) for lead in market.leads
    }
    never_seen = [lead for merge in market.merges for lead in merge.gone if lead_name(lead) not in seen]
    unkeyed = [day for day in market.ad_days if not day.keyword and day.cost]
    untouched = [
        deal for deal in known.deals if not any(touch.at <= deal.opened_at for touch in deal.touches)
    ]
    counts: Counter[tuple[str, str]] = Counter(("journeys", issue) for issue in _of_people(market, known))
    counts["opportunities", "no_touchpoint_before"] = len(untouched)
    counts["opportunities", "no_account"] = sum(not deal.people for deal in known.deals)
    worth = Counter(deal.last.currency for deal in known.deals if deal.amount)
    if len(worth) > 1:
        counts.update({("opportunities", f"currency:{name}"): deals for name, deals in worth.items()})
    counts["ad_performance", "cost_without_keyword"] = len(unkeyed)
    paid = Counter(day.currency for day in market.ad_days if day.cost)
    if len(paid) > 1:
        counts.update({("ad_performance", f"currency:{name}"): days for name, days in paid.items()})
    counts["events", "merged_record_never_seen"] = len(never_seen)
    return [
        {"area": area, "issue": issue, "rows": count}
        for (area, issue), count in sorted(counts.items())
        if count
    ]


def _of_people(market: Market, known: Known) -> Iterator[str]:
    """Yield each issue of each person, and of each name that stands for nobody."""
    yield from ("shared_device" for _ in known.who.shared)
    yield from ("over_degree_cap" for _ in known.who.over_cap)
    yield from ("blocked_identifier" for _ in known.who.blocked)
    gone = deleted_leads(market)
    unexplained: dict[str, set[str]] = {}
    for change in market.stages:
        if change.stage not in MEANINGS and change.lead not in gone:
            issue = f"unmapped_stage:{system_of(change.lead)}:{change.stage}"
            unexplained.setdefault(lead_name(change.lead), set()).add(issue)
    for call in market.follow_ups:
        if call.lead in gone:
            continue
        # What its letters mean, the company told nobody either.
        issue = f"unmapped_grade:{system_of(call.lead)}:{call.grade}"
        unexplained.setdefault(lead_name(call.lead), set()).add(issue)
    for person in known.people:
        yield from {issue for name in person.identifiers for issue in unexplained.get(name, ())}
        yield from set(_of_touches(person))


def _of_touches(person: KnownPerson) -> Iterable[str]:
    for touch in person.touches:
        if touch.is_machine:
            yield "bot_visits"
            if touch.visit and touch.visit.manner == manners.WRONG_CLOCK:
                yield "clock_not_believed"
        # A template that was never filled in; whoever has only later pages of that visit doesn't have it.
        elif touch.visit and touch.visit.shape == "macro" and touch.is_landing:
            yield "unexpanded_macro:utm_term"
        elif touch.visit and touch.visit.source.kind == byways.KIND:
            yield from byways.byway_of(touch.visit.source).issues
