"""Sets of facts: union, one winner per event id, and the bound that keeps a journey's state finite."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import orjson

from schemas.envelope import Fact, precedence
from schemas.handover import AnyFact
from schemas.terms import kind_of

FactSet: TypeAlias = Mapping[str, AnyFact]
Sizes: TypeAlias = Mapping[str, tuple[int, int]]


class Room(NamedTuple):
    """What of each type of fact may be kept: so many of the first and of the last, and so many bytes of them
    as JSON. The fact that exceeds the bytes is still kept, and so are a few of any size."""

    first_facts: int
    last_facts: int
    first_bytes: int
    last_bytes: int

    def divided(self, divisor: int) -> "Room":
        """One of so many equal parts; each has room for something."""
        return Room(*(max(1, each // divisor) for each in self))

    @property
    def of_any_size(self) -> int:
        """So many facts fit whatever their size: most journeys are that short, and need no measuring."""
        return _of_any_size(self.first_facts) + _of_any_size(self.last_facts)


def by_time(fact: Fact) -> tuple[int, str]:
    """Order facts by when they happened; the event id makes the order total."""
    return fact.occurred_at, fact.event_id


def union(known: FactSet, more: Iterable[AnyFact]) -> dict[str, AnyFact]:
    """Add facts to a set; of several copies of one event id, the one that takes precedence stays.

    The result is the same for any order and repetition of the same facts.
    """
    merged = dict(known)
    for fact in more:
        held = merged.get(fact.event_id)
        if held is None or (held != fact and precedence(fact) < precedence(held)):
            merged[fact.event_id] = fact
    return merged


def bounded(facts: FactSet, room: Room) -> tuple[dict[str, AnyFact], bool]:
    """Keep of each type of fact the first and the last by (time, id), as many as there is room for; say
    whether any had to go. What is about a lead and what is about a deal are apart: what they tell each other
    takes no room from what was told of themselves, whatever came first.

    Being first or last doesn't depend on the order of arrival, so neither does what stays. Whether a fact is
    among the first depends on those before it alone, and all of these are among the first, too. So what is
    dropped would also have to go from any larger set, and decides about no other fact: to bound a part, add
    the rest and bound again is to bound the whole. The same holds from the end.
    """
    if len(facts) <= room.of_any_size:
        return dict(facts), False
    few = len(facts) <= room.first_facts + room.last_facts
    if few and _at_most(facts.values()) <= min(room.first_bytes, room.last_bytes):
        return dict(facts), False
    groups: dict[tuple[str, str], list[AnyFact]] = {}
    for fact in facts.values():
        groups.setdefault((fact.type, kind_of(fact.subject)), []).append(fact)
    kept: dict[str, AnyFact] = {}
    for group in groups.values():
        kept.update((fact.event_id, fact) for fact in _ends(group, room))
    return kept, len(kept) < len(facts)


def fits(sizes: Sizes, room: Room) -> bool:
    """Whether all facts of a set have room for certain; `sizes`: of each type how many, and their bytes."""
    counts = sum(count for count, _ in sizes.values())
    if counts <= room.of_any_size:
        return True
    return all(_all_stay(count, 1 + count + size, room) for count, size in sizes.values())


def _all_stay(count: int, size: int, room: Room) -> bool:
    """Whether of so many facts of a type, with so many bytes as a list, the first or the last are all."""
    return (
        count <= room.of_any_size
        or (count <= room.first_facts and size <= room.first_bytes)
        or (count <= room.last_facts and size <= room.last_bytes)
        or (count <= room.first_facts + room.last_facts and size <= min(room.first_bytes, room.last_bytes))
    )


def bytes_of(fact: AnyFact) -> int:
    """The size of a fact as JSON, in bytes."""
    return len(orjson.dumps(fact.__dict__))


def _at_most(facts: Iterable[AnyFact]) -> int:
    """A little more than the bytes of all these facts; a quarter of a microsecond for each."""
    return len(orjson.dumps([fact.__dict__ for fact in facts]))


def _ends(group: list[AnyFact], room: Room) -> list[AnyFact]:
    if len(group) <= room.of_any_size:
        return group
    group.sort(key=by_time)
    first = _reach(group[: room.first_facts], room.first_facts, room.first_bytes)
    last = _reach(group[: -room.last_facts - 1 : -1], room.last_facts, room.last_bytes)
    return group if first + last >= len(group) else group[:first] + group[len(group) - last :]


def _reach(inwards: list[AnyFact], count: int, size: int) -> int:
    """How many facts stay of these, which begin at one end and are at most `count`.

    A fact stays if those before it have fewer than `size` bytes together. So the one that exceeds them stays:
    else it would decide about others without being kept.
    """
    if _at_most(inwards) <= size:
        return len(inwards)
    taken = 0
    for fact in inwards:
        if size <= 0 and taken >= _of_any_size(count):
            break
        size -= bytes_of(fact)
        taken += 1
    return taken


def _of_any_size(count: int) -> int:
    return count // 16
