"""What the policy says of the quality of leads and customers: points, decay, grades and tiers."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from attribution.policy_section import Name, Pattern, Section, Word
from schemas.terms import Grade

_BEYOND_RE2 = re.compile(r"\(\?<?[=!]|\\[1-9]|\(\?P=")


def _searchable(pattern: str) -> str:
    if _BEYOND_RE2.search(pattern):
        raise ValueError(f"{pattern!r} looks around or back, which ClickHouse can't")
    return pattern


StepKind = Literal[
    "visit", "link_click", "qr_scan", "email_click", "event", "call", "download", "told_by_crm", "follow_up"
]
Sought = Annotated[Pattern, AfterValidator(_searchable)]
Points = Annotated[int, Field(ge=-1000, le=1000)]
Money = Annotated[int, Field(ge=0)]
Letter = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9+-]{0,7}$")]


class ScoreRule(Section):
    """Points for each touchpoint or follow-up that is all that the rule names.

    `page` and `content` are searched for; `content` of a follow-up is its category. `for_each` says what
    earns the points: the step, each page read, or each form sent.
    """

    name: Name
    group: Name
    points: Points
    kinds: tuple[StepKind, ...] = ()
    channels: tuple[Word, ...] = ()
    page: Sought = ""
    content: Sought = ""
    for_each: Literal["step", "page", "form"] = "step"


class FitRule(Section):
    """Points for what the CRM says of a lead, as long as it says so; `values` is searched for."""

    name: Name
    attribute: Annotated[str, Field(min_length=1)]
    values: Sought
    points: Points


class GradeLevel(Section):
    """Marketing's grade of a score from so many points on, and which grades of sales mean the same."""

    grade: Letter
    from_points: Annotated[int, Field(ge=-100_000, le=100_000)]
    means: tuple[Grade, ...]


class ScoresOfReports(Section):
    """How the score of a lead follows from its behaviour and its fit.

    `decay_per_silent_day`: the share of behaviour's points that a day without any takes away. `caps`: the
    most points of a group; `cap`: of all together. `grades`: from the best to the last, which takes all that
    is left.
    """

    decay_per_silent_day: Annotated[float, Field(ge=0, le=0.5)] = 0.02
    cap: Annotated[int, Field(ge=1, le=100_000)] = 100
    caps: dict[Name, Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default_factory=lambda: {"website": 40, "campaigns": 20, "events": 40, "fit": 30}
    )
    rules: tuple[ScoreRule, ...] = (
        ScoreRule(name="visit", group="website", points=2, kinds=("visit",)),
        ScoreRule(name="page", group="website", points=1, kinds=("visit",), for_each="page"),
        ScoreRule(name="price", group="website", points=10, kinds=("visit",), page="pric|报价|价格"),
        ScoreRule(name="form", group="website", points=15, for_each="form"),
        ScoreRule(name="link", group="campaigns", points=3, kinds=("link_click", "qr_scan", "email_click")),
        ScoreRule(name="event", group="events", points=20, kinds=("event",)),
        ScoreRule(name="call", group="events", points=20, kinds=("call",)),
        ScoreRule(name="download", group="campaigns", points=5, kinds=("download",)),
    )
    fit: tuple[FitRule, ...] = ()
    grades: tuple[GradeLevel, ...] = (
        GradeLevel(grade="A", from_points=60, means=("convertible", "cooperating")),
        GradeLevel(grade="B", from_points=30, means=("interested",)),
        GradeLevel(grade="C", from_points=10, means=("nurture",)),
        GradeLevel(grade="D", from_points=0, means=("invalid",)),
    )

    @property
    def kept_per_silent_day(self) -> float:
        """What is left of behaviour's points after a day without any."""
        return 1 - self.decay_per_silent_day

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        _demand_once(
            "rules and fit", [*(rule.name for rule in self.rules), *(rule.name for rule in self.fit)]
        )
        _demand_once("grades", [level.grade for level in self.grades])
        _demand_once("grades' means", [meant for level in self.grades for meant in level.means])
        points = [level.from_points for level in self.grades]
        if not points or points != sorted(set(points), reverse=True):
            raise ValueError("grades must go from the most points down to the fewest")
        if any(rule.group == "fit" for rule in self.rules):
            raise ValueError("the group 'fit' is that of the rules for attributes: name another one")
        return self


class Tier(Section):
    """Which customers are of a tier: those who are all that it names.

    `revenue`: won so much at least, in the currency of any of these; `deals`: so many won deals;
    `attributes`: what the CRM says of the account or its people, searched for.
    """

    name: Letter
    revenue: dict[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], Money] = Field(default_factory=dict)
    deals: Annotated[int, Field(ge=0)] = 0
    attributes: dict[str, Sought] = Field(default_factory=dict)


class TierRevenue(Section):
    """That the tier at this place, from 1, asks for so much in this currency, or for another one's amount."""

    place: int
    currency: str
    amount: int


class TierAttribute(Section):
    """That the tier at this place, from 1, asks for an attribute."""

    place: int
    attribute: str
    values: str


def _tier(name: str, cny: int, others: int) -> Tier:
    return Tier(name=name, revenue={"CNY": cny, "USD": others, "EUR": others})


class TiersOfReports(Section):
    """The tiers of customers, from the best on: the first whose conditions hold counts; the last has none."""

    levels: tuple[Tier, ...] = (
        _tier("S", 1_000_000, 150_000),
        _tier("A", 300_000, 45_000),
        _tier("B", 100_000, 15_000),
        Tier(name="C"),
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tiers, from the best on."""
        return tuple(tier.name for tier in self.levels)

    @property
    def deals(self) -> tuple[int, ...]:
        """How many deals each tier asks for."""
        return tuple(tier.deals for tier in self.levels)

    @property
    def revenue(self) -> tuple[TierRevenue, ...]:
        """What each tier asks for, by currency."""
        return tuple(
            TierRevenue(place=place, currency=currency, amount=amount)
            for place, tier in enumerate(self.levels, 1)
            for currency, amount in tier.revenue.items()
        )

    @property
    def attributes(self) -> tuple[TierAttribute, ...]:
        """What each tier asks for, by attribute."""
        return tuple(
            TierAttribute(place=place, attribute=attribute, values=values)
            for place, tier in enumerate(self.levels, 1)
            for attribute, values in tier.attributes.items()
        )

    @model_validator(mode="after")
    def _has_a_last_one_for_all(self) -> Self:
        _demand_once("levels", [tier.name for tier in self.levels])
        if not self.levels or self.levels[-1] != Tier(name=self.levels[-1].name):
            raise ValueError("the last of the levels must have no condition: it takes every other customer")
        return self


def _demand_once(what: str, names: list[Any]) -> None:
    if twice := sorted({str(name) for name in names if names.count(name) > 1}):
        raise ValueError(f"{what} name {twice[0]!r} twice")
