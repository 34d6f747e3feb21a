"""The truth about a market as JSON: who is who, what caused each deal, and what every report must say."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

import orjson

from market.answers import lead_sources
from market.earned import WRITTEN, attribution
from market.expected import (
    content_performance,
    funnel,
    keyword_performance,
    stage_durations,
    stage_history,
)
from market.expected_keywords import keyword_pnl
from market.knowable import MEANINGS, know, salon_origin
from market.known import Known, KnownDeal, KnownPerson, KnownTouch
from market.manners import UNTRACKED
from market.model import Market, Origin, Touch, Visit
from market.money import deal_origins, money_flows
from market.quality import data_quality
from market.rates import exchange_rates
from market.steps import steps_reached
from market.transitions import deal_outcomes, poc_outcomes, transitions
from schemas.terms import Stage

Row = dict[str, Any]
# By true person: when something brought them, and what.
Causes = dict[int, list[tuple[int, Origin]]]


def truth_files(market: Market) -> Iterator[tuple[str, Iterable[Row]]]:
    """Yield the name and the rows of each file of the truth; a file is one JSON array."""
    known = know(market)
    yield "keyword_performance.json", keyword_performance(market, known)
    yield "keyword_pnl.json", keyword_pnl(market, known)
    yield "funnel_by_period.json", funnel(market, known, by_cohort=False)
    yield "funnel_by_cohort.json", funnel(market, known, by_cohort=True)
    yield "steps_reached.json", steps_reached(known)
    yield "stage_durations.json", stage_durations(known)
    yield "transitions.json", transitions(market, known)
    yield "poc_outcomes.json", poc_outcomes(market, known)
    yield "deal_outcomes.json", deal_outcomes(market, known)
    yield "stage_history.json", stage_history(known)
    yield "content_performance.json", content_performance(known)
    for model in WRITTEN:
        yield f"attribution_{model}.json", attribution(known, model)
    yield "data_quality.json", data_quality(market, known)
    yield "exchange_rates.json", exchange_rates(market)
    yield "own_money_flows.json", money_flows(market, known)
    yield "deal_origins.json", deal_origins(market, known)
    yield "lead_sources.json", lead_sources(market, known)
    yield "people.json", map(_person, known.people)
    yield "leads.json", (lead_of(person, market.seed) for person in known.people if is_lead(person))
    causes = _causes(market)
    yield "deals.json", [_deal(deal, causes) for deal in known.deals]
    yield "stories.json", [_story(name, number, market, known, causes) for name, number in market.stories]
    yield "unknowable.json", [_unknowable(market, known)]


def as_json(rows: Iterable[Row]) -> Iterator[bytes]:
    """Write rows as a JSON array, one row a line."""
    before = b"[\n"
    for row in rows:
        yield before + orjson.dumps(row, default=_plain)
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def is_lead(person: KnownPerson) -> bool:
    """Say whether somebody left a way to be contacted, or stands in the CRM."""
    return any(entry.stage.value == "lead" for entry in person.entries)


def _person(person: KnownPerson) -> Row:
    """Say who somebody is: all identifiers, which of them are browsers that others were seen on, too, and
    which CRM records of theirs were deleted."""
    return {
        "person": person.id,
        "identifiers": list(person.identifiers),
        "shared": list(person.shared),
        "deleted": list(person.deleted),
        "is_lead": is_lead(person),
        "is_bot": person.is_machine,
        "touchpoints": len(person.earning),
    }


def lead_of(person: KnownPerson, seed: int) -> Row:
    """Describe one lead: identifiers in the clear, touches and stages with their times (UTC ms)."""
    counted, became_at = person.earning, person.entered(Stage.LEAD)
    until = [touch for touch in counted if became_at is not None and touch.at <= became_at]
    return {
        "person": person.id,
        "identifiers": list(person.identifiers),
        "touchpoints": [
            _touch(touch, seed)
            | {
                "is_counted": touch in counted,
                "is_first": touch in until[:1],
                "is_last_before_lead": touch in until[-1:],
            }
            for touch in person.touches
        ],
        "stages": [
            {"stage": entry.stage.value, "occurrence": entry.occurrence, "at": entry.at}
            for entry in person.entries
        ],
    }


def _touch(touch: KnownTouch, seed: int) -> Row:
    pages = touch.pages(seed)
    return {
        "at": touch.at,
        "kind": touch.kind,
        **_origin(touch.origin),
        "pages": len(pages),
        "dwell_ms": sum(page.dwell for page in pages),
        "page_visits": [
            {"at": page.at, "url": page.url, "title": page.title, "dwell_ms": page.dwell} for page in pages
        ],
    }


def _origin(origin: Origin) -> Row:
    return {name: getattr(origin, name) for name in Origin.__slots__}


def _causes(market: Market) -> Causes:
    """Collect by true person what brought them, and when; whoever came without a cookie is there too."""
    causes: Causes = {}
    both: tuple[tuple[Visit | Touch, ...], ...] = (market.visits, market.touches)
    for told in chain.from_iterable(both):
        causes.setdefault(told.person, []).append((told.at, told.source.cause))
    for attendance in market.attendances:
        causes.setdefault(attendance.person, []).append((attendance.at, salon_origin(attendance.salon)))
    for lead in market.leads:
        if lead.came_by is not None:
            causes.setdefault(lead.person, []).append((lead.created_at, lead.came_by))
    return causes


def _deal(deal: KnownDeal, causes: Causes) -> Row:
    """Describe a deal: what truly brought its people, and what can be known of that."""
    numbers = {number for person in deal.people for number in person.numbers}
    until = deal.won_at if deal.won_at is not None else deal.opened_at
    all_causes = (cause for number in sorted(numbers) for cause in causes.get(number, ()))
    true = sorted((cause for cause in all_causes if cause[0] <= until), key=lambda cause: cause[0])
    known = [touch for touch in deal.touches if touch.at <= until]
    last, amount = deal.entries[-1], Decimal(deal.amount) / 100
    return {
        "deal": deal.id,
        "name": deal.last.name,
        "people": [person.id for person in deal.people],
        "stages": [
            {"stage": entry.stage.value, "occurrence": entry.occurrence, "at": entry.at}
            for entry in deal.entries
        ],
        "stage": last.stage.value,
        "owner": deal.last.owner,
        "amount": amount,
        "currency": deal.last.currency,
        "revenue": amount if deal.won_at is not None else Decimal(0),
        "opened_at": deal.opened_at,
        "closed_at": deal.closed_at,
        "reason": deal.last.reason,
        "poc_at": deal.poc_at,
        "poc_ended_at": deal.last.poc_ended_at,
        "poc_result": deal.last.poc_result,
        "known_first": _origin(known[0].origin) if known else None,
        "known_last": _origin(known[-1].origin) if known else None,
        "true_first": _origin(true[0][1]) if true else None,
        "true_last": _origin(true[-1][1]) if true else None,
    }


def _story(name: str, number: int, market: Market, known: Known, causes: Causes) -> Row:
    people = [person for person in known.people if number in person.numbers]
    deals = [deal for deal in known.deals if any(person in deal.people for person in people)]
    return {
        "story": name,
        "people": [lead_of(person, market.seed) for person in people],
        "deals": [_deal(deal, causes) for deal in deals],
    }


def _unknowable(market: Market, known: Known) -> Row:
    """Count what is true, but can't be known from what was written."""
    of_number: dict[int, int] = {}
    lead_numbers: set[int] = set()
    for person in known.people:
        for number in person.numbers:
            of_number[number] = of_number.get(number, 0) + 1
        if is_lead(person):
            lead_numbers |= person.numbers
    visits = [(person, touch.visit) for person in known.people for touch in person.touches if touch.visit]
    credited = {visit.number for person, visit in visits if is_lead(person)}
    others = {visit.number for person, visit in visits if visit.person not in person.numbers}
    tracked = [visit for visit in market.visits if visit.manner != UNTRACKED]
    lost = [visit for visit in tracked if visit.person in lead_numbers and visit.number not in credited]
    return {
        "people": len(of_number),
        "known_people": len(known.people),
        "leads": sum(map(is_lead, known.people)),
        "people_seen_as_several": sum(count > 1 for count in of_number.values()),
        "visits_of_leads_under_other_cookies": len(lost),
        "visits_on_the_journey_of_a_colleague": len(others),
        "visits_without_their_keyword": sum(_is_unresolved(visit) for visit in market.visits),
        "stages_in_words_without_a_meaning": sum(change.stage not in MEANINGS for change in market.stages),
    }


def _is_unresolved(visit: Visit) -> bool:
    return visit.origin.keyword != visit.source.cause.keyword


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in the truth")
