"""Facts → what they say about others: who is one person with whom, who carried which id of an ad platform."""

from collections.abc import Iterable, Mapping

from attribution.ad_records import keys_of
from attribution.identity import DEVICE
from attribution.origin import origin_of
from attribution.policy import Policy
from attribution.state import EmittedLink
from attribution.told_sources import told_url
from attribution.touchpoint import tagged_page
from schemas.crm import LeadMerged, LeadRecorded, SourceTold
from schemas.envelope import natural_id, precedence
from schemas.handover import AnyFact, ClickMentioned
from schemas.identity import LINKS_KEY, IdentityLinked
from schemas.terms import kind_of
from schemas.utm import CampaignTouched, EventAttended, OfflineContact
from schemas.website import PageEngaged, WebsiteFact

# More pairs than this are emitted again instead of remembered; a person has no reason to come near it.
MAX_EMITTED = 256


def names_in(fact: AnyFact) -> tuple[str, ...]:
    """Return the identifiers that a fact says are the same person as its subject."""
    match fact:
        case WebsiteFact() | CampaignTouched() | EventAttended() | OfflineContact() | LeadRecorded():
            return tuple(name for name in fact.others if name != fact.subject)
        case LeadMerged():
            return tuple(name for name in fact.merged if name != fact.subject)
        case _:
            return ()


def pairs_in(fact: AnyFact) -> list[tuple[str, str]]:
    """Return the pairs that a fact ties together: its subject with all others.

    What was said on a device is also tied directly, so that it holds when the device turns out to be shared.
    """
    names = sorted(names_in(fact))
    if not names:
        return []
    pairs = [(fact.subject, name) for name in names]
    if kind_of(fact.subject) == DEVICE:
        persons = [name for name in names if kind_of(name) != DEVICE]
        pairs += [(persons[0], name) for name in persons[1:]]
    return [(min(pair), max(pair)) for pair in pairs]


def links_of(
    fresh: Iterable[AnyFact], emitted: Mapping[str, EmittedLink]
) -> tuple[list[IdentityLinked], dict[str, EmittedLink]]:
    """Make the links that new facts give reason for, and remember them.

    Two identifiers have one link. Of all facts that tie them, the one received first is its evidence, so a
    fact that was received later says nothing new.
    """
    known = dict(emitted)
    links: dict[str, IdentityLinked] = {}
    for fact in fresh:
        for left, right in pairs_in(fact):
            pair = f"{left}\n{right}"  # no identifier has a line break
            made = link(fact, left, right)
            received, tie = precedence(made)
            held = known.get(pair)
            if held is not None and (held.received_at, held.tie) <= (received, tie):
                continue
            if held is not None or len(known) < MAX_EMITTED:
                known[pair] = EmittedLink(received_at=received, tie=tie)
            links[pair] = made
    return [links[pair] for pair in sorted(links)], known


def link(fact: AnyFact, left: str, right: str) -> IdentityLinked:
    """Make the link between two identifiers, with a fact as its evidence."""
    return IdentityLinked(
        event_id=natural_id("link", left, right),
        occurred_at=fact.occurred_at,
        received_at=fact.received_at,
        source="leadtrace",
        subject=LINKS_KEY,
        left=left,
        right=right,
        evidence=fact.event_id,
        rule=fact.type,
    )


def mentioned(facts: Iterable[AnyFact], policy: Policy) -> set[str]:
    """Return the subjects of all that ad platforms may tell of the URLs in these facts."""
    return {
        subject
        for fact in facts
        # Most pages have no parameters, and so no id in them. Time on a page begins no visit.
        if (url := _landing_of(fact)) and ("?" in url[0] or "#" in url[0])
        for subject in keys_of(origin_of(*url, policy))
    }


def _landing_of(fact: AnyFact) -> tuple[str, str] | None:
    match fact:
        case PageEngaged():
            return None
        case WebsiteFact() | CampaignTouched():
            return fact.url, fact.referrer
        case SourceTold():
            return told_url(fact), fact.referrer
        case OfflineContact():
            return tagged_page(fact.url, fact.tags), fact.referrer
        case _:
            return None


def click_mentions(
    key: str, fresh: Iterable[AnyFact], known: Iterable[AnyFact], policy: Policy
) -> list[ClickMentioned]:
    """Say which ids of ad platforms came with the URLs of new facts, and with none that is known."""
    found = mentioned(fresh, policy)
    new = found - mentioned(known, policy) if found else found
    return [ClickMentioned(key=subject, identifier=key) for subject in sorted(new)]
