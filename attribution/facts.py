"""Sets of facts: union, one winner per event id, and the bound that keeps a journey's state finite."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from schemas.envelope import Fact, precedence
from schemas.handover import AnyFact

FactSet: TypeAlias = Mapping[str, AnyFact]


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


def bounded(facts: FactSet, first: int, last: int) -> tuple[dict[str, AnyFact], bool]:
    """Keep of each type of fact the first and the last few by (time, id); say whether any had to go.

    Being first or last doesn't depend on the order of arrival, so neither does what stays.
    """
    if len(facts) <= first + last:
        return dict(facts), False
    groups: dict[str, list[AnyFact]] = {}
    for fact in facts.values():
        groups.setdefault(fact.type, []).append(fact)
    kept: dict[str, AnyFact] = {}
    for group in groups.values():
        if len(group) > first + last:
            group.sort(key=by_time)
            group = group[:first] + group[len(group) - last :]
        kept.update((fact.event_id, fact) for fact in group)
    return kept, len(kept) < len(facts)
