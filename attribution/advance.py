"""advance(): one step of the journey agent, for one key: (state, arrivals, policy) → (state, outputs).

A key is an identifier, which owns the facts recorded under it, and may be a person, which gathers the facts
of its members. Facts change hands by messages that may be repeated, doubled or reordered: everything here is
union and maximum. What a step sends must be acknowledged before its state is remembered; a step that is taken
again after a crash then sends the same again.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from attribution.deals import advance_deal, tell_deals
from attribution.expiry import is_unknown
from attribution.journey import Derived, Known, derive_closely
from attribution.links import click_mentions, links_of
from attribution.opportunity import derive_opportunity
from attribution.own_facts import NO_FACTS, OwnFacts, add_facts, counted_facts
from attribution.policy import Policy
from attribution.shared_devices import facts_by_person
from attribution.state import Member, State, indexed, settle
from attribution.versions import epoch_of
from schemas.codec import Emitted
from schemas.envelope import Fact
from schemas.handover import (
    AnyFact,
    FactsShared,
    FactsWanted,
    IdentityAssigned,
    MemberJoined,
    MemberLeft,
    Message,
)
from schemas.terms import kind_of

# A hand-over of more facts than this goes in several messages, so that each stays far below a record's limit.
FACTS_PER_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """A fact or message for the key, and where in which topic it stood."""

    topic: str
    offset: int
    value: Fact | Message


@dataclass(frozen=True, slots=True)
class Step:
    """What a step leads to: the new state, and what must be sent before it is remembered. If a journey is
    among that, `derived` tells more of it."""

    state: State
    outputs: tuple[Emitted, ...]
    derived: Derived | None = None


def advance(
    key: str, state: State, arrivals: Sequence[Arrival], policy: Policy, epoch: int | None = None
) -> Step:
    """Take in what arrived for `key`; the snapshot of its journey is always among the outputs, unless nothing
    is known of a visitor but what platforms told.

    Several arrivals in one call lead to the same state as one call each. `epoch` counts the policies that
    were in force; without it the policy's own counts.
    """
    epoch = policy.epoch if epoch is None else epoch
    applied = dict(state.applied)
    for arrival in arrivals:
        applied[arrival.topic] = max(arrival.offset, applied.get(arrival.topic, -1))
    facts = _facts_in(arrivals)
    wanted = {each.value.person for each in arrivals if isinstance(each.value, FactsWanted)}
    if kind_of(key) == "deal":
        deal = state.model_copy(update={"applied": applied})
        return Step(*advance_deal(key, deal, facts, policy, epoch, wanted))
    known = indexed(state.own)
    fresh = tuple(fact for fact in facts if known.get(fact.event_id) != fact)
    links, emitted = links_of(fresh, state.emitted)
    mentions = click_mentions(key, fresh, state.own, policy)
    # Only what has been handed over before needs to be known apart.
    before = counted_facts(key, state, policy) if state.person not in (None, key) else NO_FACTS
    cut = any(isinstance(each.value, FactsShared) and each.value.truncated for each in arrivals)
    update = {
        "applied": applied,
        "truncated": state.truncated or cut,
        "emitted": emitted,
        "since": _since(state, arrivals),
        "members": _members(state, arrivals, policy),
    }
    state = add_facts(key, state, facts, policy, update)
    now = counted_facts(key, state, policy)
    news = _new_assignments(state, arrivals)
    by = {person for person in wanted if kind_of(person) != "deal"}
    state, moved = _hand_over(key, state, news, before, now, policy, by)
    to_deals = tell_deals(key, state.own, fresh, wanted) if kind_of(key) == "crm" else ()
    # Of who was forgotten ClickHouse keeps the last that was known.
    if is_unknown(key, state):
        return Step(state, (*links, *mentions, *moved, *to_deals))
    derived = derive_known(key, state, now, policy, epoch)
    return Step(state, (*links, *mentions, *moved, *to_deals, derived.journey), derived)


def derive_anew(key: str, state: State, policy: Policy, epoch: int) -> tuple[Emitted, ...]:
    """Return what has to be sent of a state when a new policy opens an epoch: it has no new facts, but others
    follow from those that it has. What changes hands does so on the assignments of the new epoch."""
    if kind_of(key) == "deal":
        return (derive_opportunity(key, state.own, state.version(epoch), policy),)
    if is_unknown(key, state):
        return ()
    own = counted_facts(key, state, policy)
    return (
        *click_mentions(key, state.own, (), policy),
        derive_known(key, state, own, policy, epoch).journey,
    )


def derive_known(key: str, state: State, own: OwnFacts, policy: Policy, epoch: int) -> Derived:
    """Derive the journey of the person that this key is; a tombstone, if it is nobody any more."""
    facts: dict[str, tuple[AnyFact, ...]] = {
        name: member.facts for name, member in state.members.items() if member.joined
    }
    truncated = any(member.truncated for member in state.members.values() if member.joined)
    if state.person in (None, key) and not state.shared:
        facts[key] = own.facts
        truncated = truncated or own.truncated
    # Who belongs to nobody else reports why; that may be all there is to say of it.
    issues = (state.issue,) if state.issue and (key in facts or state.shared) else ()
    return derive_closely(key, Known(facts, truncated, issues), state.version(epoch), policy)


def _facts_in(arrivals: Sequence[Arrival]) -> tuple[AnyFact, ...]:
    facts: list[AnyFact] = []
    for arrival in arrivals:
        if isinstance(arrival.value, FactsShared):
            facts.extend(arrival.value.facts)
        elif isinstance(arrival.value, Fact):
            facts.append(arrival.value)  # type: ignore[arg-type]  # only facts of journeys come on these topics
    return tuple(facts)


def _members(state: State, arrivals: Sequence[Arrival], policy: Policy) -> dict[str, Member]:
    members = dict(state.members)
    for arrival in arrivals:
        value = arrival.value
        if not isinstance(value, MemberJoined | MemberLeft):
            continue
        place = value.version, value.revision
        held = members.get(value.identifier)
        held_place = (held.version, held.revision) if held else (-1, -1)
        if place < held_place:
            continue
        if isinstance(value, MemberLeft):
            members[value.identifier] = Member(version=value.version, revision=value.revision, joined=False)
            continue
        if held is not None and place == held_place and not held.joined:
            continue
        same = indexed(held.facts) if held is not None and place == held_place else {}
        facts, cut = settle(same, value.facts, policy.bounds.room.divided(value.divisor))
        before = held is not None and place == held_place and held.truncated
        members[value.identifier] = Member(
            version=value.version,
            revision=value.revision,
            joined=True,
            facts=facts,
            truncated=before or cut or value.truncated,
        )
    return members


def _since(state: State, arrivals: Sequence[Arrival]) -> int | None:
    heard = [each.value for each in arrivals if isinstance(each.value, IdentityAssigned)]
    said = [0 if each.since is None else each.since for each in heard]
    return min(said if state.since is None else [*said, state.since], default=None)


def _new_assignments(state: State, arrivals: Sequence[Arrival]) -> list[IdentityAssigned]:
    heard = [arrival.value for arrival in arrivals if isinstance(arrival.value, IdentityAssigned)]
    news = [assignment for assignment in heard if assignment.version > state.heard]
    return sorted(news, key=lambda assignment: assignment.version)


def _assigned(key: str, state: State, news: Sequence[IdentityAssigned]) -> tuple[State, bool]:
    """The state after new assignments, and whether they change whom the key belongs to."""
    if news:
        state = state.model_copy(update={"heard": news[-1].version, "issue": news[-1].issue})
    held = state.person, state.shared, state.divisor
    changed = any(
        _belonging(assignment) != held or epoch_of(assignment.version) > epoch_of(state.assigned)
        for assignment in news
    )
    if changed:
        # A step that was cut short may have told those in between, so they hear that it is over.
        between = {
            person for passed in news[:-1] for person in (passed.person, *dict(passed.shared).values())
        }
        state = state.model_copy(
            update={
                "person": news[-1].person,
                "assigned": news[-1].version,
                "shared": news[-1].shared,
                "divisor": news[-1].divisor,
                "holders": tuple(sorted({*state.holders, *between} - {key})),
            }
        )
    return state, changed


def _hand_over(
    key: str,
    state: State,
    news: Sequence[IdentityAssigned],
    before: OwnFacts,
    now: OwnFacts,
    policy: Policy,
    wanted: Set[str],
) -> tuple[State, list[Message]]:
    """Bring the facts to whom they belong: all of them on a new assignment or if they are wanted, later ones
    as they come. Who wants them of somebody else's hears that they are not his."""
    state, changed = _assigned(key, state, news)
    if state.person is None:
        return state, []
    if state.shared:
        # Whom a fact belongs to may change with any other fact, so each revision deals out all of them.
        revision = state.version(0)
        due = facts_by_person(now.facts, state.shared)
    elif state.person == key:
        revision, due = 0, {}
    else:
        revision = 0
        due = {state.person: now.facts if changed or state.person in wanted else now.beyond(before)}
    newly_cut = now.truncated and not before.truncated
    messages: list[Message] = [
        MemberLeft(person=holder, identifier=key, version=state.assigned, revision=revision)
        for holder in sorted({*state.holders, *wanted} - {key})
        if holder not in due
    ]
    for person in sorted(due):
        if due[person] or changed or state.shared or newly_cut or person in wanted:
            some, cut = settle({}, due[person], policy.bounds.room.divided(state.divisor))
            share = Share(person, state.assigned, revision, state.divisor, now.truncated or cut)
            messages.extend(handed(key, share, some))
    return state.model_copy(update={"holders": tuple(sorted(due))}), messages


def _belonging(assignment: IdentityAssigned) -> tuple[str, tuple[tuple[str, str], ...], int]:
    return assignment.person, assignment.shared, assignment.divisor


class Share(NamedTuple):
    """To whom facts go, and what is said with them: since which assignment, in which revision, of how many
    equal parts of a full journey they are one, and whether some of them had to go."""

    person: str
    version: int
    revision: int
    divisor: int
    truncated: bool


def handed(key: str, share: Share, facts: Sequence[AnyFact]) -> Iterable[MemberJoined]:
    """Yield the messages by which an identifier hands facts to a person."""
    for start in range(0, max(len(facts), 1), FACTS_PER_MESSAGE):
        yield MemberJoined(
            person=share.person,
            identifier=key,
            version=share.version,
            revision=share.revision,
            divisor=share.divisor,
            facts=tuple(facts[start : start + FACTS_PER_MESSAGE]),
            truncated=share.truncated,
        )
