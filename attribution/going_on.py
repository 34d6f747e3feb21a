"""A step in which only visits go on: what it costs doesn't depend on how long the journey is.

`go_on` makes of the memo of the last step and a few new facts the very snapshot that `derive` makes of all
facts, and says None wherever that is not certain; then the whole state goes through `advance`.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from attribution.ad_records import ad_records
from attribution.advance import Arrival, Share, handed
from attribution.arrivals import touch_named
from attribution.cutting import Cutter, began_at, cut
from attribution.expiry import heard_again
from attribution.fact_records import FactWriter, Loose
from attribution.facts import Room, Sizes, by_time, fits
from attribution.identity import DEVICE
from attribution.journey import ONLY_IN_VISITS, place_of
from attribution.keeping import MOST_LOOSE, Kept, changes_of
from attribution.layout import OWN, Layout, Log, Memo, Place, added_to
from attribution.links import mentioned
from attribution.memo import hashed
from attribution.moving import Moved, moved, moved_nothing
from attribution.policy import Policy
from attribution.state import Span, settle
from attribution.versions import version_of
from attribution.visits import Visit, told_of
from schemas.codec import Emitted, output_record, snapshot_record
from schemas.handover import AnyFact, ClickMentioned, MemberJoined
from schemas.sem import AdClicked, AdFact, AdKeywordListed
from schemas.terms import kind_of
from schemas.website import PageViewed, WebsiteFact

_OF_PLATFORMS: Final = {AdClicked.model_fields["type"].default, AdKeywordListed.model_fields["type"].default}


class _Came(NamedTuple):
    """The facts of an identifier that are new, and those that stand in loose records."""

    identifier: str
    room: Room
    fresh: tuple[AnyFact, ...]
    loose: Loose

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        """Both."""
        return (*self.loose.facts, *self.fresh)


class _Counted(NamedTuple):
    """What every fact moves, as the layout names it."""

    applied: dict[str, int]
    spans: tuple[Span, ...]
    sizes: Sizes
    known_at: int
    facts: int
    last_at: int


class Open(NamedTuple):
    """What is known of a key without its closed visits; how these facts are cut, if that is known."""

    layout: Layout
    loose: Loose
    cut: Cutter | None = None


def may_go_on(layout: Layout, policy: Policy) -> bool:
    """Whether there is a memo that can be added to under this policy."""
    memo = layout.memo
    return memo is not None and memo.goes_on and memo.policy == policy.version


def go_on(
    key: str, known: Open, arrivals: Sequence[Arrival], policy: Policy, epoch: int
) -> tuple[Kept, Open] | None:
    """Take a step in which page views and the like come for the identifier of a key whose facts came last;
    None if more may follow from them. What is known then comes with it."""
    layout, loose = known.layout, known.loose
    memo = layout.memo
    if memo is None or not may_go_on(layout, policy):
        return None
    came = _came(key, layout, loose, arrivals, policy)
    if came is None:
        return None
    counted = _counted(key, layout, came, arrivals, policy)
    if counted is None:
        return None
    so_far = None
    if memo.is_handed:
        step = moved_nothing(memo, _to_whom_they_belong(key, layout, memo, came))
    else:
        facts = sorted((fact for fact in came.facts if isinstance(fact, WebsiteFact)), key=by_time)
        so_far = _cut(known.cut, came, facts, policy)
        visits = _visits(layout, memo, came, so_far, policy)
        found = visits and moved(key, memo, visits, facts, came.fresh, policy)
        if not found:
            return None
        step = found
        if step.start != layout.log.start:
            so_far = None
    return _kept(key, layout, counted, _asked(layout, step, came, policy), came, so_far, epoch)


def _cut(before: Cutter | None, came: _Came, facts: Sequence[WebsiteFact], policy: Policy) -> Cutter:
    """Cut all facts, or only the new ones, if it is known how those before were cut and they come after."""
    if before is not None:
        fresh = sorted((fact for fact in came.fresh if isinstance(fact, WebsiteFact)), key=by_time)
        cut_on = before.followed_by(fresh)
        if cut_on is not None:
            return cut_on
    return cut(facts, policy)


def _came(
    key: str, layout: Layout, loose: Loose, arrivals: Sequence[Arrival], policy: Policy
) -> _Came | None:
    """What came, if it is all of the identifier whose facts came last, and of types that only visits are made
    of."""
    told: list[Any] = [arrival.value for arrival in arrivals]
    identifier, room = key, policy.bounds.room
    if layout.current != OWN:
        identifier = layout.current
        member = layout.state["members"][identifier]
        place = member["version"], member.get("turn", 0)
        if not all(_goes_on(message, identifier, place) for message in told):
            return None
        if len(divisors := {message.divisor for message in told}) > 1:
            return None
        room = room.divided(divisors.pop())
        told = [fact for message in told for fact in message.facts]
    if not all(type(fact) in ONLY_IN_VISITS and fact.subject == identifier for fact in told):
        return None
    # A page that a tagged link led to takes the place of the touch.
    if any(fact.others or (isinstance(fact, PageViewed) and touch_named(fact.url)) for fact in told):
        return None
    fresh = _fresh(layout, loose.facts, told)
    return None if fresh is None else _Came(identifier, room, tuple(fresh), loose)


def _goes_on(message: Any, identifier: str, place: tuple[int, int]) -> bool:
    return (
        isinstance(message, MemberJoined)
        and message.identifier == identifier
        and (message.version, message.revision) == place
        and not message.truncated
    )


def _fresh(layout: Layout, loose: Iterable[AnyFact], told: Iterable[AnyFact]) -> list[AnyFact] | None:
    """The facts that nobody knows yet, each once; None if one may be another copy of a fact that is known."""
    held = {fact.event_id: fact for fact in loose}
    fresh: list[AnyFact] = []
    for fact in told:
        known = held.get(fact.event_id)
        if known is None and not layout.log.may_know(fact.event_id):
            held[fact.event_id] = fact
            fresh.append(fact)
        elif known != fact:
            return None
    return fresh


def _counted(
    key: str, layout: Layout, came: _Came, arrivals: Sequence[Arrival], policy: Policy
) -> _Counted | None:
    """What every fact moves; None if one may have to go, or may not count."""
    applied = dict(layout.applied)
    for arrival in arrivals:
        applied[arrival.topic] = max(arrival.offset, applied.get(arrival.topic, -1))
    spans = layout.spans
    if layout.current == OWN and kind_of(key) == DEVICE:
        for fact in came.fresh:
            heard = heard_again(spans[-1], fact.received_at, policy) if spans else None
            if heard is None:
                return None
            spans = (*spans[:-1], *heard)
    sizes = added_to(layout.log.sizes, came.fresh)
    if not fits(sizes, came.room):
        return None
    known_at, facts, last_at = layout.known_at, layout.facts, layout.last_at
    if layout.memo is None or not layout.memo.is_handed:
        facts += len(came.fresh)
        for fact in came.fresh:
            known_at, last_at = max(known_at, fact.received_at), max(last_at, fact.occurred_at)
    return _Counted(applied, spans, sizes, known_at, facts, last_at)


def _to_whom_they_belong(key: str, layout: Layout, memo: Memo, came: _Came) -> list[Emitted]:
    if not came.fresh:
        return []
    state = layout.state
    divisor = state.get("share", 1)
    facts, cut = settle({}, came.fresh, came.room.divided(divisor))
    share = Share(state["person"], state["assigned"], 0, divisor, memo.shares_cut or cut)
    return list(handed(key, share, facts))


def _visits(
    layout: Layout, memo: Memo, came: _Came, so_far: Cutter, policy: Policy
) -> tuple[Visit, ...] | None:
    """The visits that may go on, with the new facts; None if these may mean something to earlier ones."""
    start = layout.log.start
    if start is None or start <= memo.latest or any(by_time(fact) < start for fact in came.fresh):
        return None
    told: list[AnyFact] = []
    if _OF_PLATFORMS & layout.log.sizes.keys():
        if mentioned(came.fresh, policy):
            return None
        told = sorted((fact for fact in came.loose.facts if isinstance(fact, AdFact)), key=by_time)
    visits = told_of(so_far, came.identifier, ad_records(told), policy)
    if not visits or not visits[0].begins_anew or place_of(visits[0].touchpoint) != start:
        return None
    # What was left out of a long journey, or told by the CRM, depends on which visits there were.
    if (memo.is_cut or memo.has_told_sources) and not _follow(came):
        return None
    begun = {visit.touchpoint.id for visit in visits} & {fact.event_id for fact in came.fresh}
    return None if begun and memo.has_told_sources else visits


def _follow(came: _Came) -> bool:
    """Whether the new facts began after all that are known, so that these still make the visits they made."""
    last = max(map(by_time, came.loose.facts), default=(-1, ""))
    return all(by_time(fact) > last and began_at(fact) >= last[0] for fact in came.fresh)


def _asked(layout: Layout, step: Moved, came: _Came, policy: Policy) -> Moved:
    """With the questions to platforms that nobody has asked yet."""
    if layout.current != OWN or not (found := mentioned(came.fresh, policy)):
        return step
    known = step.memo.mentions
    asked = {known[at : at + 8] for at in range(0, len(known), 8)}
    new = [subject for subject in sorted(found) if hashed((subject,)) not in asked]
    if not new:
        return step
    mentions = [ClickMentioned(key=subject, identifier=came.identifier) for subject in new]
    memo = step.memo._replace(mentions=known + hashed(new))
    return step._replace(memo=memo, sent=(*mentions, *step.sent))


def _kept(
    key: str, before: Layout, counted: _Counted, step: Moved, came: _Came, so_far: Cutter | None, epoch: int
) -> tuple[Kept, Open]:
    """What is sent, and what is written: mostly a new record of facts, and the head."""
    version = version_of(epoch, sum(counted.applied.values()) + len(counted.applied))
    snapshot = step.snapshot(version, counted.known_at, counted.facts, counted.last_at)
    outputs = (*map(output_record, step.sent), snapshot_record(key, snapshot))
    writer = FactWriter(key, before.next, before.tie)
    was = before.log
    if step.start != was.start or len(was.loose) >= MOST_LOOSE:
        ended = [fact for fact in came.facts if not _goes_further(fact, step.start, was.start)]
        going = [fact for fact in came.facts if _goes_further(fact, step.start, was.start)]
        log, loose = writer.fold(was._replace(start=step.start), ended, sorted(going, key=by_time))
    else:
        log, loose = writer.append(was, came.loose, came.fresh)
    log = Log(log.packed, log.loose, counted.sizes, log.ids, log.start)
    after = before._replace(
        next=writer.next,
        applied=counted.applied,
        spans=counted.spans,
        known_at=counted.known_at,
        facts=counted.facts,
        last_at=counted.last_at,
        logs={**before.logs, before.current: log},
        tie=writer.tie,
    )
    is_same = step.memo is before.memo or step.memo == before.memo
    with_book = not is_same or (log.packed, log.start) != (was.packed, was.start)
    if with_book or len(after.spans) > 1 or not before.number:
        after = after._replace(memo=step.memo, number=before.number + 1).in_book()
        return Kept(outputs, changes_of(key, after, writer, with_book=True)), Open(after, loose, so_far)
    return Kept(outputs, changes_of(key, after, writer, with_book=False)), Open(after, loose, so_far)


def _goes_further(fact: AnyFact, start: Place | None, before: Place | None) -> bool:
    """Whether a fact is still needed loose; what platforms tell is, by the visits that it was told of."""
    if start is None:
        return False
    return start == before if isinstance(fact, AdFact) else by_time(fact) >= start
