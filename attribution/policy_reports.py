"""The section of the policy that says how reports count: it changes no derived row, so no policy version.

Each subsection is a frozen `Section` of its own, put into `Reports` once. What it holds, its properties too,
stands in the texts of views as `{{reports.SUBSECTION.NAME}}`; `leadtrace migrate` puts it there.
"""

from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from attribution.policy_money import MoneyOfReports, OriginsOfReports
from attribution.policy_reasons import ReasonsOfReports
from attribution.policy_scores import ScoresOfReports, TiersOfReports
from attribution.policy_section import Name, Section, Words
from attribution.policy_told import SourcesOfReports
from schemas.terms import Grade

TouchpointKind = Literal[
    "visit", "link_click", "qr_scan", "email_click", "event", "call", "download", "told_by_crm"
]
# The longest time that a number of days may mean: a century.
MOST_DAYS: Final = 36_500
# The models that views define by themselves.
MODELS: Final = (
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position_40_20_40",
    "u_40_40_20",
    "u_50_50",
    "w_shaped",
    "full_path",
    "time_decay",
)

Weight = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6)]


class Weights(Section):
    """A model of the company's own: what each milestone's touch earns; `rest` is shared by all other touches.

    They sum to one. What is missing on a path leaves its weight to those that are there.
    """

    first: Weight = Decimal(0)
    lead: Weight = Decimal(0)
    opportunity: Weight = Decimal(0)
    closing: Weight = Decimal(0)
    rest: Weight = Decimal(0)

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = self.first + self.lead + self.opportunity + self.closing + self.rest
        if total != 1:
            raise ValueError(f"the weights must sum to 1, not to {total.normalize():f}")
        return self


class AttributionOfReports(Section):
    """Which touchpoints earn credit, and how much.

    `lookback_days`: how long before the conversion, 0 for any time. `half_life_days`: after so long, a touch
    earns half by the model time_decay. `kinds`: which kinds of touchpoints qualify; none named: all do.
    `models`: further models by name.
    """

    lookback_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    half_life_days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = 7.0
    kinds: tuple[TouchpointKind, ...] = ()
    models: dict[Name, Weights] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_names_of_its_own(self) -> Self:
        if taken := sorted(set(self.models) & set(MODELS)):
            raise ValueError(f"models.{taken[0]} is a model that is there already: give it another name")
        return self


class ResponseOfReports(Section):
    """When sales has left a lead too long, and whom it is worth to wake.

    `unanswered_days`: how long a marketing qualified lead may wait for the first follow-up that answers.
    `silent_days`: after how long without any touch or follow-up a lead is silent. `good_grades`: the grades
    with which a silent lead is worth waking.
    """

    unanswered_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 5
    silent_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 60
    good_grades: tuple[Grade, ...] = (Grade.INTERESTED, Grade.CONVERTIBLE, Grade.COOPERATING)


class PocOfReports(Section):
    """Results by which a proof of concept passed; `ReasonsOfReports` has those by which one failed."""

    passed: Words = frozenset()


class KeywordsOfReports(Section):
    """How far rates of keywords differ where too few deals tell: a part of their mean."""

    spread: Annotated[float, Field(ge=0.05, le=3)] = 0.5


class Reports(Section):
    """How reports count, a subsection for each subject."""

    attribution: AttributionOfReports = AttributionOfReports()
    reasons: ReasonsOfReports = ReasonsOfReports()
    response: ResponseOfReports = ResponseOfReports()
    keywords: KeywordsOfReports = KeywordsOfReports()
    poc: PocOfReports = PocOfReports()
    money: MoneyOfReports = MoneyOfReports()
    origins: OriginsOfReports = OriginsOfReports()
    scores: ScoresOfReports = ScoresOfReports()
    tiers: TiersOfReports = TiersOfReports()
    sources: SourcesOfReports = SourcesOfReports()

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if both := sorted(self.poc.passed & self.reasons.poc_failed):
            raise ValueError(f"{both[0]!r} stands in poc.passed and in reasons.poc_failed")
        return self


# What holds if a policy says nothing of reports.
DEFAULT: Final = Reports()
