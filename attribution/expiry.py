"""What a device that nobody is known by may keep: after a long silence it is forgotten.

A device is heard of in spans: facts of its own that were received without a silence longer than the policy's.
As long as nothing ties it to anybody, only its newest span counts; what lies before belongs to a visitor who
is forgotten. From the span on in which it was tied to somebody, or by whose end it was not yet forgotten,
everything counts for ever. That depends on the set of facts alone, not on when a worker cleans up.
"""

from collections.abc import Iterable, Sequence

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


def take_in(key: str, state: State, facts: Iterable[AnyFact], policy: Policy) -> State:
    """Add facts to those that are kept under this key, within the policy's bounds."""
    silence = _silence(key, policy)
    more = tuple(facts)
    if silence:
        heard = (fact.received_at for fact in more if fact.subject == key)
        spans = joined(_spans(key, state, silence), heard, silence)
    else:
        spans = ()
    if len(spans) > 1:
        return _take_in_by_span(key, state, more, spans, policy)
    own, cut = settle(indexed(state.own), more, policy.bounds.room)
    if cut and spans:
        spans, cut = (spans[0].cut_short(),), False
    return state.model_copy(update={"own": own, "spans": spans, "truncated": state.truncated or cut})


def visible(key: str, state: State, policy: Policy) -> tuple[tuple[AnyFact, ...], bool]:
    """Return the facts of this key that count, in the order of (time, id), and whether some had to go."""
    silence = _silence(key, policy)
    spans = _spans(key, state, silence) if silence else ()
    start = _counts_from(spans, state.since, silence) if spans else 0
    truncated = state.truncated or any(span.cut for span in spans if span.first >= start)
    if not spans or start <= spans[0].first:
        return state.own, truncated
    kept = {
        fact.event_id
        for fact in state.own
        if (fact.received_at >= start if fact.subject == key else not isinstance(fact, AdFact))
    }
    # What a platform tells counts for the landings that it speaks of.
    spoken_of = mentioned((fact for fact in state.own if fact.event_id in kept), policy)
    return tuple(fact for fact in state.own if fact.event_id in kept or fact.subject in spoken_of), truncated


def is_forgotten(key: str, state: State, now: int, policy: Policy) -> bool:
    """Say whether nothing will ever count of what is kept under this key; `now` in UTC milliseconds."""
    silence = _silence(key, policy)
    if not silence or state.since is not None or state.person is not None or state.members:
        return False
    spans = _spans(key, state, silence)
    return bool(spans) and spans[-1].last + silence + GRACE_MS < now


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


def _silence(key: str, policy: Policy) -> int:
    """The silence after which this key is forgotten, in milliseconds; 0 if it never is."""
    return policy.retention.anonymous_days * DAY_MS if kind_of(key) == DEVICE else 0


def _spans(key: str, state: State, silence: int) -> tuple[Span, ...]:
    if state.spans or not state.own:
        return state.spans
    # The state is from a time when spans were not kept.
    return joined((), (fact.received_at for fact in state.own if fact.subject == key), silence)


def _counts_from(spans: Sequence[Span], since: int | None, silence: int) -> int:
    if since is None:
        return spans[-1].first
    return next((span.first for span in spans if since <= span.last + silence), spans[-1].last + 1)


def _take_in_by_span(
    key: str, state: State, more: Iterable[AnyFact], spans: tuple[Span, ...], policy: Policy
) -> State:
    """Bound each span by itself: what is forgotten takes no room from what counts."""
    groups: dict[int, list[AnyFact]] = {}
    for fact in (*state.own, *more):
        of_own = fact.subject == key
        place = next(n for n, span in enumerate(spans) if fact.received_at <= span.last) if of_own else -1
        groups.setdefault(place, []).append(fact)
    own: list[AnyFact] = []
    kept = list(spans)
    truncated = state.truncated
    for place, group in groups.items():
        some, cut = settle({}, group, policy.bounds.room)
        own.extend(some)
        if cut and place < 0:
            truncated = True
        elif cut:
            kept[place] = kept[place].cut_short()
    return state.model_copy(
        update={"own": tuple(sorted(own, key=by_time)), "spans": tuple(kept), "truncated": truncated}
    )
