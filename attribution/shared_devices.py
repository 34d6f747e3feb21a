"""Whose facts are they, on a device that several people use?

Each fact belongs to whoever was identified on the device last before it, or at it; facts before the first
identification belong to the first. Only the persons that the device is known to be shared by count. What an
ad platform tells of a click or a keyword goes to all of them: its time is the platform's, not the visitor's.
"""

from collections.abc import Sequence

from attribution.facts import by_time
from attribution.links import names_in
from schemas.handover import AnyFact
from schemas.sem import AdFact


def facts_by_person(
    facts: Sequence[AnyFact], shared: Sequence[tuple[str, str]]
) -> dict[str, tuple[AnyFact, ...]]:
    """Divide facts, given in the order of (time, id), among the persons in `shared`: (identifier, person).

    Everybody is in the result, also who gets nothing. What ad platforms tell goes to all who get anything.
    """
    person_of = dict(shared)
    parts: dict[str, list[AnyFact]] = {person: [] for person in person_of.values()}
    waiting: list[AnyFact] = []
    from_platforms = [fact for fact in facts if isinstance(fact, AdFact)]
    current: str | None = None
    for fact in facts:
        if isinstance(fact, AdFact):
            continue
        named = sorted({person_of[name] for name in names_in(fact) if name in person_of})
        current = named[0] if named else current
        if current is None:
            waiting.append(fact)
            continue
        parts[current].extend(waiting)
        waiting.clear()
        parts[current].append(fact)
    if waiting:
        # Nobody was identified by a fact that is still held; a CRM record alone ties them to the device.
        parts[min(parts)].extend(waiting)
    return {
        person: tuple(sorted([*from_platforms, *part], key=by_time) if part else ())
        for person, part in parts.items()
    }
