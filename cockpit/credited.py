"""What each model of attribution gives the touches of one lead or one deal, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cockpit.asking import Ask, Question, Row, ask_all, records

# Those that anybody asks for first, and all that Leadtrace has.
USUAL: Final = ("first", "last", "last_non_direct")
EVERY: Final = (
    *USUAL,
    "linear",
    "position_40_20_40",
    "u_40_40_20",
    "u_50_50",
    "w_shaped",
    "full_path",
    "time_decay",
)


@dataclass(frozen=True, slots=True)
class Credited:
    """A touch, and its share by each model in the order of `Credits.models`; None where it has no part."""

    touch: Row
    shares: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Credits:
    """The touches that led to a milestone, in order of time. `touches` is empty if none led there."""

    milestone: str
    models: tuple[str, ...]
    touches: tuple[Credited, ...]

    def marks(self) -> dict[str, list[str]]:
        """By the id of a touch, the models by which it alone earned all."""
        found: dict[str, list[str]] = {}
        for each in self.touches:
            alone = [model for model, share in zip(self.models, each.shares, strict=True) if share == 1]
            if alone:
                found[each.touch["touchpoint"]] = alone
        return found


def models_of(chosen: str, are_all: bool) -> tuple[str, ...]:
    """The models to be compared: those that are asked for first and the chosen one, or all."""
    models = EVERY if are_all else USUAL
    return models if not chosen or chosen in models else (*models, chosen)


async def credits_of(ask: Ask, of: str, milestone: str, models: Sequence[str], as_of: str = "") -> Credits:
    """What the models say of a lead or a deal. Raises ReportError and ClickHouseError."""
    asked = {"of": of, "milestone": milestone} | ({"as_of": as_of} if as_of else {})
    told = await ask_all(ask, {model: Question("credits", asked | {"model": model}) for model in models})
    return side_by_side(milestone, {model: records(result) for model, result in told.items()})


async def brought(ask: Ask, person: str, touchpoints: Sequence[Row]) -> Credits:
    """The first and the last touch of a lead, which the report `journey` says in a moment.

    To weigh all touches takes ten times as long, and few look at more.
    Raises ReportError and ClickHouseError.
    """
    rows = records(await ask.result("journey", {"lead": person}))
    names = {touch["at"]: touch["id"] for touch in touchpoints}
    told = [row for row in rows if row["is_first"] or row["is_last_before_lead"]]
    return Credits(
        "lead",
        USUAL[:2],
        tuple(
            Credited(
                {**row, "touch_at": row["at"], "touchpoint": names.get(row["at"], "")},
                (1.0 if row["is_first"] else None, 1.0 if row["is_last_before_lead"] else None),
            )
            for row in told
        ),
    )


def side_by_side(milestone: str, told: Mapping[str, Sequence[Row]]) -> Credits:
    """The answers of models as one table: a row for each touch."""
    touches: dict[str, Row] = {}
    shares: dict[str, dict[str, float]] = {}
    for model, rows in told.items():
        for row in rows:
            if row["position"]:
                touches.setdefault(row["touchpoint"], row)
                shares.setdefault(row["touchpoint"], {})[model] = _number(row["weight"])
    order = sorted(touches, key=lambda key: touches[key]["position"])
    return Credits(
        milestone,
        tuple(told),
        tuple(
            Credited(touches[key], tuple(shares[key].get(model) or None for model in told)) for key in order
        ),
    )


def _number(weight: Any) -> float:
    return float(weight)
