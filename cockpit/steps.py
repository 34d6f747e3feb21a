"""The steps of the funnel in their three groups: counts, people, deals; and where most are lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answers.words import marked
from cockpit.shares import wilson

Row = Mapping[str, Any]

GROUPS: Final = (
    (marked("Ads and visits"), ("impression", "click", "visit")),
    (marked("People"), ("visitor", "lead", "marketing_qualified", "sales_qualified")),
    (marked("Deals"), ("opportunity", "poc", "won")),
)
TITLES: Final = {
    "impression": marked("Impressions"),
    "click": marked("Clicks"),
    "visit": marked("Visits"),
    "visitor": marked("Visitors"),
    "lead": marked("Leads"),
    "marketing_qualified": marked("MQL"),
    "sales_qualified": marked("SQL"),
    "opportunity": marked("Opportunities"),
    "poc": marked("POC"),
    "won": marked("Won"),
}
# From qualified to won: between these somebody of marketing or sales can lose them.
QUALIFIED: Final = ("marketing_qualified", "sales_qualified", "opportunity", "poc")


@dataclass(frozen=True, slots=True)
class Step:
    """A step: how many came, which share of the step before, and what became of them."""

    name: str
    title: str
    count: int
    entered: int
    before: int | None
    of: int
    rate: float | None
    least: float | None
    most: float | None
    cumulative: float | None
    cost_per: float | None
    currency: str
    median_days: float | None
    went_on: int | None
    waiting: int | None
    lost: int | None
    reasons: str
    note: str

    @property
    def next_rate(self) -> float | None:
        """The share that went on to the next step."""
        return None if self.went_on is None or not self.count else self.went_on / self.count

    @property
    def left_share(self) -> float | None:
        """The share that was lost."""
        return None if self.lost is None or not self.count else self.lost / self.count


@dataclass(frozen=True, slots=True)
class Group:
    """Steps that count the same, on one scale: `most` is the longest bar."""

    title: str
    steps: tuple[Step, ...]
    most: int


def steps_of(rows: Sequence[Row], earlier: Iterable[Row] = ()) -> list[Step]:
    """The steps of one part of the report funnel_steps, with the counts of another period beside them."""
    then = {row["step"]: row["count"] for row in earlier}
    steps: list[Step] = []
    for row in rows:
        came = steps[-1].count if steps else 0
        # Deals of people are no share: one person may have several.
        bounds = (
            wilson(row["count"], came) if row["step"] not in ("visit", "visitor", "opportunity") else None
        )
        steps.append(
            Step(
                row["step"],
                TITLES[row["step"]],
                row["count"],
                row["entered"],
                then.get(row["step"]),
                came,
                row["step_rate"],
                bounds[0] if bounds else None,
                bounds[1] if bounds else None,
                row["cumulative_rate"],
                row["cost_per"],
                row["currency"],
                row["median_days"],
                *(row[name] for name in ("went_on", "waiting", "lost", "reasons", "note")),
            )
        )
    return steps


def groups_of(steps: Sequence[Step]) -> list[Group]:
    """The steps in groups that share a scale."""
    by_name = {step.name: step for step in steps}
    groups = []
    for title, names in GROUPS:
        some = tuple(by_name[name] for name in names if name in by_name)
        if some:
            groups.append(Group(title, some, max(step.count for step in some)))
    return groups


def most_lost(steps: Sequence[Step]) -> Step | None:
    """The step between MQL and won at which most were lost; None if none were."""
    some = [step for step in steps if step.name in QUALIFIED and step.lost]
    return max(some, key=lambda step: step.lost or 0, default=None)


def least_rate(steps: Sequence[Step]) -> Step | None:
    """The step between MQL and won from which the smallest share went on; None if nobody came to any."""
    some = [step for step in steps if step.name in QUALIFIED and step.next_rate is not None]
    return min(some, key=lambda step: step.next_rate or 0.0, default=None)


def next_of(steps: Sequence[Step], step: Step) -> Step | None:
    """The step behind one; None behind the last."""
    at = next(place for place, each in enumerate(steps) if each.name == step.name)
    return steps[at + 1] if at + 1 < len(steps) else None
