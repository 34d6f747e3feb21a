"""Everybody's journey from all facts at once: who is who first, then each person once.

It ends where the agents do, step by step, whatever the order in which they heard of the facts. First come
the facts that tell of others than whose they are (`is_telling`): from them follows who is who, and what deals
tell people. After that each person is a matter of its own: `Gathered` takes in what is known of its
identifiers, in any order, and bounds it as it goes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from attribution.deals_at_once import deals_at_once
from attribution.journey import Known, derive
from attribution.linking import Assignments, IdentityFact
from attribution.links import link, mentioned, names_in, pairs_in
from attribution.own_facts import OwnFacts, add_facts, counted_facts
from attribution.policy import Policy
from attribution.shared_devices import facts_by_person
from attribution.standing import TIES_OF_LEADS
from attribution.state import State, settle
from schemas.handover import AnyFact, FactsShared, IdentityAssigned
from schemas.identity import IdentityBlocked, IdentityLinked, IdentitySplit
from schemas.journey import Journey, Opportunity
from schemas.sem import AdFact
from schemas.terms import kind_of

# Below the version of any snapshot that a worker sends.
VERSION = 1
SAID = (IdentityLinked, IdentitySplit, IdentityBlocked)
# So many facts of a key wait at most before they are bounded.
_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Ties:
    """What some facts tell of others: who is who, what deals tell people, and the deals themselves."""

    assigned: Assignments
    told: tuple[FactsShared, ...]
    opportunities: tuple[Opportunity, ...]


def is_telling(fact: AnyFact | IdentityFact) -> bool:
    """Say whether a fact tells of others than whose it is."""
    if isinstance(fact, (*SAID, *TIES_OF_LEADS)) or kind_of(fact.subject) == "deal":
        return True
    return bool(names_in(fact))


def ties_of(telling: Iterable[AnyFact | IdentityFact], policy: Policy) -> Ties:
    """Find out who is who and what deals tell people, from all facts that are telling."""
    of_deals: list[AnyFact] = []

    def said() -> Iterator[IdentityFact]:
        for fact in telling:
            if isinstance(fact, SAID):
                yield fact
                continue
            yield from (link(fact, left, right) for left, right in pairs_in(fact))
            if isinstance(fact, TIES_OF_LEADS) or kind_of(fact.subject) == "deal":
                of_deals.append(fact)

    assigned = Assignments(said(), policy)
    deals = deals_at_once(of_deals, policy, VERSION)
    return Ties(assigned, deals.told, deals.opportunities)


def journeys_with(key: str, assigned: IdentityAssigned | None) -> tuple[str, ...]:
    """Return the persons on whose journeys what is known of a key may stand."""
    if assigned is None:
        return (key,)
    return tuple(sorted({assigned.person, *dict(assigned.shared).values()}))


@dataclass(slots=True)
class Gathered:
    """What is known of one person: of each of its identifiers, and of devices that it shares with others."""

    person: str
    policy: Policy
    states: dict[str, State] = field(default_factory=dict)
    mentions: dict[str, set[str]] = field(default_factory=dict)
    _waiting: dict[str, list[AnyFact]] = field(default_factory=dict)

    def assign(self, assigned: IdentityAssigned) -> None:
        """Take in who an identifier belongs to; every identifier of the person is assigned to it."""
        of_key = {
            "person": assigned.person,
            "shared": assigned.shared,
            "divisor": assigned.divisor,
            "issue": assigned.issue,
            "since": assigned.since,
        }
        self.states[assigned.identifier] = self._state(assigned.identifier).model_copy(update=of_key)

    def add(self, key: str, facts: Sequence[AnyFact], *, truncated: bool = False) -> None:
        """Take in facts that were recorded under a key, or shared with it."""
        waiting = self._waiting.setdefault(key, [])
        waiting.extend(facts)
        if truncated or len(waiting) > _AT_MOST:
            self._settle(key, truncated=truncated)

    def asked(self) -> set[str]:
        """Return the subjects of all that ad platforms may tell of what was taken in so far."""
        self._settle_all()
        return {subject for subjects in self.mentions.values() for subject in subjects}

    def journey(self, by_platforms: Mapping[str, Sequence[AnyFact]]) -> Journey | None:
        """Derive the journey, once all is taken in; None if there is nothing to show, as of a tombstone.

        `by_platforms`: what ad platforms tell, by the subjects that were asked for.
        """
        self._settle_all()
        for key, subjects in self.mentions.items():
            self.add(key, [fact for subject in subjects for fact in by_platforms.get(subject, ())])
        self._settle_all()
        facts: dict[str, tuple[AnyFact, ...]] = {}
        truncated = False
        for key in sorted(self.states):
            part = self._part_of(key)
            if part is not None:
                facts[key] = part.facts
                truncated = truncated or part.truncated
        own = self._state(self.person)
        issues = (own.issue,) if own.issue and (self.person in facts or own.shared) else ()
        made = derive(self.person, Known(facts, truncated, issues), VERSION, self.policy)
        return None if made.is_deleted else made

    def _part_of(self, key: str) -> OwnFacts | None:
        """What of the facts of a key stands on this person's journey; None if it is nothing of theirs."""
        state = self._state(key)
        own = counted_facts(key, state, self.policy)
        if key == self.person:
            return None if state.shared or state.person not in (None, key) else own
        if state.shared:
            due = facts_by_person(own.facts, state.shared).get(self.person)
        else:
            due = own.facts if state.person == self.person else None
        if due is None:
            return None
        facts, cut = settle({}, due, self.policy.bounds.room.divided(state.divisor))
        return OwnFacts(facts, own.truncated or cut)

    def _state(self, key: str) -> State:
        return self.states.get(key) or State()

    def _settle_all(self) -> None:
        for key in list(self._waiting):
            self._settle(key)

    def _settle(self, key: str, *, truncated: bool = False) -> None:
        facts = self._waiting.pop(key)
        state = self._state(key)
        also = {"truncated": state.truncated or truncated}
        self.states[key] = add_facts(key, state, facts, self.policy, also)
        found = mentioned(facts, self.policy)
        if found:
            self.mentions.setdefault(key, set()).update(found)


def all_at_once(facts: Iterable[AnyFact | IdentityFact], policy: Policy) -> Iterator[Journey | Opportunity]:
    """Yield every journey and deal that follows from these facts; no tombstones of journeys."""
    known = list(facts)
    ties = ties_of((fact for fact in known if is_telling(fact)), policy)
    yield from ties.opportunities
    people: dict[str, Gathered] = {}

    def with_it(key: str) -> Iterator[Gathered]:
        for person in journeys_with(key, ties.assigned.of(key)):
            yield people.setdefault(person, Gathered(person, policy))

    for each in ties.assigned:
        for gathered in with_it(each.identifier):
            gathered.assign(each)
    for told in ties.told:
        for gathered in with_it(told.identifier):
            gathered.add(told.identifier, told.facts, truncated=told.truncated)
    by_platforms: dict[str, list[AnyFact]] = {}
    for fact in known:
        if isinstance(fact, AdFact):
            by_platforms.setdefault(fact.subject, []).append(fact)
        elif not isinstance(fact, SAID) and kind_of(fact.subject) != "deal":
            for gathered in with_it(fact.subject):
                gathered.add(fact.subject, [fact])
    for gathered in people.values():
        journey = gathered.journey(by_platforms)
        if journey is not None:
            yield journey
