"""What the CRM was told of how a lead came → touchpoints, where nothing that was seen itself says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from attribution.ad_records import AdRecords
from attribution.facts import by_time
from attribution.origin import is_direct, origin_of
from attribution.policy import Policy
from attribution.touchpoint import tagged_page, touch_from_url
from schemas.crm import SourceTold
from schemas.journey import Touchpoint
from schemas.terms import TouchKind

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class ToldSource:
    """A word of the CRM on how a lead came, with what its identifier knows of clicks and keywords."""

    fact: SourceTold
    identifier: str
    records: AdRecords


def told_touches(told: Iterable[ToldSource], seen: Sequence[Touchpoint], policy: Policy) -> list[Touchpoint]:
    """Return a touchpoint for each source that the CRM tells, and that no touchpoint of the person has yet.

    Forms write into the CRM what the website saw, and the same must not earn credit twice: one with the same
    click id is the same, and so is one up to a day after it with the same channel, platform and campaign.
    Where the CRM tells no campaign, any will do. What names no source, such as a bare page, is no touchpoint.
    """
    newest: dict[tuple[str, str], ToldSource] = {}
    for each in sorted(told, key=lambda each: by_time(each.fact)):
        newest[each.fact.subject, each.fact.which] = each
    known = list(seen)
    made: list[Touchpoint] = []
    for each in sorted(newest.values(), key=lambda each: (each.fact.touched_at, each.fact.event_id)):
        touch = _touch(each, policy)
        if touch is not None and not any(_is_same(touch, other) for other in known):
            made.append(touch)
            known.append(touch)
    return made


def told_url(fact: SourceTold) -> str:
    """Return the landing page with the tags that the CRM tells beside it; those of the page itself count."""
    return tagged_page(fact.landing_url, fact.tags)


def _touch(told: ToldSource, policy: Policy) -> Touchpoint | None:
    fact, url = told.fact, told_url(told.fact)
    if is_direct(origin_of(url, fact.referrer, policy)):
        return None
    touch = touch_from_url(
        TouchKind.TOLD_BY_CRM, fact, url, fact.referrer, told.identifier, told.records, policy
    )
    return replace(touch, at=fact.touched_at, ended_at=fact.touched_at, landing_url=fact.landing_url)


def _is_same(told: Touchpoint, other: Touchpoint) -> bool:
    if not set(told.click_ids).isdisjoint(other.click_ids):
        return True
    if other.at > told.at + DAY_MS or (told.channel, _who(told)) != (other.channel, _who(other)):
        return False
    return not told.campaign or told.campaign.casefold() == other.campaign.casefold()


def _who(touch: Touchpoint) -> str:
    return (touch.platform or touch.source).casefold()
