"""What ad platforms report: clicks, keywords with their ids, cost; and what currencies are worth."""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.envelope import Fact
from schemas.terms import AdNames, Count, GivenId, Holds, Millis, ShortText

Day = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="a day in the account's time zone"),
    Holds.CLOSED,
]
# Their ids of keywords are the same in every ad group that bids on the same text.
IDS_REPEAT_ACROSS_GROUPS: Final = frozenset({"360", "google"})
Currency = Annotated[
    str, Field(pattern=r"^([A-Z]{3})?$", description="ISO 4217; empty: not said"), Holds.CLOSED
]

# Without a zero at its end, so that one rate has one text; never 0.
Rate = Annotated[
    str,
    Field(pattern=r"^(0\.[0-9]{0,17}[1-9]|[1-9][0-9]{0,11}(\.[0-9]{0,17}[1-9])?)$"),
    Holds.CLOSED,
]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217"), Holds.CLOSED]


class AdFact(Fact):
    """Where in an ad account: campaign (计划), ad group (单元), keyword (关键词), by name and id if told."""

    platform: ShortText = Field(
        min_length=1, description="baidu, 360, sogou, shenma, google, microsoft, meta, linkedin …"
    )
    account: AdNames = ""
    campaign: AdNames = ""
    campaign_id: GivenId = ""
    ad_group: AdNames = ""
    ad_group_id: GivenId = ""
    keyword: AdNames = ""
    keyword_id: GivenId = ""
    match_type: ShortText = ""
    device: ShortText = ""


class AdClicked(AdFact):
    """The platform's own record of one click; `subject` is "click:<click id>"."""

    type: Literal["ad_clicked"] = "ad_clicked"
    click_id: GivenId = Field(min_length=1)
    search_term: AdNames = ""


class AdKeywordListed(AdFact):
    """What a keyword's id stood for, as known since `occurred_at`; `subject` is made by `keyword_subject`.

    Whatever is renamed or moved is listed again, under the same id or a new one: so an id has a history.
    """

    type: Literal["ad_keyword_listed"] = "ad_keyword_listed"
    keyword_id: GivenId = Field(min_length=1)


class AdPerformanceReported(AdFact):
    """One day of one keyword; `reported_at` says when the platform made the report, and the newest counts."""

    type: Literal["ad_performance_reported"] = "ad_performance_reported"
    day: Day
    reported_at: Millis
    impressions: Count
    clicks: Count
    cost_micros: Count = Field(description="millionths of the currency unit")
    currency: Currency = ""


class ExchangeRateReported(Fact):
    """What a currency was worth on a day: one unit of `currency` is `rate` units of `in_currency`.

    `subject` is "rate:<currency>/<in_currency>". Of several of one pair and day the newest `reported_at`
    counts.
    """

    type: Literal["exchange_rate_reported"] = "exchange_rate_reported"
    day: Day
    currency: Code
    in_currency: Code
    rate: Rate
    reported_at: Millis


SemEvent = Annotated[
    AdClicked | AdKeywordListed | AdPerformanceReported | ExchangeRateReported, Field(discriminator="type")
]
# What only ClickHouse needs: no journey changes by it.
OF_REPORTS: Final = (AdPerformanceReported, ExchangeRateReported)


def keyword_subject(platform: str, ad_group_id: str, keyword_id: str) -> str:
    """Name what an id of a keyword stands for: "keyword:<platform>:<keyword id>".

    Where ids repeat across ad groups it is "keyword:<platform>:<ad group id>:<keyword id>"; the ad group's id
    is empty if it isn't known.
    """
    if platform in IDS_REPEAT_ACROSS_GROUPS:
        return f"keyword:{platform}:{ad_group_id}:{keyword_id}"
    return f"keyword:{platform}:{keyword_id}"
