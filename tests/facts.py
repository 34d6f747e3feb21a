"""Builders of facts for tests: only what a story needs is said, the rest has a plain default."""

from itertools import count
from typing import Any

from schemas.codec import Encoded, record_of
from schemas.crm import (
    DealPeopleChanged,
    DealRecorded,
    DeletionRecorded,
    FollowedUp,
    LeadConverted,
    LeadMerged,
    LeadRecorded,
    PocRecorded,
    SourceTold,
    StageChanged,
)
from schemas.envelope import Fact, natural_id
from schemas.identity import LINKS_KEY, IdentityBlocked, IdentityLinked, IdentitySplit
from schemas.sem import AdClicked, AdFact, AdKeywordListed, AdPerformanceReported, keyword_subject
from schemas.topics import CRM, LINKS, SEM, UTM, WEBSITE
from schemas.utm import CampaignTouched, EventAttended, OfflineContact
from schemas.website import (
    CustomTracked,
    FormSubmitted,
    PageEngaged,
    PageViewed,
    VisitorIdentified,
    WebsiteFact,
)

START = 1_767_225_600_000  # 2026-01-01
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_numbers = count()


def given(subject: str, at: int, **more: Any) -> dict[str, Any]:
    """The envelope of a fact that happened `at` milliseconds after the start, and was received at once."""
    return {
        "event_id": natural_id("test", next(_numbers)),
        "occurred_at": START + at,
        "received_at": START + at,
        "source": "test",
        "subject": subject,
    } | more


def page(subject: str, at: int, url: str = "https://www.site.example/", **more: Any) -> PageViewed:
    return PageViewed(**given(subject, at, url=url, **more))


def dwell(subject: str, at: int, url: str, dwell_ms: int) -> PageEngaged:
    return PageEngaged(**given(subject, at, url=url, dwell_ms=dwell_ms))


def form(subject: str, at: int, *others: str, **more: Any) -> FormSubmitted:
    return FormSubmitted(**given(subject, at, **{"others": others, "form": "demo", **more}))


def tracked(subject: str, at: int, name: str, **more: Any) -> CustomTracked:
    return CustomTracked(**given(subject, at, name=name, **more))


def identified(subject: str, at: int, *others: str, **more: Any) -> VisitorIdentified:
    return VisitorIdentified(**given(subject, at, others=others, **more))


def lead(subject: str, at: int, *others: str, **more: Any) -> LeadRecorded:
    return LeadRecorded(**given(subject, at, others=others, **more))


def merged(subject: str, at: int, *losers: str) -> LeadMerged:
    return LeadMerged(**given(subject, at, merged=losers))


def stage(subject: str, at: int, name: str, **more: Any) -> StageChanged:
    return StageChanged(**given(subject, at, **{"system": "crm", "stage": name, **more}))


def follow_up(subject: str, at: int, **more: Any) -> FollowedUp:
    return FollowedUp(**given(subject, at, **more))


def deal(subject: str, at: int, stage: str = "", /, *people: str, **more: Any) -> DealRecorded:
    said = {"system": "crm", "stage": stage, "people": people or None, **more}
    return DealRecorded(**given(subject, at, **said))


def poc(subject: str, at: int, **more: Any) -> PocRecorded:
    return PocRecorded(**given(subject, at, **more))


def deleted(subject: str, at: int, merged_into: str = "", **more: Any) -> DeletionRecorded:
    return DeletionRecorded(**given(subject, at, **{"deleted": True, "merged_into": merged_into, **more}))


def restored(subject: str, at: int) -> DeletionRecorded:
    return DeletionRecorded(**given(subject, at, deleted=False))


def joined(subject: str, at: int, *people: str) -> DealPeopleChanged:
    return DealPeopleChanged(**given(subject, at, joined=people))


def unlinked(subject: str, at: int, *people: str) -> DealPeopleChanged:
    return DealPeopleChanged(**given(subject, at, left=people))


def told(subject: str, at: int, **more: Any) -> SourceTold:
    return SourceTold(**given(subject, at, **{"touched_at": START + at, **more}))


def converted(subject: str, at: int, deal: str) -> LeadConverted:
    return LeadConverted(**given(subject, at, deal=deal))


def click(click_id: str, at: int, **more: Any) -> AdClicked:
    return AdClicked(**given(f"click:{click_id}", at, click_id=click_id, platform="google", **more))


def listed(platform: str, keyword_id: str, at: int, **more: Any) -> AdKeywordListed:
    subject = keyword_subject(platform, more.get("ad_group_id", ""), keyword_id)
    return AdKeywordListed(**given(subject, at, platform=platform, keyword_id=keyword_id, **more))


def ad_day(day: str, keyword: str, cost: int, **more: Any) -> AdPerformanceReported:
    """A day of a keyword of Baidu, in whole units of the currency."""
    said = {"platform": "baidu", "campaign": "brand", "ad_group": "core", "impressions": 100, "clicks": 9}
    said |= {"currency": "CNY", "reported_at": START, "cost_micros": cost * 1_000_000}
    subject = keyword_subject("baidu", "", keyword or "none")
    return AdPerformanceReported(**given(subject, 0, day=day, keyword=keyword, **(said | more)))


def link_click(subject: str, at: int, url: str, *others: str) -> CampaignTouched:
    return CampaignTouched(**given(subject, at, kind="link_click", url=url, others=others))


def contacted(subject: str, at: int, kind: str, *others: str, **more: Any) -> OfflineContact:
    return OfflineContact(**given(subject, at, kind=kind, others=others, **more))


def attended(subject: str, at: int, *others: str, **more: Any) -> EventAttended:
    return EventAttended(**given(subject, at, event="salon", others=others, **more))


def linked(left: str, right: str, at: int = 0) -> IdentityLinked:
    evidence = natural_id("evidence", left, right)
    return IdentityLinked(**given(LINKS_KEY, at, left=left, right=right, evidence=evidence))


def split(left: str, right: str, at: int = 0) -> IdentitySplit:
    return IdentitySplit(**given(LINKS_KEY, at, left=left, right=right))


def blocked(identifier: str, at: int = 0) -> IdentityBlocked:
    return IdentityBlocked(**given(LINKS_KEY, at, identifier=identifier))


def topic_of(fact: Fact) -> str:
    match fact:
        case WebsiteFact():
            return WEBSITE.name
        case CampaignTouched() | EventAttended() | OfflineContact():
            return UTM.name
        case AdFact():
            return SEM.name
        case IdentityLinked() | IdentitySplit() | IdentityBlocked():
            return LINKS.name
        case _:
            return CRM.name


def records(*facts: Fact) -> list[Encoded]:
    """The records of facts, each for its topic."""
    return [record_of(fact, topic_of(fact)) for fact in facts]
