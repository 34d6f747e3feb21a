"""Which steps of the funnel each person and each deal has come to, and what became of it there."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from market.belonging import why_failed
from market.deals import FAILED
from market.known import NO_ORIGIN, Entry, Known, KnownDeal, KnownPerson, KnownTouch
from market.times import day_of
from schemas.terms import FUNNEL, Stage

Row = dict[str, Any]

_OF_PEOPLE, _OF_DEALS = FUNNEL[:4], FUNNEL[4:]
_LEAVING = (Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED)
_PLACE = ("channel", "platform", "campaign", "ad_group", "keyword", "content", "author")


def steps_reached(known: Known) -> Iterator[Row]:
    """Yield a row for each step that a person or a deal reached, by entering it or a later one."""
    on_deals: dict[str, list[KnownDeal]] = {}
    for deal in known.deals:
        for person in deal.people:
            on_deals.setdefault(person.id, []).append(deal)
        yield from _of_deal(deal)
    for person in known.people:
        yield from _of_person(person, on_deals.get(person.id, ()))


def _of_person(person: KnownPerson, deals: Iterable[KnownDeal]) -> Iterator[Row]:
    since = person.known_since
    moments = [person.entered(stage) for stage in _OF_PEOPLE]
    moments[0] = next((touch.at for touch in person.earning if touch.kind == "visit"), None)
    further = [at for stage in _OF_DEALS if (at := person.entered(stage)) is not None]
    further += [max(deal.opened_at, since or 0) for deal in deals]
    moments.append(min(further, default=None))
    last = person.entries[-1]
    for number, stage in enumerate(_OF_PEOPLE):
        at, is_entered = _reached(moments[number:])
        if at is None:
            return
        next_at, _ = _reached(moments[number + 1 :])
        became = "waiting" if next_at is None else "went_on"
        reason = ""
        if next_at is None and last.stage in _LEAVING:
            became, reason = last.stage.value, last.reason
        row = _row(stage, at, at if since is None else since, is_entered, next_at, person.earning)
        yield row | {"person": person.id, "outcome": became, "reason": reason}


def _of_deal(deal: KnownDeal) -> Iterator[Row]:
    moments = [deal.opened_at, deal.poc_at, deal.won_at]
    for number, stage in enumerate(_OF_DEALS):
        at, is_entered = _reached(moments[number:])
        if at is None:
            return
        next_at, _ = _reached(moments[number + 1 :])
        became, reason = _became(deal, stage, next_at)
        amount = deal.amount if stage is Stage.WON else 0
        row = _row(stage, at, deal.known_since, is_entered, next_at, deal.touches)
        row |= {"deal": deal.id, "outcome": became, "reason": reason}
        yield row | {"currency": deal.last.currency, "revenue": Decimal(amount) / 100}


def _became(deal: KnownDeal, stage: Stage, next_at: int | None) -> tuple[str, str]:
    last: Entry = deal.entries[-1]
    if stage is Stage.WON:
        return "won", ""
    if next_at is not None:
        return "went_on", ""
    if last.stage is not Stage.LOST:
        return "waiting", ""
    failed = stage is Stage.POC and deal.last.poc_result == FAILED
    if failed:
        return "poc_failed", why_failed(deal.last) or deal.last.reason
    return "lost", deal.last.reason


def _reached(moments: list[int | None]) -> tuple[int | None, bool]:
    """Say when the first of these steps was reached: entered itself, else with the first later one."""
    if moments and moments[0] is not None:
        return moments[0], True
    return min((at for at in moments if at is not None), default=None), False


def _row(
    stage: Stage, at: int, since: int, is_entered: bool, next_at: int | None, touches: list[KnownTouch]
) -> Row:
    origin = next((touch.origin for touch in touches if touch.at <= at), NO_ORIGIN)
    return {
        "step": stage.value,
        "person": "",
        "deal": "",
        "at": at,
        "day": day_of(at),
        "cohort_day": day_of(since),
        "is_entered": is_entered,
        "next_at": next_at if next_at is not None and next_at >= at else None,
        "currency": "",
        "revenue": 0,
        **{name: getattr(origin, name) for name in _PLACE},
    }
