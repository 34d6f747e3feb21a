"""What the views transitions and survival must say, worked out from snapshots in plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.journey import Journey, Opportunity
from schemas.terms import FUNNEL, Stage

DAY = 86_400_000
OUT = (Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED)
_NEXT = (
    (Stage.LEAD, Stage.MARKETING_QUALIFIED),
    (Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED),
    (Stage.SALES_QUALIFIED, Stage.OPPORTUNITY),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One row of transitions; `ended_at` is None while it is open."""

    who: str
    transition: str
    started_at: int
    outcome: str
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve: the shares of all cases that have come there, ended otherwise, or are open."""

    days: float
    reached: float
    ended: float
    open: float


def cases_of_deal(deal: Opportunity, people: Iterable[Journey]) -> list[Case]:
    """The transitions of a deal; `people` are those on it."""
    entered = [(entry.stage, entry.at) for entry in deal.stages]
    stands, stands_at = entered[-1]
    won_at = stands_at if stands is Stage.WON else None
    lost = (stands, stands_at) if stands in OUT else None
    trials = [at for stage, at in entered if stage is Stage.POC]
    people = list(people)
    touches = [touch.at for one in people for touch in one.touchpoints if not touch.is_bot]
    began = [at for at in touches if at <= deal.opened_at]
    leads = [first(one, Stage.LEAD) for one in people]
    known = [at for at in leads if at is not None]
    found = [_case(deal.deal, "opportunity_to_won", deal.opened_at, won_at, None, lost)]
    trial = max(trials[0], deal.opened_at) if trials else None
    found.append(_case(deal.deal, "opportunity_to_poc", deal.opened_at, trial, won_at, lost))
    if began:
        found.append(_case(deal.deal, "first_touch_to_won", min(began), won_at, None, lost))
    if known and min(known) <= deal.opened_at:
        found.append(_case(deal.deal, "lead_to_won", min(known), won_at, None, lost))
    if trials:
        found.append(_case(deal.deal, "poc_to_won", trials[0], won_at, None, lost))
        after = [at for _, at in entered if at > trials[-1]]
        # What the CRM tells of an end before the last trial began is the end of another.
        told = deal.poc_ended_at if deal.poc_ended_at and deal.poc_ended_at >= trials[-1] else None
        over = told or (after[0] if after else None)
        found.append(_case(deal.deal, "poc_to_poc_ended", trials[0], over, None, lost))
    return found


def cases_of_person(one: Journey, deals: Sequence[Opportunity]) -> list[Case]:
    """The transitions of a person; `deals` are those that the person is on."""
    own = [
        (entry.stage, entry.at) for entry in one.stages if not entry.deal and entry.stage is not Stage.VISITOR
    ]
    last = [deal.stages[-1] for deal in deals]
    wins = [entry.at for entry in last if entry.stage is Stage.WON]
    wins += [at for stage, at in own if stage is Stage.WON]
    is_busy = bool(wins) or any(entry.stage not in (Stage.WON, *OUT) for entry in last)
    gone = (
        max((entry.at, entry.stage) for entry in last if entry.stage in OUT) if not is_busy and last else None
    )
    stands_at, stands = (own[-1][1], own[-1][0]) if own else (0, Stage.LEAD)
    if gone is not None and gone[0] >= stands_at:
        stands_at, stands = gone
    left = (stands, stands_at) if not is_busy and stands in OUT else None
    found = []
    for begin, end in _NEXT:
        at = first(one, begin)
        if at is None:
            continue
        there = [when for stage, when in own if stage is end and when >= at]
        beyond = [when for stage, when in own if _rank(stage) > _rank(end) and when >= at]
        came = _came_on_deal(own, at, deals)
        there += came if end is Stage.OPPORTUNITY else []
        beyond += came if end is not Stage.OPPORTUNITY else []
        transition = f"{begin.value}_to_{end.value}"
        found.append(_case(one.person, transition, at, _least(there), _least(beyond), left))
    became = first(one, Stage.LEAD)
    if became is not None:
        touches = [touch.at for touch in one.touchpoints if not touch.is_bot and touch.at <= became]
        starts = {"lead_to_won": became} | ({"first_touch_to_won": min(touches)} if touches else {})
        for transition, at in starts.items():
            won = _least([when for when in wins if when >= at])
            found.append(_case(one.person, transition, at, won, None, left))
    qualified = first(one, Stage.MARKETING_QUALIFIED)
    if qualified is not None:
        answers = [each.at for each in one.follow_ups if each.is_answer and each.at >= qualified]
        transition = "marketing_qualified_to_first_response"
        found.append(_case(one.person, transition, qualified, _least(answers), None, None))
    return found


def first(one: Journey, stage: Stage) -> int | None:
    """When a person first entered a stage."""
    return next((entry.at for entry in one.stages if not entry.deal and entry.stage is stage), None)


def curve(cases: Iterable[Case], known_until: int) -> list[Point]:
    """The curve by Aalen and Johansen, which is Kaplan and Meier's if nothing else ends a case.

    At each point all cases are counted again.
    """
    lasted = sorted(
        (((case.ended_at or max(known_until, case.started_at)) - case.started_at) / DAY, case.outcome)
        for case in cases
    )
    reached, ended, left, points = 0.0, 0.0, 1.0, []
    for days in sorted({length for length, _ in lasted}):
        watched = sum(length >= days for length, _ in lasted)
        here = [outcome for length, outcome in lasted if length == days]
        there, other = here.count("reached"), len(here) - here.count("reached") - here.count("open")
        reached += left * there / watched
        ended += left * other / watched
        left *= 1 - (there + other) / watched
        points.append(Point(days, reached, ended, left))
    return points


def _case(
    who: str,
    transition: str,
    started_at: int,
    reached: int | None,
    beyond: int | None,
    left: tuple[Stage, int] | None,
) -> Case:
    if reached is not None:
        return Case(who, transition, started_at, "reached", reached)
    if beyond is not None:
        return Case(who, transition, started_at, "skipped", beyond)
    if left is not None:
        return Case(who, transition, started_at, left[0].value, left[1])
    return Case(who, transition, started_at, "open", None)


def _came_on_deal(own: list[tuple[Stage, int]], at: int, deals: Sequence[Opportunity]) -> list[int]:
    """When the person came on a deal: as one was opened, or with the last stage while one was open."""
    came = [deal.opened_at for deal in deals if deal.opened_at >= at]
    last_stage, last = own[-1]
    is_open = any(
        deal.opened_at < last and (deal.closed_at is None or deal.closed_at > last) for deal in deals
    )
    if is_open and last_stage in FUNNEL and _rank(last_stage) < _rank(Stage.OPPORTUNITY):
        came += [last] if not any(deal.opened_at >= last for deal in deals) else []
    return came


def _rank(stage: Stage) -> int:
    return FUNNEL.index(stage) if stage in FUNNEL else -1


def _least(times: list[int]) -> int | None:
    return min(times, default=None)
