"""What a reader supposes of the funnel: each rate so many per cent of what it is, all in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cockpit.steps import Step
from sinks.report_values import ReportError

Row = Mapping[str, Any]

# What can be moved: the rates behind visits; fewer impressions for more clicks are a matter of ads.
MOVED: Final = (
    *("click", "visit", "visitor", "lead", "marketing_qualified", "sales_qualified"),
    *("opportunity", "poc", "won"),
)
UNCHANGED: Final = 100
_MOST: Final = 300
NAMES: Final = tuple(f"x_{step}" for step in MOVED)


@dataclass(frozen=True, slots=True)
class Slider:
    """A rate that can be moved: in per cent of what it is, at most so that it is all of the step before."""

    name: str
    step: Step
    value: int
    most: int
    best: int | None

    @property
    def rate(self) -> float:
        """The rate that is supposed."""
        return (self.step.rate or 0.0) * self.value / UNCHANGED


def sliders_of(steps: Sequence[Step], values: Mapping[str, str]) -> list[Slider]:
    """A slider for each rate that is known. Raises ReportError for what is no per cent."""
    sliders = []
    for step in steps:
        if step.name in MOVED and step.rate:
            name = f"x_{step.name}"
            most = _MOST if step.rate > 1 else max(UNCHANGED, min(_MOST, int(UNCHANGED / step.rate)))
            # The upper end of its interval is what the same data would still allow.
            best = min(most, int(step.most / step.rate * UNCHANGED)) if step.most else None
            sliders.append(Slider(name, step, _per_cent(name, values.get(name, ""), most), most, best))
    return sliders


def change_of(sliders: Sequence[Slider]) -> str:
    """What the report what_if is told: `lead*1.2, won*0.9`; empty if nothing is changed."""
    return ", ".join(
        f"{slider.step.name}*{slider.value / UNCHANGED:g}" for slider in sliders if slider.value != UNCHANGED
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would come of it: deals won at the same cost, and what each would cost, beside what is."""

    won: float
    changed_won: float | None
    cost_per_won: float | None
    changed_cost_per_won: float | None
    currency: str
    note: str


def outcome_of(rows: Sequence[Row]) -> Outcome | None:
    """The last row of the report what_if; None of an empty funnel."""
    if not rows or rows[-1]["count"] is None:
        return None
    last = rows[-1]
    return Outcome(
        float(last["count"]),
        last["changed_count"],
        last["cost_per"],
        last["changed_cost_per"],
        last["currency"],
        rows[0]["note"],
    )


def _per_cent(name: str, text: str, most: int) -> int:
    if not text:
        return UNCHANGED
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and int(text) <= most):
        raise ReportError(
            f"the parameter '{name}' must be a number of per cent from 0 to {most}, not '{text[:60]}'"
        )
    return int(text)
