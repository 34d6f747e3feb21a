"""What the journey agent remembers of one identifier, person or deal, and how that becomes bytes."""

import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import lz4.block
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from attribution.facts import FactSet, Room, bounded, by_time, union
from attribution.versions import version_of
from schemas.handover import AnyFact, JourneyFact
from schemas.terms import Identifier, Millis

_WORTH_PACKING = 1024
_LZ4 = b"4"
# No state comes near it; damaged bytes that say to be larger must not take the memory.
_MOST_UNPACKED = 256 << 20


class Span(NamedTuple):
    """From when to when facts of a device were received without a long silence, UTC milliseconds; and whether
    some of them had to go."""

    first: int
    last: int
    cut: bool = False

    def cut_short(self) -> "Span":
        return self._replace(cut=True)


class Member(BaseModel):
    """An identifier as its person knows it: the pair at which it joined or left, and its facts."""

    # Keys of the JSON that have older names keep them.
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    version: int
    revision: int = Field(0, alias="turn")
    joined: bool
    facts: tuple[JourneyFact, ...] = ()
    truncated: bool = False


class EmittedLink(BaseModel):
    """The link between two identifiers that was emitted last: the one whose evidence was received first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    received_at: Millis
    tie: str


class State(BaseModel):
    """Everything known of one key.

    `own`: the facts that were recorded under this key, in the order of (time, id); of a device in `spans`.
    `person`, `shared`, `divisor`, `issue`: what the newest assignment says; no person: it is its own.
    `assigned`: the version since which that is so; `heard`: the newest version heard of; `since`: when the
    first of what is said about who it is was received.
    `holders`: the persons that were handed its facts, besides itself; of a deal, everybody ever on it.
    `emitted`: the newest link of each pair that was told to the identity agent.
    `members`: the identifiers that are, or were, this person.
    `applied`: the highest offset of each topic that went into this; it makes the version.
    """

    # Keys of the JSON that have older names keep them.
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    own: tuple[JourneyFact, ...] = ()
    spans: tuple[Span, ...] = ()
    truncated: bool = False
    person: Identifier | None = None
    assigned: int = -1
    heard: int = -1
    since: Millis | None = None
    shared: tuple[tuple[Identifier, Identifier], ...] = ()
    divisor: int = Field(1, alias="share")
    issue: str = ""
    holders: tuple[Identifier, ...] = ()
    members: dict[str, Member] = {}
    emitted: dict[str, EmittedLink] = Field({}, alias="told")
    applied: dict[str, int] = {}

    def version(self, epoch: int) -> int:
        """Return a number that grows whenever the state does, and is the same after a replay."""
        return version_of(epoch, sum(self.applied.values()) + len(self.applied))


_ADAPTER = TypeAdapter(State)


def load_state(data: bytes | None) -> State:
    """Read a state from its bytes; nothing is the state of a key never seen."""
    return State() if data is None else _ADAPTER.validate_json(unpacked(data))


def dump_state(state: State) -> bytes:
    """Write a state as bytes: JSON, packed where that pays."""
    return packed(state.__pydantic_serializer__.to_json(state))


def packed(text: bytes, like: bytes = b"") -> bytes:
    """Compress JSON that is not small, or that is `like` another text, which is needed to read it again.

    Facts of one visitor repeat their URLs and names, a worker holds hundreds of thousands of states, and each
    change of one goes to its changelog. LZ4 takes a third more room than zlib and a ninth of its time.
    """
    if like:
        smaller: bytes = _LZ4 + lz4.block.compress(text, dict=like)
        return smaller
    return text if len(text) < _WORTH_PACKING else _LZ4 + lz4.block.compress(text)


def unpacked(data: bytes, like: bytes = b"") -> bytes:
    """Return the JSON again; it begins with a brace or a bracket, which packed data never does.

    What does not begin as one or the other was packed by zlib once.
    """
    if data.startswith(_LZ4):
        if int.from_bytes(data[1:5], "little") > _MOST_UNPACKED:
            raise ValueError("a state says to be larger than any is")
        plain: bytes = lz4.block.decompress(data[1:], dict=like)
        return plain
    return data if data.startswith((b"{", b"[")) else zlib.decompress(data)


def settle(known: FactSet, more: Iterable[AnyFact], room: Room) -> tuple[tuple[AnyFact, ...], bool]:
    """Add facts to a set and bound it; return it in the order of (time, id), and whether facts had to go."""
    kept, cut = bounded(union(known, more), room)
    return tuple(sorted(kept.values(), key=by_time)), cut


def followed(own: tuple[AnyFact, ...], more: Sequence[AnyFact], room: Room) -> tuple[AnyFact, ...] | None:
    """Return the facts with more of them at their end, in the order of (time, id); None if these don't all
    follow, or might not fit, as `settle` finds out. Most facts come in order, and most journeys are short.
    """
    if len(own) + len(more) > room.of_any_size:
        return None
    added = sorted(more, key=by_time)
    places = [by_time(fact) for fact in (*own[-1:], *added)]
    in_order = all(one < other for one, other in pairwise(places))
    known = {fact.event_id for fact in own}
    return (*own, *added) if in_order and known.isdisjoint(fact.event_id for fact in added) else None


def indexed(facts: Iterable[AnyFact]) -> dict[str, AnyFact]:
    """Return the facts by their event ids."""
    return {fact.event_id: fact for fact in facts}
