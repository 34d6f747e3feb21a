"""Transitions of snapshots as the market knows them, and their curves in plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.known import Entry, KnownDeal, KnownPerson, KnownTouch
from market.model import DealChange, Origin
from market.times import DAY_MS
from market.transitions import Case, cases_of_deal, cases_of_person
from schemas.journey import Journey, Opportunity
from schemas.terms import Stage


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve: the shares of all cases that have come there, ended otherwise, or are open."""

    days: float
    reached: float
    ended: float
    open: float


def cases(journeys: Sequence[Journey], deals: Sequence[Opportunity]) -> list[tuple[str, Case]]:
    """The transitions of all people and deals, each with the person or the deal."""
    people = {one.person: _person(one) for one in journeys}
    on: dict[str, list[KnownDeal]] = {person: [] for person in people}
    found: list[tuple[str, Case]] = []
    for deal in deals:
        there = [one.person for one in journeys if set(one.identifiers) & set(deal.people)]
        known = _deal(deal, tuple(people[person] for person in there))
        found += [(deal.deal, case) for case in cases_of_deal(known)]
        for person in there:
            on[person].append(known)
    for one in journeys:
        answers = [each.at for each in one.follow_ups if each.is_answer]
        own = cases_of_person(people[one.person], on[one.person], answers)
        found += [(one.person, case) for case in own]
    return found


def curve(of: Iterable[Case], known_until: int) -> list[Point]:
    """The curve by Aalen and Johansen, which is Kaplan and Meier's if nothing else ends a case.

    At each point all cases are counted again.
    """
    lasted = sorted(
        (((case.end or max(known_until, case.began)) - case.began) / DAY_MS, case.how) for case in of
    )
    reached, ended, left, points = 0.0, 0.0, 1.0, []
    for days in sorted({length for length, _ in lasted}):
        watched = sum(length >= days for length, _ in lasted)
        here = [how for length, how in lasted if length == days]
        there, other = here.count("reached"), len(here) - here.count("reached") - here.count("open")
        reached += left * there / watched
        ended += left * other / watched
        left *= 1 - (there + other) / watched
        points.append(Point(days, reached, ended, left))
    return points


def _person(one: Journey) -> KnownPerson:
    touches = [
        KnownTouch(at=touch.at, kind=touch.kind, origin=Origin(channel=touch.channel))
        for touch in one.touchpoints
        if not touch.is_bot
    ]
    entries = [Entry(at=entry.at, stage=Stage(entry.stage)) for entry in one.stages if not entry.deal]
    return KnownPerson(one.person, one.identifiers, touches=touches, entries=tuple(entries))


def _deal(deal: Opportunity, people: tuple[KnownPerson, ...]) -> KnownDeal:
    entries = tuple(Entry(at=entry.at, stage=Stage(entry.stage)) for entry in deal.stages)
    said = dict.fromkeys(("stage", "name", "account", "owner"), "")
    last = DealChange(deal=deal.deal, at=0, amount=0, people=(), poc_ended_at=deal.poc_ended_at, **said)
    return KnownDeal(
        id=deal.deal,
        people=people,
        entries=entries,
        opened_at=deal.opened_at,
        poc_at=next((entry.at for entry in entries if entry.stage is Stage.POC), None),
        won_at=deal.closed_at if deal.stage == Stage.WON else None,
        amount=0,
        last=last,
    )
