"""What each touch of a market earned of each conversion, by a model of attribution, row by row."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from market.credits import MODELS, SHARES, TIME_DECAY, Conversion, Step, credits, decayed, divided
from market.known import NO_ORIGIN, Known, KnownPerson, KnownTouch
from schemas.terms import Stage

# Those of which the truth is written down: one by places, one by all milestones, one by age.
WRITTEN: Final = ("position_40_20_40", "full_path", TIME_DECAY)
_HALF_LIFE_DAYS: Final = Fraction(7)
_PERSON_STAGES: Final = (Stage.LEAD, Stage.MARKETING_QUALIFIED, Stage.SALES_QUALIFIED)
# Whose touch it is, since a deal has those of several people.
_Touch = tuple[KnownTouch, KnownPerson]


def attribution(known: Known, model: str) -> Iterator[dict[str, Any]]:
    """Yield a row for each conversion and touch that led to it; one without a touch if none did."""
    for person in known.people:
        touches = [(touch, person) for touch in person.earning]
        for stage in _PERSON_STAGES:
            at = person.entered(stage)
            if at is not None:
                named = {"person": person.id, "deal": "", "currency": ""}
                yield from _rows(model, Conversion(stage.value, at), touches, named, 0)
    for deal in known.deals:
        touches = [(touch, person) for person in deal.people for touch in person.earning]
        touches.sort(key=lambda one: one[0].at)
        for milestone, at in (("opportunity", deal.opened_at), ("poc", deal.poc_at), ("won", deal.won_at)):
            if at is not None:
                named = {"person": "", "deal": deal.id, "currency": deal.last.currency}
                amount = deal.amount if milestone == "won" else 0
                yield from _rows(model, Conversion(milestone, at, deal.opened_at), touches, named, amount)


def _rows(
    model: str, conversion: Conversion, touches: Sequence[_Touch], named: Mapping[str, str], amount: int
) -> Iterator[dict[str, Any]]:
    until = [one for one in touches if one[0].at <= conversion.at]
    steps = [
        Step(touch.at, "", person.id, touch.origin.channel, person.entered(Stage.LEAD))
        for touch, person in until
    ]
    earned = _earned(model, steps, conversion)
    origins = [touch.origin for touch, _ in until] or [NO_ORIGIN]
    shares = zip(origins, divided(SHARES, earned), divided(amount, earned), strict=True)
    for place, (origin, share, fen) in enumerate(shares):
        yield {
            **named,
            "milestone": conversion.milestone,
            "at": conversion.at,
            "position": place + 1 if until else 0,
            "touch_at": until[place][0].at if until else None,
            "channel": origin.channel,
            "platform": origin.platform,
            "campaign": origin.campaign,
            "ad_group": origin.ad_group,
            "keyword": origin.keyword,
            "content": origin.content,
            "author": origin.author,
            "weight": Decimal(share) / SHARES,
            "revenue": Decimal(fen) / 100,
        }


def _earned(model: str, steps: Sequence[Step], conversion: Conversion) -> list[Fraction]:
    if not steps:
        return [Fraction(1)]
    if model == TIME_DECAY:
        return decayed(steps, _HALF_LIFE_DAYS)
    return credits(steps, conversion, MODELS[model])
