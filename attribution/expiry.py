"""What a device that nobody is known by may keep: after a long silence it is forgotten.

A device is heard of in spans: facts of its own that were received without a silence longer than the policy's.
As long as nothing ties it to anybody, only its newest span counts; what lies before belongs to a visitor who
is forgotten. From the span on in which it was tied to somebody, or by whose end it was not yet forgotten,
everything counts for ever. That depends on the set of facts alone, not on when a worker cleans up.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from attribution.facts import by_time
from attribution.identity import DEVICE
from attribution.links import mentioned
from attribution.policy import Policy
from attribution.state import Span, State, followed, indexed, settle
from schemas.handover import AnyFact
from schemas.sem import AdFact
from schemas.terms import kind_of

DAY_MS = 86_400_000
# A worker cleans up so much later, so that whatever is on its way has arrived by then.
GRACE_MS = 7 * DAY_MS
MAX_MILLIS = 1 << 62


def take_in(
    key: str, state: State, facts: Iterable[AnyFact], policy: Policy, also: Mapping[str, Any]
) -> State:
    """Add facts to those that are kept under this key, within the policy's bounds; `also` changes, too."""
    more = tuple(facts)
    days = _days(key, state)
    if kind_of(key) == DEVICE:
        days = joined(days, (fact.received_at for fact in more if fact.subject == key), DAY_MS)
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


def visible(key: str, state: State, policy: Policy) -> tuple[tuple[AnyFact, ...], bool]:
    """Return the facts of this key that count, in the order of (time, id), and whether some had to go."""
    if kind_of(key) != DEVICE:
        return state.own, state.truncated
    days = _days(key, state)
    start, end = _counts_between(days, state.since, policy)
    truncated = state.truncated or any(span.cut for span in days if span.first >= start)
    told = [fact for fact in state.own if isinstance(fact, AdFact)]
    if not told and days and start <= days[0].first:
        return state.own, truncated
    counts = {fact.event_id for fact in state.own if fact.subject == key and fact.received_at >= start}
    # What a platform tells counts for the landings that it speaks of, if it comes before they are forgotten.
    landed = mentioned((fact for fact in state.own if fact.event_id in counts), policy)
    counts |= {fact.event_id for fact in told if fact.subject in landed and fact.received_at <= end}
    return tuple(fact for fact in state.own if fact.event_id in counts), truncated


def is_unknown(key: str, state: State) -> bool:
    """Say whether nothing is known of a device but what platforms told: it is forgotten, or not seen yet."""
    heard = state.person is not None or state.members or state.told or _days(key, state)
    return kind_of(key) == DEVICE and not heard


def is_forgotten(key: str, state: State, now: int, policy: Policy) -> bool:
    """Say whether nothing will ever count of what is kept under this key; `now` in UTC milliseconds."""
    silence = _silence(policy)
    if not silence or kind_of(key) != DEVICE or state.since is not None:
        return False
    if is_unknown(key, state):
        return True
    untied = state.person is None and not state.members
    return untied and _days(key, state)[-1].last + silence + GRACE_MS < now


def joined(spans: Iterable[Span], heard: Iterable[int], silence: int) -> tuple[Span, ...]:
    """Add moments to spans, in milliseconds; what no silence parts is one span."""
    moments = tuple(heard)
    known = tuple(spans)
    if len(known) == 1 and all(at - known[0].first >= 0 and at - known[0].last <= silence for at in moments):
        # Most visits follow the last one soon.
        return (known[0]._replace(last=max(known[0].last, *moments)),) if moments else known
    found: list[Span] = []
    for span in sorted([*known, *(Span(at, at) for at in moments)]):
        if found and span.first - found[-1].last <= silence:
            before = found[-1]
            found[-1] = Span(before.first, max(before.last, span.last), before.cut or span.cut)
        else:
            found.append(span)
    return tuple(found)


def _silence(policy: Policy) -> int:
    """The silence after which a device is forgotten, in milliseconds; 0 if it never is."""
    return policy.retention.anonymous_days * DAY_MS


def _days(key: str, state: State) -> tuple[Span, ...]:
    """When a device was heard of, with gaps of more than a day: as finely as any policy may ask."""
    if kind_of(key) != DEVICE:
        return ()
    if state.spans or not state.own:
        return state.spans
    # The state is from a time when spans were not kept.
    return joined((), (fact.received_at for fact in state.own if fact.subject == key), DAY_MS)


def _visits_of_one(days: tuple[Span, ...], policy: Policy) -> tuple[Span, ...]:
    """The spans in each of which a device is one visitor."""
    silence = _silence(policy)
    return joined(days, (), silence) if silence else joined(days, (), days[-1].last if days else 0)


def _counts_between(days: tuple[Span, ...], since: int | None, policy: Policy) -> tuple[int, int]:
    """From when on what was received of a device counts, and until when what platforms tell of it does."""
    silence = _silence(policy)
    if not silence or not days:
        return 0, MAX_MILLIS
    spans = _visits_of_one(days, policy)
    if since is None:
        return spans[-1].first, spans[-1].last + silence
    start = next((span.first for span in spans if since <= span.last + silence), spans[-1].last + 1)
    return start, MAX_MILLIS


def _settled(
    key: str, facts: tuple[AnyFact, ...], days: tuple[Span, ...], policy: Policy
) -> tuple[tuple[AnyFact, ...], list[int], bool]:
    """The facts that are kept, each visitor's span bounded by itself: what is forgotten takes no room from
    what counts. With them, when those of a device were received that had to go, and whether others had to."""
    spans = _visits_of_one(days, policy)
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
