"""What a won deal costs, cost per impression ÷ the product of all step rates, and what if one changes."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

STEPS: Final = (
    *("impression", "click", "visit", "visitor", "lead", "marketing_qualified", "sales_qualified"),
    *("opportunity", "poc", "won"),
)
# What people call them, and the columns of reports.
_ALSO_CALLED: Final = {
    **{"impressions": "impression", "clicks": "click", "visits": "visit", "visitors": "visitor"},
    **{"leads": "lead", "mql": "marketing_qualified", "mqls": "marketing_qualified"},
    **{"sql": "sales_qualified", "opportunities": "opportunity", "pocs": "poc"},
}
_NUMBER: Final = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)?(\.\d+)?(?<=\d)(e-?\d{1,2})?%?", re.ASCII)
_PART: Final = re.compile(r"(?P<step>\w+)(?P<how>[=*×])(?P<number>\S+)")
_LONGEST_SHOWN: Final = 40


class WhatIfError(ValueError):
    """What was asked can't be reckoned; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The share of the step before that comes to `step`; None if nobody came to the step before."""

    step: str
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Chain:
    """A funnel as a sum: how many begin it, what they cost in all (None: not known), and the rates."""

    first: str
    count: Fraction
    cost: Fraction | None
    rates: tuple[Rate, ...]

    @property
    def counts(self) -> tuple[Fraction | None, ...]:
        """How many come to each step, the first one included; None behind a rate that isn't known."""
        counts: list[Fraction | None] = [self.count]
        for rate in self.rates:
            before = counts[-1]
            counts.append(None if before is None or rate.value is None else before * rate.value)
        return tuple(counts)

    @property
    def won(self) -> Fraction | None:
        """How many come to the last step."""
        return self.counts[-1]

    def cost_per(self, count: Fraction | None) -> Fraction | None:
        """The cost for each of so many; None if it isn't known, or there are none."""
        return None if self.cost is None or not count else self.cost / count


@dataclass(frozen=True, slots=True)
class Change:
    """Another rate of a step: `number`, or so many times what it is."""

    step: str
    number: Fraction
    is_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step before and after the changes, and what doubling its rate would bring after them."""

    step: str
    count: Fraction | None
    changed_count: Fraction | None
    rate: Fraction | None
    changed_rate: Fraction | None
    cost_per: Fraction | None
    changed_cost_per: Fraction | None
    won_if_doubled: Fraction | None
    cost_per_won_if_doubled: Fraction | None
    note: str


def chain_of_counts(counts: Sequence[int], cost: Fraction | None) -> Chain:
    """The chain of what was counted at each of STEPS; it begins at the first step that has any."""
    start = next((place for place, count in enumerate(counts) if count), len(counts) - 1)
    rates = [
        Rate(step, Fraction(count, before) if before else None)
        for step, (before, count) in zip(STEPS[start + 1 :], pairwise(counts[start:]), strict=True)
    ]
    return Chain(STEPS[start], Fraction(counts[start]), cost, tuple(rates))


def number_of(text: str, what: str) -> Fraction:
    """A number such as 0.1, 10,000,000 or 3%. Raises WhatIfError for none, or one below zero."""
    plain = text.strip().lower()
    if not _NUMBER.fullmatch(plain):
        raise WhatIfError(f"{what} must be a number like 0.1 or 10%, not '{_short(text)}'")
    value = Fraction(plain.rstrip("%").replace(",", ""))
    value = value / 100 if plain.endswith("%") else value
    if value < 0:
        raise WhatIfError(f"{what} can't be below zero: '{_short(text)}'")
    return value


def rates_of(text: str) -> tuple[Rate, ...]:
    """Rates of one's own: '0.1, 0.1, 0.2' in their order, or 'click=0.1, lead=0.2, won=0.3' by name.

    Raises WhatIfError for what is none, for a rate above one, and for steps that are not in order.
    """
    parts = _parts(text)
    if not parts:
        raise WhatIfError(
            "no rate is given: write for example 0.03, 0.1, 0.2 or click=0.03, lead=10%, won=0.2"
        )
    if "=" not in text:
        numbers = [_share(part, f"the rate of step {nth}") for nth, part in enumerate(parts, start=1)]
        return tuple(Rate(f"step_{nth}", number) for nth, number in enumerate(numbers, start=1))
    rates = []
    for part in parts:
        found = _PART.fullmatch(part)
        if found is None or found["how"] != "=":
            raise WhatIfError(f"'{_short(part)}' is no rate: write for example click=0.03, lead=10%, won=0.2")
        step = _known(_ALSO_CALLED.get(found["step"].lower(), found["step"]), STEPS[1:])
        rates.append(Rate(step, _share(found["number"], f"the rate of {step}")))
    for one, other in pairwise(rates):
        if STEPS.index(one.step) >= STEPS.index(other.step):
            raise WhatIfError(f"{other.step} does not come after {one.step}: name each step once, in order")
    if rates[-1].step != STEPS[-1]:
        raise WhatIfError(f"the rates end with {rates[-1].step}: the last one must be that of won")
    return tuple(rates)


def changes_of(text: str) -> tuple[Change, ...]:
    """What is to be changed: 'lead*2' so many times, 'won=0.3' to a rate. Raises WhatIfError."""
    changes = []
    for part in _parts(text):
        found = _PART.fullmatch(part)
        if found is None:
            raise WhatIfError(f"'{_short(part)}' changes nothing: write for example lead*2 or won=0.3")
        step, is_factor = _ALSO_CALLED.get(found["step"].lower(), found["step"]), found["how"] != "="
        words = f"the factor of {step}" if is_factor else f"the rate of {step}"
        number = number_of(found["number"], words) if is_factor else _share(found["number"], words)
        changes.append(Change(step, number, is_factor))
    return tuple(changes)


def changed(chain: Chain, changes: Sequence[Change]) -> Chain:
    """The chain with other rates. Raises WhatIfError for a step without one, and a rate above one."""
    rates = {rate.step: rate for rate in chain.rates}
    for change in changes:
        if change.step == chain.first:
            raise WhatIfError(f"{change.step} is where the funnel begins: it has no rate")
        if change.step in STEPS and change.step not in rates:
            raise WhatIfError(f"nothing of {change.step} is in this funnel, which begins with {chain.first}")
        rate = rates[_known(change.step, tuple(rates) or STEPS[1:])]
        value = change.number
        if change.is_factor:
            value = change.number * _demand(rate)
        # Visits for each click may be more than one, and then be more still.
        if value > 1 and not (rate.value is not None and rate.value > 1):
            raise WhatIfError(f"the rate of {rate.step} would be {float(value):g}: it can be at most 1")
        rates[rate.step] = replace(rate, value=value)
    return replace(chain, rates=tuple(rates.values()))


def lines_of(chain: Chain, after: Chain) -> Iterator[Line]:
    """Yield a line for each step, the first one included, before and after the changes."""
    names = (chain.first, *(rate.step for rate in chain.rates))
    rates = (None, *(rate.value for rate in chain.rates))
    changed_rates = (None, *(rate.value for rate in after.rates))
    for place, step in enumerate(names):
        doubled, note = _doubled(after, place)
        yield Line(
            step=step,
            count=chain.counts[place],
            changed_count=after.counts[place],
            rate=rates[place],
            changed_rate=changed_rates[place],
            cost_per=chain.cost_per(chain.counts[place]),
            changed_cost_per=after.cost_per(after.counts[place]),
            won_if_doubled=doubled,
            cost_per_won_if_doubled=after.cost_per(doubled),
            note=note,
        )


def _doubled(chain: Chain, place: int) -> tuple[Fraction | None, str]:
    """How many would be won if the rate of a step were twice as high, and what is to be said of it."""
    if place == 0:
        return None, ""
    rate = chain.rates[place - 1].value
    if rate is None:
        return None, "nobody came to the step before: the rate is not known"
    if rate == 0 or chain.won is None:
        return chain.won, ""
    grown = 2 * rate if rate > 1 else min(2 * rate, Fraction(1))
    note = "" if grown == 2 * rate else f"a rate is at most 1: it grows by {float(grown / rate) - 1:.0%}"
    return chain.won * grown / rate, note


def _parts(text: str) -> list[str]:
    """What stands between commas, semicolons or spaces; none of them divides `lead * 2`."""
    return [part for part in re.split(r"[,;\s]+", re.sub(r"\s*([=*×])\s*", r"\1", text)) if part]


def _share(text: str, what: str) -> Fraction:
    value = number_of(text, what)
    if value > 1:
        raise WhatIfError(f"{what} is at most 1, or 100%, not {_short(text)}")
    return value


def _demand(rate: Rate) -> Fraction:
    if rate.value is None:
        raise WhatIfError(
            f"nobody came to the step before {rate.step}: set its rate, for example {rate.step}=0.1"
        )
    return rate.value


def _known(step: str, known: Sequence[str]) -> str:
    if step in known:
        return step
    near = difflib.get_close_matches(step.lower(), known, n=1, cutoff=0.6)
    meant = f" (did you mean '{near[0]}'?)" if near else ""
    raise WhatIfError(f"'{_short(step)}' is no step with a rate{meant}; these are {', '.join(known)}")


def _short(text: str) -> str:
    shown = "".join(each if each.isprintable() else "�" for each in text)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"
