"""What a derivation leaves for the next one: which touchpoints are closed, from where on visits may go on."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from attribution.advance import Step
from attribution.expiry import spans_of_visitors
from attribution.facts import by_time
from attribution.identity import DEVICE
from attribution.journey import Derived, place_of, url_issues
from attribution.layout import OWN, Memo, Place
from attribution.links import mentioned
from attribution.own_facts import counted_facts
from attribution.policy import Policy
from attribution.state import State
from attribution.visits import Visit
from schemas.closed_touchpoints import close
from schemas.crm import DeletionRecorded, SourceTold
from schemas.handover import AnyFact
from schemas.journey import ClosedTouchpoint
from schemas.said import said
from schemas.terms import kind_of
from schemas.website import PageEngaged, PageViewed, WebsiteFact

# What every fact may move stands in the head of the state, and touchpoints in records of their own.
_LOOK_BACK: Final = 3
_NOT_TOLD: Final = frozenset(
    {"version", "known_at", "facts", "last_at", "is_bot", "truncated", "issues", "touchpoints", "closed"}
)


class Remembered(NamedTuple):
    """The memo; the snapshot as its JSON says it; the closed touchpoints that it names; and from which place
    on visits may go on."""

    memo: Memo
    snapshot: Mapping[str, Any]
    closed: tuple[ClosedTouchpoint, ...] = ()
    start: Place | None = None


def remembered(key: str, step: Step, current: str, policy: Policy) -> Remembered | None:
    """Return what there is to remember of a step, after which only the visits of one identifier may go on;
    None if it makes no journey."""
    derived, state = step.derived, step.state
    if derived is None:
        return None
    is_handed = current == OWN and (state.person not in (None, key) or bool(state.shared))
    open_visits = () if is_handed else _open_visits(key, state, current, derived)
    touchpoints = tuple(visit.touchpoint for visit in open_visits)
    names = {each.id for each in touchpoints}
    journey = derived.journey
    closed = tuple(close(key, each) for each in journey.touchpoints if each.id not in names)
    refs = tuple(each.ref for each in closed)
    snapshot = said(replace(journey, touchpoints=touchpoints, closed="".join(refs)))
    memo = Memo(policy.version, {}, refs=refs)
    if (touchpoints or (is_handed and not state.shared)) and _is_simple(key, state, current, derived, policy):
        rest = [each for each in derived.touchpoints if each.id not in names]
        memo = Memo(
            policy=policy.version,
            told={name: value for name, value in snapshot.items() if name not in _NOT_TOLD},
            goes_on=True,
            refs=refs,
            latest=max(map(place_of, rest), default=(-1, "")),
            rest_is_bot=all(each.is_bot for each in rest),
            is_cut=journey.truncated,
            issues=tuple(sorted(derived.issues | url_issues(rest, policy))),
            mentions=hashed(mentioned(state.own, policy)),
            is_handed=is_handed,
            shares_cut=counted_facts(key, state, policy).truncated,
            has_told_sources=any(isinstance(fact, SourceTold) for fact in _all(state)),
        )
    return Remembered(memo, snapshot, closed, place_of(touchpoints[0]) if touchpoints else None)


def hashed(subjects: Iterable[str]) -> bytes:
    """Eight bytes of each subject."""
    return b"".join(blake2b(each.encode(), digest_size=8).digest() for each in sorted(subjects))


def facts_of(state: State, name: str) -> tuple[AnyFact, ...]:
    """The facts of one identifier of a state."""
    return state.own if name == OWN else state.members[name].facts if name in state.members else ()


def open_from(visits: Sequence[Visit], facts: Sequence[WebsiteFact]) -> int | None:
    """Return the place of the first visit that later facts may still change; None if that can't be told.

    The facts stand in the order of (time, id).
    """
    candidates = [place for place, visit in enumerate(visits) if visit.begins_anew]
    for place in candidates[: -_LOOK_BACK - 1 : -1]:
        start = place_of(visits[place].touchpoint)
        if stand_alone(visits[place:], facts[bisect_left(facts, start, key=by_time) :]):
            return place
    return None


def stand_alone(visits: Sequence[Visit], facts: Sequence[WebsiteFact]) -> bool:
    """Whether cutting these facts, in the order of (time, id), gives these visits, whatever was before.

    What is told of time on a page is looked up among all pages, and what only has tags, among all landings.
    """
    views = {fact.event_id for fact in facts if isinstance(fact, PageViewed)}
    if not all(visit.touchpoint.pages and visit.touchpoint.id in views for visit in visits):
        return False
    seen: set[str] = set()
    for fact in facts:
        if isinstance(fact, PageViewed):
            seen.add(fact.url)
        elif isinstance(fact, PageEngaged) and (
            fact.url not in seen or fact.occurred_at - fact.dwell_ms < facts[0].occurred_at
        ):
            return False
    return True


def _open_visits(key: str, state: State, current: str, derived: Derived) -> tuple[Visit, ...]:
    identifier = key if current == OWN else current
    visits = derived.visits.get(identifier, ())
    facts = [fact for fact in facts_of(state, current) if isinstance(fact, WebsiteFact)]
    place = open_from(visits, facts)
    if place is None:
        return ()
    kept = {each.id for each in derived.journey.touchpoints}
    going = visits[place:]
    return going if all(visit.touchpoint.id in kept for visit in going) else ()


def _is_simple(key: str, state: State, current: str, derived: Derived, policy: Policy) -> bool:
    """Whether nothing about the journey is so special that a page view may mean more than a page view."""
    identifier = key if current == OWN else current
    facts = facts_of(state, current)
    own = counted_facts(key, state, policy)
    member = state.members.get(current)
    return (
        (own.facts is state.own or own.facts == state.own)
        and (current == OWN or (member is not None and member.joined and not member.truncated))
        and not state.truncated
        and len(spans_of_visitors(state.spans, policy) if kind_of(key) == DEVICE else ()) <= 1
        and all(visit.touchpoint.pages for visits in derived.visits.values() for visit in visits)
        and not any(isinstance(fact, DeletionRecorded) for fact in _all(state))
        and all(fact.subject == identifier for fact in facts if isinstance(fact, WebsiteFact))
    )


def _all(state: State) -> Iterable[AnyFact]:
    yield from state.own
    for member in state.members.values():
        yield from member.facts
