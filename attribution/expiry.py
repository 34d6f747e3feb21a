"""What a device that nobody is known by may keep: after a long silence it is forgotten.

A device is heard of in spans: facts of its own that were received without a silence longer than the policy's.
As long as nothing ties it to anybody, only its newest span counts; what lies before belongs to a visitor who
is forgotten. From the span on in which it was tied to somebody, or by whose end it was not yet forgotten,
everything counts for ever. That depends on the set of facts alone, not on when a worker cleans up.
"""

from collections.abc import Iterable

from attribution.facts import by_time
from attribution.identity import DEVICE
from attribution.links import mentioned
from attribution.policy import Policy
from attribution.state import Span, State, indexed, settle
from schemas.handover import AnyFact
from schemas.sem import AdFact
from schemas.terms import kind_of

DAY_MS = 86_400_000
# A worker cleans up so much later, so that whatever is on its way has arrived by then.
GRACE_MS = 7 * DAY_MS
MAX_MILLIS = 1 << 62


def take_in(key: str, state: State, facts: Iterable[AnyFact], policy: Policy) -> State:
    """Add facts to those that are kept under this key, within the policy's bounds."""
    more = tuple(facts)
    if kind_of(key) != DEVICE:
        own, cut = settle(indexed(state.own), more, policy.bounds.room)
        return state.model_copy(update={"own": own, "truncated": state.truncated or cut})
    days = joined(_days(key, state), (fact.received_at for fact in more if fact.subject == key), DAY_MS)
    return _take_in_by_span(key, state, more, days, policy)


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
    found: list[Span] = []
    for span in sorted([*spans, *(Span(at, at) for at in heard)]):
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


def _take_in_by_span(
    key: str, state: State, more: tuple[AnyFact, ...], days: tuple[Span, ...], policy: Policy
) -> State:
    """Bound each visitor's span by itself: what is forgotten takes no room from what counts."""
    spans = _visits_of_one(days, policy)
    own: list[AnyFact] = []
    gone: list[AnyFact] = []
    for group in _by_span(key, (*state.own, *more), spans) if len(spans) > 1 else [(*state.own, *more)]:
        kept, cut = settle({}, group, policy.bounds.room)
        own.extend(kept)
        if cut:
            ids = indexed(kept)
            gone.extend(fact for fact in group if fact.event_id not in ids)
    cut_at = [fact.received_at for fact in gone if fact.subject == key]
    return state.model_copy(
        update={
            "own": tuple(sorted(own, key=by_time)) if len(spans) > 1 else tuple(own),
            "spans": tuple(_cut_short(span, cut_at) for span in days) if cut_at else days,
            "truncated": state.truncated or len(cut_at) < len(gone),
        }
    )


def _by_span(key: str, facts: Iterable[AnyFact], spans: tuple[Span, ...]) -> Iterable[list[AnyFact]]:
    groups: dict[int, list[AnyFact]] = {}
    for fact in facts:
        mine = fact.subject == key
        place = next(n for n, span in enumerate(spans) if fact.received_at <= span.last) if mine else -1
        groups.setdefault(place, []).append(fact)
    return groups.values()


def _cut_short(span: Span, cut_at: Iterable[int]) -> Span:
    return span.cut_short() if any(span.first <= at <= span.last for at in cut_at) else span
