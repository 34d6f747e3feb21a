"""What ad platforms report: single clicks with their keyword, and daily performance by keyword."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Fact
from schemas.terms import Millis, ShortText

Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="a day in the account's time zone")]
Currency = Annotated[str, Field(pattern=r"^([A-Z]{3})?$", description="ISO 4217; empty: not said")]


class AdFact(Fact):
    """Where in an ad account: campaign (计划), ad group (单元), keyword (关键词), by name and id if told."""

    platform: ShortText = Field(min_length=1, description="baidu, 360, sogou, shenma, google, microsoft …")
    account: ShortText = ""
    campaign: ShortText = ""
    campaign_id: ShortText = ""
    ad_group: ShortText = ""
    ad_group_id: ShortText = ""
    keyword: ShortText = ""
    keyword_id: ShortText = ""
    match_type: ShortText = ""
    device: ShortText = ""


class AdClicked(AdFact):
    """The platform's own record of one click; `subject` is "click:<click id>"."""

    type: Literal["ad_clicked"] = "ad_clicked"
    click_id: ShortText = Field(min_length=1)
    search_term: ShortText = ""


class AdPerformanceReported(AdFact):
    """One day of one keyword; `reported_at` says when the platform made the report, and the newest counts."""

    type: Literal["ad_performance_reported"] = "ad_performance_reported"
    day: Day
    reported_at: Millis
    impressions: int = Field(ge=0)
    clicks: int = Field(ge=0)
    cost_micros: int = Field(ge=0, description="millionths of the currency unit")
    currency: Currency = ""


SemEvent = Annotated[AdClicked | AdPerformanceReported, Field(discriminator="type")]
