"""What a device that nobody is known by may keep: after a long silence it is forgotten.

A device is heard of in spans: facts of its own that were received without a silence longer than the policy's.
As long as nothing ties it to anybody, only its newest span counts; what lies before belongs to a visitor who
is forgotten. From the span on in which it was tied to somebody, or by whose end it was not yet forgotten,
everything counts for ever. That depends on the set of facts alone, not on when a worker cleans up.
"""

from collections.abc import Iterable

from attribution.identity import DEVICE
from attribution.policy import Policy
from attribution.state import Span, State
from schemas.terms import DAY_MS, kind_of

# A worker cleans up so much later, so that whatever is on its way has arrived by then.
GRACE_MS = 7 * DAY_MS
MAX_MILLIS = 1 << 62


def is_unknown(key: str, state: State) -> bool:
    """Say whether nothing is known of a device but what platforms told: it is forgotten, or not seen yet."""
    heard = state.person is not None or state.members or state.emitted or days_heard(key, state)
    return kind_of(key) == DEVICE and not heard


def is_forgotten(key: str, state: State, now: int, policy: Policy) -> bool:
    """Say whether nothing will ever count of what is kept under this key; `now` in UTC milliseconds."""
    silence = _silence(policy)
    if not silence or kind_of(key) != DEVICE or state.since is not None:
        return False
    if is_unknown(key, state):
        return True
    untied = state.person is None and not state.members
    return untied and days_heard(key, state)[-1].last + silence + GRACE_MS < now


def join_spans(spans: Iterable[Span], heard: Iterable[int], silence: int) -> tuple[Span, ...]:
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


def heard_again(span: Span, at: int, policy: Policy) -> tuple[Span, ...] | None:
    """Return the last span of a device, and the next one if that begins, when it is heard of again.

    None if it is heard of earlier, or may be another visitor. Times in UTC milliseconds.
    """
    silence = _silence(policy)
    if at < span.first or (silence and at - span.last > silence):
        return None
    if at - span.last <= DAY_MS:
        return (Span(span.first, max(span.last, at), span.cut),)
    return span, Span(at, at)


def _silence(policy: Policy) -> int:
    """The silence after which a device is forgotten, in milliseconds; 0 if it never is."""
    return policy.retention.anonymous_days * DAY_MS


def days_heard(key: str, state: State) -> tuple[Span, ...]:
    """When a device was heard of, with gaps of more than a day: as finely as any policy may ask."""
    if kind_of(key) != DEVICE:
        return ()
    if state.spans or not state.own:
        return state.spans
    # The state is from a time when spans were not kept.
    return join_spans((), (fact.received_at for fact in state.own if fact.subject == key), DAY_MS)


def spans_of_visitors(days: tuple[Span, ...], policy: Policy) -> tuple[Span, ...]:
    """The spans in each of which a device is one visitor."""
    silence = _silence(policy)
    return join_spans(days, (), silence) if silence else join_spans(days, (), days[-1].last if days else 0)


def counts_between(days: tuple[Span, ...], since: int | None, policy: Policy) -> tuple[int, int]:
    """From when on what was received of a device counts, and until when what platforms tell of it does."""
    silence = _silence(policy)
    if not silence or not days:
        return 0, MAX_MILLIS
    spans = spans_of_visitors(days, policy)
    if since is None:
        return spans[-1].first, spans[-1].last + silence
    start = next((span.first for span in spans if since <= span.last + silence), spans[-1].last + 1)
    return start, MAX_MILLIS
