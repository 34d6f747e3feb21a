"""The facts that are recorded under one key: how new ones are added, and which of them count.

Every fact passes here. Of a key only so many facts are kept as the policy's bounds allow; of a device that
was silent for long, only the newest visitor's count (see `attribution/expiry.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from attribution.expiry import counts_between, days_heard, join_spans, spans_of_visitors
from attribution.facts import by_time
from attribution.identity import DEVICE
from attribution.links import mentioned
from attribution.policy import Policy
from attribution.state import Span, State, followed, indexed, settle
from schemas.handover import AnyFact
from schemas.sem import AdFact
from schemas.terms import DAY_MS, kind_of


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """The facts of a key that count, in the order of (time, id), and whether some had to go."""

    facts: tuple[AnyFact, ...]
    truncated: bool

    def beyond(self, before: "OwnFacts") -> tuple[AnyFact, ...]:
        """Return the facts that did not count before."""
        known = indexed(before.facts)
        return tuple(fact for fact in self.facts if known.get(fact.event_id) != fact)


NO_FACTS = OwnFacts((), False)


def add_facts(
    key: str, state: State, facts: Iterable[AnyFact], policy: Policy, also: Mapping[str, Any]
) -> State:
    """Add facts to those that are kept under this key, within the policy's bounds; `also` changes, too."""
    more = tuple(facts)
    days = days_heard(key, state)
    if kind_of(key) == DEVICE:
        days = join_spans(days, (fact.received_at for fact in more if fact.subject == key), DAY_MS)
    if len(days) <= 1 and (own := followed(state.own, more, policy.bounds.room)) is not None:
        return state.model_copy(update={**also, "own": own, "spans": days})
    own, cut_at, others_cut = _settled(key, (*state.own, *more), days, policy)
    return state.model_copy(
        update={
            **also,
            "own": own,
            "spans": tuple(_cut_short(span, cut_at) for span in days) if cut_at else days,
            "truncated": also["truncated"] or others_cut,
        }
    )


def counted_facts(key: str, state: State, policy: Policy) -> OwnFacts:
    """Return the facts of this key that count: of a device without those of a visitor who is forgotten."""
    if kind_of(key) != DEVICE:
        return OwnFacts(state.own, state.truncated)
    days = days_heard(key, state)
    start, end = counts_between(days, state.since, policy)
    truncated = state.truncated or any(span.cut for span in days if span.first >= start)
    from_platforms = [fact for fact in state.own if isinstance(fact, AdFact)]
    if not from_platforms and days and start <= days[0].first:
        return OwnFacts(state.own, truncated)
    counts = {fact.event_id for fact in state.own if fact.subject == key and fact.received_at >= start}
    # What a platform tells counts for the landings that it speaks of, if it comes before they are forgotten.
    landed = mentioned((fact for fact in state.own if fact.event_id in counts), policy)
    counts |= {fact.event_id for fact in from_platforms if fact.subject in landed and fact.received_at <= end}
    return OwnFacts(tuple(fact for fact in state.own if fact.event_id in counts), truncated)


def _settled(
    key: str, facts: tuple[AnyFact, ...], days: tuple[Span, ...], policy: Policy
) -> tuple[tuple[AnyFact, ...], list[int], bool]:
    """The facts that are kept, each visitor's span bounded by itself: what is forgotten takes no room from
    what counts. With them, when those of a device were received that had to go, and whether others had to."""
    spans = spans_of_visitors(days, policy)
    if len(spans) <= 1:
        own, cut = settle({}, facts, policy.bounds.room)
        groups = [(facts, own)] if cut else []
    else:
        parts = [(group, settle({}, group, policy.bounds.room)) for group in _by_span(key, facts, spans)]
        own = tuple(sorted((fact for _, (kept, _) in parts for fact in kept), key=by_time))
        groups = [(tuple(group), kept) for group, (kept, cut) in parts if cut]
    gone = [fact for group, kept in groups for fact in _without(group, kept)]
    cut_at = [fact.received_at for fact in gone if days and fact.subject == key]
    return own, cut_at, len(cut_at) < len(gone)


def _without(facts: Iterable[AnyFact], kept: Iterable[AnyFact]) -> Iterable[AnyFact]:
    ids = indexed(kept)
    return (fact for fact in facts if fact.event_id not in ids)


def _by_span(key: str, facts: Iterable[AnyFact], spans: tuple[Span, ...]) -> Iterable[list[AnyFact]]:
    groups: dict[int, list[AnyFact]] = {}
    for fact in facts:
        mine = fact.subject == key
        place = next(n for n, span in enumerate(spans) if fact.received_at <= span.last) if mine else -1
        groups.setdefault(place, []).append(fact)
    return groups.values()


def _cut_short(span: Span, cut_at: Iterable[int]) -> Span:
    return span.cut_short() if any(span.first <= at <= span.last for at in cut_at) else span
