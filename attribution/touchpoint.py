"""Single facts → touchpoints: where a contact came from, and what the ad platform knows of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from attribution.ad_records import NO_RECORDS, AdRecords, click_of, keyword_of
from attribution.origin import is_direct, origin_of
from attribution.policy import Policy
from schemas.envelope import Fact
from schemas.journey import Touchpoint
from schemas.sem import AdClicked, AdKeywordListed
from schemas.terms import TouchKind
from schemas.utm import CampaignTouched, EventAttended, OfflineContact

OFFLINE_EVENT = "offline_event"
# The channels of contacts of which nothing says where they came from.
_OF_CONTACTS = {"call": "phone_call", "download": "content_download"}
_NOWHERE = "https://crm.invalid/"


def touch_from_url(
    kind: TouchKind,
    fact: Fact,
    url: str,
    referrer: str,
    identifier: str,
    records: AdRecords,
    policy: Policy,
    **seen: Any,
) -> Touchpoint:
    """Make the touchpoint that a URL with its referrer says, begun by `fact`.

    The platform's record of the click says it best, then the URL, then its list of keywords. `seen` are
    fields of the touchpoint that no URL tells, as the time that it took.
    """
    origin = origin_of(url, referrer, policy)
    touchpoint = Touchpoint(
        id=fact.event_id,
        kind=kind,
        identifier=identifier,
        channel=origin.channel,
        rule=origin.rule,
        platform=origin.platform,
        source=origin.source,
        medium=origin.medium,
        campaign=origin.campaign,
        campaign_id=origin.campaign_id,
        ad_group=origin.ad_group,
        ad_group_id=origin.ad_group_id,
        keyword=origin.keyword,
        keyword_id=origin.keyword_id,
        search_term=origin.search_term,
        content=origin.content,
        author=origin.author,
        published=origin.published,
        landing_url=url,
        referrer=referrer,
        click_network=origin.click_network,
        click_ids=tuple(f"{name}={value}" for name, value in origin.click_ids),
        **{"at": fact.occurred_at, "ended_at": fact.occurred_at, **seen},
    )
    if records is NO_RECORDS:
        return touchpoint
    if click := click_of(origin, records):
        touchpoint = _resolved(touchpoint, click)
    listed = keyword_of(origin, fact.occurred_at, records)
    return _completed(touchpoint, listed) if listed else touchpoint


def touch_from_campaign(
    fact: CampaignTouched, identifier: str, records: AdRecords, policy: Policy
) -> Touchpoint:
    """Make the touchpoint of a tagged link, a QR code or a link in an e-mail."""
    return touch_from_url(TouchKind(fact.kind), fact, fact.url, fact.referrer, identifier, records, policy)


def touch_from_event(fact: EventAttended, identifier: str) -> Touchpoint:
    """Make the touchpoint of an event that somebody came to."""
    return Touchpoint(
        id=fact.event_id,
        kind=TouchKind.EVENT,
        at=fact.occurred_at,
        ended_at=fact.occurred_at,
        identifier=identifier,
        channel=OFFLINE_EVENT,
        rule=OFFLINE_EVENT,
        source="event",
        campaign=fact.campaign or fact.event,
        content=fact.event,
    )


def touch_from_contact(
    fact: OfflineContact, identifier: str, records: AdRecords, policy: Policy
) -> Touchpoint:
    """Make the touchpoint of a call or a download: of the channel that its tags say, else of its own."""
    kind, url = TouchKind(fact.kind), tagged_page(fact.url, fact.tags)
    if not is_direct(origin_of(url, fact.referrer, policy)):
        touch = touch_from_url(kind, fact, url, fact.referrer, identifier, records, policy)
        return replace(touch, landing_url=fact.url, content=touch.content or fact.about)
    channel = _OF_CONTACTS[fact.kind]
    return Touchpoint(
        id=fact.event_id,
        kind=kind,
        at=fact.occurred_at,
        ended_at=fact.occurred_at,
        identifier=identifier,
        channel=channel,
        rule=channel,
        source=fact.kind,
        content=fact.about,
        landing_url=fact.url,
    )


def tagged_page(page: str, tags: Mapping[str, str]) -> str:
    """Return a page's address with the tags that are told beside it; those of the page itself count."""
    page, mark, fragment = (page or _NOWHERE).partition("#")
    there = {name.casefold() for name, _ in parse_qsl(page.partition("?")[2], keep_blank_values=False)}
    missing = {name: value for name, value in sorted(tags.items()) if name.casefold() not in there}
    if missing:
        page += ("&" if "?" in page else "?") + urlencode(missing)
    return page + mark + fragment


def _resolved(touchpoint: Touchpoint, click: AdClicked) -> Touchpoint:
    """Let the platform's own record of the click override what the URL said, where it says anything."""
    return replace(
        touchpoint,
        platform=click.platform,
        campaign=click.campaign or touchpoint.campaign,
        campaign_id=click.campaign_id or touchpoint.campaign_id,
        ad_group=click.ad_group or touchpoint.ad_group,
        ad_group_id=click.ad_group_id or touchpoint.ad_group_id,
        keyword=click.keyword or touchpoint.keyword,
        keyword_id=click.keyword_id or touchpoint.keyword_id,
        search_term=click.search_term or touchpoint.search_term,
        resolved_by=click.event_id,
    )


def _completed(touchpoint: Touchpoint, listed: AdKeywordListed) -> Touchpoint:
    """Let the list of keywords fill in what is still missing, if it speaks of the same keyword."""
    if (touchpoint.platform, touchpoint.keyword_id) != (listed.platform, listed.keyword_id):
        return touchpoint
    completed = replace(
        touchpoint,
        campaign=touchpoint.campaign or listed.campaign,
        campaign_id=touchpoint.campaign_id or listed.campaign_id,
        ad_group=touchpoint.ad_group or listed.ad_group,
        ad_group_id=touchpoint.ad_group_id or listed.ad_group_id,
        keyword=touchpoint.keyword or listed.keyword,
    )
    if completed == touchpoint or (touchpoint.resolved_by and touchpoint.keyword):
        return completed
    return replace(completed, resolved_by=listed.event_id)
