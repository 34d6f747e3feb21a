"""How long people and deals take from stage to stage, and what became of trials and of deals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from market.belonging import Belonging, why_failed
from market.deals import FAILED, PASSED
from market.known import NO_ORIGIN, Known, KnownDeal, KnownPerson, KnownTouch
from market.model import Market, system_of
from market.standing import deleted_leads
from market.times import DAY_MS, day_of
from schemas.terms import FUNNEL, Stage

Row = dict[str, Any]

_OUT = (Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED)
_NEXT = (
    (Stage.LEAD, Stage.MARKETING_QUALIFIED),
    (Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED),
    (Stage.SALES_QUALIFIED, Stage.OPPORTUNITY),
)
_PLACE = ("channel", "platform", "campaign", "ad_group", "keyword")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A transition that somebody began: when it came to its `end`, or what else ended it, and when.

    `source` is the first touch up to its begin. `how` is reached, skipped, the stage that ended it, or open.
    """

    transition: str
    began: int
    how: str
    end: int | None
    source: KnownTouch | None = None


def transitions(market: Market, known: Known) -> Iterator[Row]:
    """Yield a row for each transition that a person or a deal began."""
    belonging, answers = Belonging(market), _answers(market, known)
    until = _known_until(known, answers)
    deals: dict[str, list[KnownDeal]] = {}
    for deal in known.deals:
        for person in deal.people:
            deals.setdefault(person.id, []).append(deal)
        for case in cases_of_deal(deal):
            yield {"person": "", "deal": deal.id, **_row(case, until), **belonging.of_deal(deal)}
    for person in known.counted:
        for case in cases_of_person(person, deals.get(person.id, []), answers.get(person.id, ())):
            yield {"person": person.id, "deal": "", **_row(case, until), **belonging.of_person(person)}


def poc_outcomes(market: Market, known: Known) -> Iterator[Row]:
    """Yield a row for each deal that was tried."""
    belonging, until = Belonging(market), _known_until(known, _answers(market, known))
    meanings = {PASSED: "passed", FAILED: "failed"}
    for deal in known.deals:
        if deal.poc_at is not None:
            over = trial_over(deal)
            result = "running" if over is None else meanings.get(deal.last.poc_result, "unknown")
            end = until if over is None else over
            yield {
                "deal": deal.id,
                "started_at": deal.poc_at,
                "day": day_of(deal.poc_at),
                "ended_at": over,
                "days": (end - deal.poc_at) / DAY_MS,
                "result": result,
                "reason": why_failed(deal.last) if result == "failed" else "",
                **belonging.of_deal(deal),
            }


def deal_outcomes(market: Market, known: Known) -> Iterator[Row]:
    """Yield a row for each deal."""
    belonging = Belonging(market)
    for deal in known.deals:
        stands, source = deal.entries[-1].stage, _first(deal.touches, deal.opened_at)
        closed_at = deal.opened_at if deal.closed_at is None else deal.closed_at
        yield {
            "deal": deal.id,
            "channel": (source.origin if source else NO_ORIGIN).channel,
            "outcome": stands.value if stands in (Stage.WON, *_OUT) else "open",
            "reason": deal.last.reason,
            "opened_day": day_of(deal.opened_at),
            "day": day_of(closed_at),
            "amount": Decimal(deal.amount) / 100,
            "currency": deal.last.currency,
            **belonging.of_deal(deal),
        }


def cases_of_deal(deal: KnownDeal) -> Iterator[Case]:
    """Yield the transitions of a deal."""
    last = deal.entries[-1]
    won_at = last.at if last.stage is Stage.WON else None
    left = (last.stage, last.at) if last.stage in _OUT else None
    source = _first(deal.touches, deal.opened_at)
    leads = [at for person in deal.people if (at := person.entered(Stage.LEAD)) is not None]

    def to_won(begin: str, began: int, by: KnownTouch | None) -> Case:
        return _case(f"{begin}_to_won", began, won_at, None, left, by)

    tried = None if deal.poc_at is None else max(deal.poc_at, deal.opened_at)
    yield _case("opportunity_to_poc", deal.opened_at, tried, won_at, left, source)
    yield to_won("opportunity", deal.opened_at, source)
    if source is not None:
        yield to_won("first_touch", source.at, source)
    if leads and min(leads) <= deal.opened_at:
        yield to_won("lead", min(leads), source)
    if deal.poc_at is not None:
        by = _first(deal.touches, deal.poc_at)
        yield to_won("poc", deal.poc_at, by)
        yield _case("poc_to_poc_ended", deal.poc_at, trial_over(deal), None, left, by)


def cases_of_person(
    person: KnownPerson, deals: Sequence[KnownDeal], answers: Sequence[int] = ()
) -> Iterator[Case]:
    """Yield the transitions of a person, who is on these deals and was answered at these times."""
    own = [(entry.stage, entry.at) for entry in person.entries if entry.stage is not Stage.VISITOR]
    wins = [at for stage, at in own if stage is Stage.WON]
    wins += [deal.entries[-1].at for deal in deals if deal.entries[-1].stage is Stage.WON]
    left = _left(own, deals, wins)
    for begin, end in _NEXT:
        began = person.entered(begin)
        if began is None:
            continue
        on_deal = _on_deals(own, began, deals)
        there = [at for stage, at in own if stage is end and at >= began]
        beyond = [at for stage, at in own if _rank(stage) > _rank(end) and at >= began]
        (there if end is Stage.OPPORTUNITY else beyond).extend(on_deal)
        name, by = f"{begin.value}_to_{end.value}", _first(person.earning, began)
        yield _case(name, began, _least(there), _least(beyond), left, by)
    became = person.entered(Stage.LEAD)
    if became is not None:
        by = _first(person.earning, became)
        for name, began in (("lead", became), ("first_touch", by.at if by else None)):
            if began is not None:
                won_at = _least(at for at in wins if at >= began)
                yield _case(f"{name}_to_won", began, won_at, None, left, by)
    qualified = person.entered(Stage.MARKETING_QUALIFIED)
    if qualified is not None:
        answer, by = _least(at for at in answers if at >= qualified), _first(person.earning, qualified)
        yield _case("marketing_qualified_to_first_response", qualified, answer, None, None, by)


def trial_over(deal: KnownDeal) -> int | None:
    """Say when the last trial of a deal was over: as the CRM says, else with the stage that followed."""
    trials = [number for number, entry in enumerate(deal.entries) if entry.stage is Stage.POC]
    began, told = deal.entries[trials[-1]].at, deal.last.poc_ended_at
    if told is not None and told >= began:
        return told
    return next((entry.at for entry in deal.entries[trials[-1] + 1 :]), None)


def _left(
    own: Sequence[tuple[Stage, int]], deals: Iterable[KnownDeal], wins: Sequence[int]
) -> tuple[Stage, int] | None:
    """Say by which stage a person left for good, as far as is known; whoever is on an open deal did not."""
    stands = [deal.entries[-1] for deal in deals]
    if wins or not own or any(entry.stage not in (Stage.WON, *_OUT) for entry in stands):
        return None
    stage, at = own[-1]
    gone = max(((entry.at, entry.stage) for entry in stands), default=None)
    if gone is not None and gone[0] >= at:
        at, stage = gone
    return (stage, at) if stage in _OUT else None


def _on_deals(own: Sequence[tuple[Stage, int]], began: int, deals: Sequence[KnownDeal]) -> list[int]:
    """When the person came on a deal: as one was opened, or with the last stage while one was open."""
    came = [deal.opened_at for deal in deals if deal.opened_at >= began]
    stage, last = own[-1]
    stands = [deal.entries[-1] for deal in deals if deal.opened_at < last]
    is_open = any(entry.at > last or entry.stage not in (Stage.WON, *_OUT) for entry in stands)
    is_before_deals = 0 <= _rank(stage) < _rank(Stage.OPPORTUNITY)
    if is_open and is_before_deals and not any(deal.opened_at >= last for deal in deals):
        came.append(last)
    return came


def _case(
    transition: str,
    began: int,
    reached: int | None,
    beyond: int | None,
    left: tuple[Stage, int] | None,
    source: KnownTouch | None,
) -> Case:
    how, end = ("open", None) if left is None else (left[0].value, left[1])
    if beyond is not None:
        how, end = "skipped", beyond
    if reached is not None:
        how, end = "reached", reached
    return Case(transition=transition, began=began, how=how, end=end, source=source)


def _row(case: Case, until: int) -> Row:
    censored = max(until, case.began) if case.end is None else None
    end = case.end if case.end is not None else censored
    origin = case.source.origin if case.source else NO_ORIGIN
    return {
        "transition": case.transition,
        "started_at": case.began,
        "day": day_of(case.began),
        "outcome": case.how,
        "ended_at": case.end,
        "censored_at": censored,
        "days": max((end or 0) - case.began, 0) / DAY_MS,
        **{name: getattr(origin, name) for name in _PLACE},
    }


def _answers(market: Market, known: Known) -> dict[str, list[int]]:
    """When each person was contacted by sales; what is told of deleted leads is gone with them."""
    people = {name: person.id for person in known.people for name in person.identifiers}
    gone, answers = deleted_leads(market), dict[str, list[int]]()
    for call in market.follow_ups:
        if call.lead not in gone:
            answers.setdefault(people[f"crm:{system_of(call.lead)}:{call.lead}"], []).append(call.at)
    return answers


def _known_until(known: Known, answers: Mapping[str, Sequence[int]]) -> int:
    """When a CRM told anything for the last time: a stage after the creation of a lead, or a contact."""
    told = [entry.at for deal in known.deals for entry in deal.entries]
    told += [
        entry.at
        for person in known.counted
        for entry in person.entries
        if entry.stage not in (Stage.VISITOR, Stage.LEAD)
    ]
    return max([*told, *(at for times in answers.values() for at in times)], default=0)


def _first(touches: Iterable[KnownTouch], until: int) -> KnownTouch | None:
    return next((touch for touch in touches if touch.at <= until), None)


def _least(times: Iterable[int]) -> int | None:
    return min(times, default=None)


def _rank(stage: Stage) -> int:
    return FUNNEL.index(stage) if stage in FUNNEL else -1
