"""What each touchpoint earns by a model of attribution, in exact fractions: the market's own reckoning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

DAY: Final = 86_400_000
# One conversion is divided into so many shares.
SHARES: Final = 10**15
# Time decay is reckoned from the last touchpoint on, in parts of 2 to this power.
_FINEST: Final = 52
MODELS: Final[Mapping[str, Mapping[str, Fraction]]] = {
    "first": {"first": Fraction(1)},
    "last": {"last": Fraction(1)},
    "last_non_direct": {"last_non_direct": Fraction(1)},
    "linear": {"rest": Fraction(1)},
    "position_40_20_40": {"first": Fraction(2, 5), "last": Fraction(2, 5), "rest": Fraction(1, 5)},
    "u_40_40_20": {"first": Fraction(2, 5), "lead": Fraction(2, 5), "rest": Fraction(1, 5)},
    "u_50_50": {"first": Fraction(1, 2), "lead": Fraction(1, 2)},
    "w_shaped": {
        **{role: Fraction(3, 10) for role in ("first", "lead", "opportunity")},
        "rest": Fraction(1, 10),
    },
    "full_path": {
        **{role: Fraction(9, 40) for role in ("first", "lead", "opportunity", "closing")},
        "rest": Fraction(1, 10),
    },
}
TIME_DECAY: Final = "time_decay"


@dataclass(frozen=True, slots=True)
class Step:
    """One touchpoint on the way to a conversion; `lead_at`: when its person became a lead, None: never."""

    at: int
    id: str
    person: str
    channel: str
    lead_at: int | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was reached, when (Millis), and for a deal when it was opened."""

    milestone: str
    at: int
    opened_at: int | None = None


def credits(steps: Sequence[Step], conversion: Conversion, weights: Mapping[str, Fraction]) -> list[Fraction]:
    """What each step earns; they sum to one. The steps are sorted by (time, id)."""
    places = _places(steps, conversion)
    earned = [
        sum((weight for role, weight in weights.items() if places.get(role) == place), Fraction(0))
        for place in range(len(steps))
    ]
    others = [place for place, amount in enumerate(earned) if not amount]
    for place in others:
        earned[place] = weights.get("rest", Fraction(0)) / len(others)
    whole = sum(earned)
    return [amount / whole if whole else Fraction(1, len(steps)) for amount in earned]


def decayed(steps: Sequence[Step], half_life_days: Fraction) -> list[Fraction]:
    """What each step earns if it halves with each half-life before the last one."""
    ages = [(steps[-1].at - step.at) / float(half_life_days * DAY) for step in steps]
    amounts = [round(2.0 ** (_FINEST - age)) for age in ages]
    return [Fraction(amount, sum(amounts)) for amount in amounts]


def divided(total: int, earned: Sequence[Fraction]) -> list[int]:
    """A whole number in whole parts that sum to it; what is left goes to the largest remainders."""
    exact = [amount * total for amount in earned]
    parts = [int(amount) for amount in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def _places(steps: Sequence[Step], conversion: Conversion) -> dict[str, int]:
    """Which step has which role; a role that none has is missing."""
    places = {"first": 0, "last": len(steps) - 1}
    not_direct = [place for place, step in enumerate(steps) if step.channel != "direct"]
    places["last_non_direct"] = not_direct[-1] if not_direct else len(steps) - 1
    led = [
        (step.lead_at, step.person, -place)
        for place, step in enumerate(steps)
        if step.lead_at is not None and step.at <= step.lead_at <= conversion.at
    ]
    if led:
        places["lead"] = -min(led)[2]
    opened = [
        place
        for place, step in enumerate(steps)
        if conversion.opened_at is not None and step.at <= conversion.opened_at
    ]
    if opened:
        places["opportunity"] = opened[-1]
    if conversion.milestone == "won":
        places["closing"] = len(steps) - 1
    return places
