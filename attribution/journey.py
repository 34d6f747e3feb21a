"""derive(): the journey of a person as a pure function of facts and policy."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from attribution.ad_records import ad_records
from attribution.arrivals import arrived
from attribution.facts import by_time
from attribution.feedback import feedback_of
from attribution.lifecycle import stages_of_person
from attribution.opportunity import opportunity_of
from attribution.origin import origin_of
from attribution.policy import Policy
from attribution.profile import profile_of
from attribution.standing import DEAL_FACTS, Deal, deletions, standing_deals
from attribution.told_sources import ToldSource, told_touches
from attribution.touchpoint import touch_from_campaign, touch_from_contact, touch_from_event
from attribution.url import page_of
from attribution.visits import Visit, visits_of, without_repeated
from schemas.crm import DeletionRecorded, LeadRecorded, SourceTold
from schemas.envelope import Fact
from schemas.handover import AnyFact
from schemas.journey import DealOnJourney, Journey, StageEntry, Touchpoint
from schemas.sem import AdKeywordListed
from schemas.terms import Stage, TouchKind
from schemas.utm import CampaignTouched, EventAttended, OfflineContact
from schemas.website import (
    CustomTracked,
    FormSubmitted,
    PageEngaged,
    PageViewed,
    VisitorIdentified,
    WebsiteFact,
)

# Nearly all facts are of these types. Visits are made of them, but no stage, deal, follow-up or attribute.
ONLY_IN_VISITS = frozenset({PageViewed, PageEngaged, CustomTracked})

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one person: the facts of each identifier, and whether some had to go."""

    facts: Mapping[str, tuple[AnyFact, ...]]
    truncated: bool = False
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    """A journey, and what it was concluded from: the visits of each identifier, all touchpoints in the order
    of (time, id), and the issues that no landing page tells of."""

    journey: Journey
    visits: Mapping[str, tuple[Visit, ...]] = field(default_factory=dict)
    touchpoints: tuple[Touchpoint, ...] = ()
    issues: frozenset[str] = frozenset()


def derive(person: str, known: Known, version: int, policy: Policy) -> Journey:
    """Derive a person's journey. The order of the facts doesn't matter."""
    return derive_closely(person, known, version, policy).journey


def derive_closely(person: str, known: Known, version: int, policy: Policy) -> Derived:
    """Derive a person's journey, and tell what it was concluded from."""
    facts = {fact.event_id: fact for group in known.facts.values() for fact in group}
    if not facts and not known.issues:
        return Derived(_nobody(person, version, policy, known_at=0))
    counted = _counted(facts.values(), known.facts)
    if known.facts and not counted.by_identifier:
        known_at = max(fact.received_at for fact in facts.values())
        return Derived(_nobody(person, version, policy, known_at))
    ordered = counted.facts
    telling = _telling(ordered)
    first, last = _lived(ordered), _lived(reversed(ordered))
    touchpoints, visits = _touchpoints(counted.by_identifier, policy)
    stages = stages_of_person(telling, visitor_by(touchpoints), counted.deals, policy)
    kept = kept_of(touchpoints, policy)
    profile, feedback = profile_of(telling, policy), feedback_of(telling, policy)
    issues = frozenset({*known.issues, *stages.issues, *feedback.issues, *clock_issues(facts.values())})
    is_lead = any(entry.stage is Stage.LEAD for entry in stages.entries)
    journey = Journey(
        person=person,
        version=version,
        policy_version=policy.version,
        known_at=max((fact.received_at for fact in ordered), default=0),
        is_lead=is_lead,
        is_bot=not is_lead and bool(touchpoints) and all(each.is_bot for each in touchpoints),
        is_internal=_is_internal(ordered, counted.by_identifier, policy),
        truncated=known.truncated or len(kept) < len(touchpoints),
        facts=len(ordered),
        first_at=first.occurred_at if first else 0,
        last_at=last.occurred_at if last else 0,
        identifiers=tuple(sorted(counted.by_identifier)),
        account=profile.account or profile.domain,
        domain=profile.domain,
        company=profile.company,
        owner=profile.owner,
        lead_source=profile.lead_source,
        attributes=profile.attributes,
        grade=feedback.grade,
        tags=feedback.tags,
        canonical_grade=feedback.canonical_grade,
        graded_at=feedback.graded_at,
        canonical_tags=feedback.canonical_tags,
        touchpoints=kept,
        stages=stages.entries,
        follow_ups=feedback.follow_ups,
        deals=_deals(counted.deals, policy),
        issues=tuple(sorted(issues | url_issues(touchpoints, policy))),
    )
    return Derived(journey, visits, tuple(touchpoints), issues)


def _nobody(person: str, version: int, policy: Policy, known_at: int) -> Journey:
    return Journey(
        person=person, version=version, policy_version=policy.version, known_at=known_at, is_deleted=True
    )


def _telling(facts: Iterable[AnyFact]) -> list[AnyFact]:
    return [fact for fact in facts if type(fact) not in ONLY_IN_VISITS]


def _lived(facts: Iterable[AnyFact]) -> AnyFact | None:
    # What a keyword stood for is known for years before anybody lands with it; deleting is the CRM's act.
    return next((fact for fact in facts if not isinstance(fact, AdKeywordListed | DeletionRecorded)), None)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What counts of all that is known of a person: nothing that the CRM took back, and no deal they are not
    on. `facts` are in the order of (time, id), `by_identifier` are the same without those of deals."""

    facts: list[AnyFact]
    by_identifier: dict[str, tuple[AnyFact, ...]]
    deals: dict[str, Deal]


def _counted(facts: Iterable[AnyFact], by_identifier: Mapping[str, tuple[AnyFact, ...]]) -> _Counted:
    known = list(facts)
    telling = _telling(known)
    if not any(isinstance(fact, (DeletionRecorded, *DEAL_FACTS)) for fact in telling):
        # Most journeys have no deal, and nothing was taken back.
        return _Counted(sorted(known, key=by_time), dict(by_identifier), {})
    gone = deletions(telling)
    standing = {
        name: _without(of, gone) if gone else of for name, of in by_identifier.items() if name not in gone
    }
    deals = {
        name: deal
        for name, deal in standing_deals(telling).items()
        if deal.is_recorded and not standing.keys().isdisjoint(deal.people)
    }
    told = {fact.event_id for deal in deals.values() for fact in deal.facts}
    counts = [
        fact
        for fact in known
        if (fact.event_id in told if isinstance(fact, DEAL_FACTS) else fact.subject not in gone)
    ]
    return _Counted(sorted(counts, key=by_time), standing, deals)


def _without(facts: tuple[AnyFact, ...], gone: Collection[str]) -> tuple[AnyFact, ...]:
    return tuple(fact for fact in facts if fact.subject not in gone)


def _touchpoints(
    facts: Mapping[str, tuple[AnyFact, ...]], policy: Policy
) -> tuple[list[Touchpoint], dict[str, tuple[Visit, ...]]]:
    touchpoints: dict[str, Touchpoint] = {}
    visits: list[Visit] = []
    by_identifier: dict[str, tuple[Visit, ...]] = {}
    told: list[ToldSource] = []
    for identifier in sorted(facts):
        records = ad_records(facts[identifier])
        website: dict[str, list[WebsiteFact]] = {}
        for fact in facts[identifier]:
            match fact:
                case WebsiteFact():
                    website.setdefault(fact.subject, []).append(fact)
                case CampaignTouched():
                    touchpoints[fact.event_id] = touch_from_campaign(fact, identifier, records, policy)
                case EventAttended():
                    touchpoints[fact.event_id] = touch_from_event(fact, identifier)
                case OfflineContact():
                    touchpoints[fact.event_id] = touch_from_contact(fact, identifier, records, policy)
                case SourceTold():
                    told.append(ToldSource(fact, identifier, records))
                case _:
                    pass
        of_it = [visits_of(website[subject], identifier, records, policy) for subject in sorted(website)]
        by_identifier[identifier] = tuple(visit for of_subject in of_it for visit in of_subject)
        visits.extend(by_identifier[identifier])
    visits = without_repeated(visits, touchpoints.values(), policy)
    if touchpoints:
        gone = arrived(visits)
        touchpoints = {name: each for name, each in touchpoints.items() if name not in gone}
    touchpoints.update((visit.touchpoint.id, visit.touchpoint) for visit in visits)
    touchpoints.update((each.id, each) for each in told_touches(told, list(touchpoints.values()), policy))
    return sorted(touchpoints.values(), key=place_of), by_identifier


def place_of(touchpoint: Touchpoint) -> tuple[int, str]:
    """Return what touchpoints are ordered by."""
    return touchpoint.at, touchpoint.id


def _is_internal(facts: Iterable[AnyFact], identifiers: Iterable[str], policy: Policy) -> bool:
    own = policy.internal
    if not own.identifiers.isdisjoint(identifiers):
        return True
    for fact in facts if own.email_domains or own.hosts else ():
        if isinstance(fact, WebsiteFact) and is_own_page(fact.url, policy):
            return True
        if isinstance(fact, LeadRecorded) and fact.email_domain.lower() in own.email_domains:
            return True
        given = fact.attributes if isinstance(fact, FormSubmitted | VisitorIdentified) else {}
        if given.get("email_domain", "").lower() in own.email_domains:
            return True
    return False


def is_own_page(url: str, policy: Policy) -> bool:
    """Say whether only one's own people see the page at this URL."""
    return bool(policy.internal.hosts) and page_of(url)[0] in policy.internal.hosts


def clock_issues(facts: Iterable[Fact]) -> set[str]:
    """Say that a sender's clock told a time that can't be; what it told then stands where it was received."""
    return {"clock_not_believed"} if any(fact.stated_at is not None for fact in facts) else set()


def url_issues(touchpoints: Iterable[Touchpoint], policy: Policy) -> set[str]:
    """Return what could not be understood in the addresses that touchpoints landed with."""
    return {
        issue
        for touchpoint in touchpoints
        if touchpoint.landing_url
        for issue in origin_of(touchpoint.landing_url, touchpoint.referrer, policy).issues
    }


def first_seen(touchpoints: Iterable[Touchpoint]) -> Touchpoint | None:
    """Return the first touchpoint that somebody saw, of those in the order of (time, id)."""
    # What the CRM tells is no visit that anybody saw: it may be dated after the person has become a lead.
    return next((touch for touch in touchpoints if touch.kind is not TouchKind.TOLD_BY_CRM), None)


def visitor_by(touchpoints: Iterable[Touchpoint]) -> StageEntry | None:
    """Return the entry into the first stage, by touchpoints in the order of (time, id)."""
    seen = first_seen(touchpoints)
    return StageEntry(stage=Stage.VISITOR, at=seen.at, occurrence=1, id=seen.id) if seen else None


def _deals(deals: Mapping[str, Deal], policy: Policy) -> tuple[DealOnJourney, ...]:
    known = [opportunity_of(name, deals[name], 0, 0, policy) for name in sorted(deals)]
    return tuple(
        DealOnJourney(
            deal=deal.deal,
            name=deal.name,
            stage=deal.stage,
            opened_at=deal.opened_at,
            closed_at=deal.closed_at,
            amount_minor=deal.amount_minor,
            currency=deal.currency,
        )
        for deal in known
    )


def kept_of(touchpoints: Sequence[Item], policy: Policy) -> tuple[Item, ...]:
    """Return the first and the last touchpoints, as many as a journey may have by the policy."""
    if len(touchpoints) <= policy.bounds.touchpoints:
        return tuple(touchpoints)
    first, last = policy.bounds.touchpoints_first, policy.bounds.touchpoints_last
    return (*touchpoints[:first], *touchpoints[len(touchpoints) - last :])
