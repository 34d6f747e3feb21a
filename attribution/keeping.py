"""A step with the whole state of a key: from its records, through `advance`, to what differs in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from attribution.advance import Arrival, Step, advance
from attribution.expiry import join_spans
from attribution.fact_records import FactWriter, Loose, loose_facts, packed_facts
from attribution.facts import by_time
from attribution.journey import ONLY_IN_VISITS
from attribution.layout import NONE, OWN, Layout, Log, Place, added_to, dump_book, dump_head, key_of_book
from attribution.links import mentioned
from attribution.memo import Remembered, facts_of, remembered
from attribution.policy import Policy
from attribution.state import State, load_state
from schemas.codec import Encoded, output_record, snapshot_record
from schemas.handover import AnyFact, MemberJoined
from schemas.journey import Journey
from schemas.sem import AdFact
from schemas.terms import DAY_MS

Read = Callable[[bytes], bytes | None]

# With more loose records than this, those of them are packed whose visits have ended.
MOST_LOOSE: Final = 16


class Kept(NamedTuple):
    """What a step leads to, in records: what must be sent first, then what changes of the state, in order."""

    outputs: tuple[Encoded, ...]
    changes: Mapping[bytes, bytes | None]


class Whole(NamedTuple):
    """All that is known of a key, and where it stands; `loose`: by identifier the facts in loose records."""

    state: State
    layout: Layout = Layout()
    loose: Mapping[str, Loose] = NONE

    @property
    def size(self) -> int:
        """How many facts it holds."""
        return len(self.state.own) + sum(len(member.facts) for member in self.state.members.values())


def load_whole(key: str, head: bytes, layout: Layout, read: Read) -> Whole:
    """Put a state together from its records. Raises an exception of any kind if one is damaged or missing."""
    if not layout.state and not layout.number:
        # It is from a time when a state was one record.
        return Whole(load_state(head))
    state = State.model_validate({**layout.state, "applied": layout.applied})
    loose = {name: loose_facts(key, log, read) for name, log in layout.logs.items()}
    facts = {
        name: _set_of([*packed_facts(key, log, read), *loose[name].facts])
        for name, log in layout.logs.items()
    }
    spans = join_spans((*state.spans, *layout.spans), (), DAY_MS) if layout.spans else state.spans
    members = {
        name: member.model_copy(update={"facts": facts.get(name, ())})
        for name, member in state.members.items()
    }
    known = {"own": facts.get(OWN, ()), "members": members, "spans": spans}
    return Whole(state.model_copy(update=known), layout, loose)


def keep(
    key: str, whole: Whole, arrivals: Sequence[Arrival], policy: Policy, epoch: int
) -> tuple[Kept, Whole]:
    """Take a step with the whole state, and write what it changes; what is known then comes with it."""
    layout = whole.layout
    step = advance(key, whole.state, arrivals, policy, epoch)
    current = _current(arrivals) or layout.current or OWN
    known = remembered(key, step, current, policy)
    writer = FactWriter(key, layout.next, layout.tie)
    logs, loose = _logs(whole, step.state, _going(step.state, current, known, policy), writer)
    journey = step.derived.journey if step.derived else None
    after = Layout(
        number=layout.number + 1,
        next=writer.next,
        tie=writer.tie,
        applied=step.state.applied,
        spans=step.state.spans[-1:],
        known_at=journey.known_at if journey else 0,
        facts=journey.facts if journey else 0,
        last_at=journey.last_at if journey else 0,
        current=current,
        logs=logs,
        state=_without_facts(step.state),
        memo=known.memo if known else None,
    ).in_book()
    told = frozenset(layout.memo.refs) if layout.memo else frozenset[str]()
    kept = Kept(_outputs(step, known, told), changes_of(key, after, writer, with_book=True))
    return kept, Whole(step.state, after, loose)


def changes_of(key: str, layout: Layout, writer: FactWriter, with_book: bool) -> dict[bytes, bytes | None]:
    """Return the records to write, in the order in which a process may end between any two of them: facts,
    the book that names them, the head that the book fits, and what is named no more."""
    book: dict[bytes, bytes | None] = {key_of_book(key): dump_book(layout)} if with_book else {}
    return {**writer.written, **book, key.encode(): dump_head(layout), **writer.gone}


def _current(arrivals: Sequence[Arrival]) -> str | None:
    """Whose facts came, if they are of one identifier."""
    names = {
        each.value.identifier if isinstance(each.value, MemberJoined) else OWN
        for each in arrivals
        if isinstance(each.value, (MemberJoined, *ONLY_IN_VISITS))
    }
    return names.pop() if len(names) == 1 else None


@dataclass(frozen=True, slots=True)
class _Going:
    """Of which identifier visits may go on, from which place on, and what platforms told of their pages."""

    name: str
    start: Place | None
    told: frozenset[str]

    def holds(self, name: str, fact: AnyFact) -> bool:
        """Whether a fact is needed as long as they go on."""
        if name != self.name or self.start is None:
            return False
        return fact.event_id in self.told if isinstance(fact, AdFact) else by_time(fact) >= self.start


def _going(state: State, current: str, known: Remembered | None, policy: Policy) -> _Going:
    start = known.start if known else None
    if start is None:
        return _Going(current, None, frozenset())
    facts = facts_of(state, current)
    platforms = [fact for fact in facts if isinstance(fact, AdFact)]
    asked = mentioned((fact for fact in facts if by_time(fact) >= start), policy) if platforms else set[str]()
    return _Going(current, start, frozenset(fact.event_id for fact in platforms if fact.subject in asked))


def _logs(
    whole: Whole, after: State, going: _Going, writer: FactWriter
) -> tuple[dict[str, Log], dict[str, Loose]]:
    """The records of all identifiers, and what stands loose in them."""
    layout = whole.layout
    logs: dict[str, Log] = {}
    all_loose: dict[str, Loose] = {}
    for name in (OWN, *after.members):
        known = facts_of(whole.state, name) if name in layout.logs else ()
        there = layout.logs.get(name) or Log(), whole.loose.get(name) or Loose()
        log, loose = _log(name, there, known, facts_of(after, name), going, writer)
        if log.packed or log.loose:
            logs[name] = log._replace(start=going.start if name == going.name else None)
            all_loose[name] = loose
    for name in layout.logs.keys() - {OWN, *after.members}:
        writer.drop((*layout.logs[name].packed, *layout.logs[name].loose))
    return logs, all_loose


def _log(
    name: str,
    there: tuple[Log, Loose],
    known: Sequence[AnyFact],
    facts: Sequence[AnyFact],
    going: _Going,
    writer: FactWriter,
) -> tuple[Log, Loose]:
    """Write the facts of an identifier that were not known; all of them, if some are no longer what they
    were."""
    log, loose = there
    before = {fact.event_id: fact for fact in known}
    after = {fact.event_id: fact for fact in facts}
    fresh = [fact for fact in facts if fact.event_id not in before]
    log = log._replace(sizes=added_to(log.sizes, fresh))
    at_hand = {fact.event_id for fact in (*loose.facts, *fresh)}
    lacking = [fact for fact in facts if going.holds(name, fact) and fact.event_id not in at_hand]
    is_other = any(after.get(event_id) != fact for event_id, fact in before.items())
    if is_other or not all(isinstance(fact, AdFact) for fact in lacking):
        writer.drop(log.packed)
        return _folded(name, Log(loose=log.loose, sizes=added_to({}, facts)), facts, going, writer)
    # What platforms told of an earlier visit may be told of this one, too, and stands twice then.
    more = (*fresh, *lacking)
    ends = name == going.name and going.start is not None
    if len(log.loose) + bool(more) > MOST_LOOSE or (
        ends and not all(going.holds(name, fact) for fact in (*loose.facts, *fresh))
    ):
        return _folded(name, log, (*loose.facts, *more), going, writer)
    return writer.append(log, loose, more)


def _folded(
    name: str, log: Log, facts: Iterable[AnyFact], going: _Going, writer: FactWriter
) -> tuple[Log, Loose]:
    ended: list[AnyFact] = []
    still: list[AnyFact] = []
    for fact in facts:
        (still if going.holds(name, fact) else ended).append(fact)
    return writer.fold(log, ended, sorted(still, key=by_time))


def _outputs(step: Step, known: Remembered | None, told: frozenset[str]) -> tuple[Encoded, ...]:
    """What is sent: of the journey only what may still change, after the touchpoints that nobody was told."""
    outputs = []
    for output in step.outputs:
        if isinstance(output, Journey) and known is not None:
            outputs += [output_record(each) for each in known.closed if each.ref not in told]
            outputs.append(snapshot_record(output.person, known.snapshot))
        else:
            outputs.append(output_record(output))
    return tuple(outputs)


def _without_facts(state: State) -> dict[str, object]:
    facts: Any = {"own": True, "applied": True, "members": {"__all__": {"facts"}}}
    told: dict[str, object] = state.model_dump(mode="json", exclude=facts, exclude_defaults=True)
    return told


def _set_of(facts: Iterable[AnyFact]) -> tuple[AnyFact, ...]:
    return tuple(sorted({fact.event_id: fact for fact in facts}.values(), key=by_time))
