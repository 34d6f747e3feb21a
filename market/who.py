"""Who is who by the rules of docs/identity.md, worked out anew: ties, caps, corrections, shared browsers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# How many others of one kind, or of one CRM, a name may be tied to before it stands for nobody.
CAPS = {"anon": 8, "email": 6, "phone": 6, "user": 6, "crm": 10}
BROWSERS_OF_ONE = 100

Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class Corrected:
    """What people corrected by hand: pairs that are not one person, and names that stand for nobody."""

    splits: frozenset[Pair]
    blocked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Who:
    """Names put together: `groups` are one person each; no browser that people share is in any.

    `shared` tells of such a browser which names were left on it; `over_cap` and `blocked` are the names that
    join nobody, each a group of its own.
    """

    groups: tuple[tuple[str, ...], ...]
    shared: Mapping[str, tuple[str, ...]]
    over_cap: frozenset[str]
    blocked: frozenset[str]


def who_is_who(told: Iterable[Sequence[str]], corrected: Corrected) -> Who:
    """Put names together: each record in `told` is the name that it is about, with the others that it tells.

    No record of the market ties two browsers to one another, so the rule for those isn't here.
    """
    ties = _ties(told)
    over_cap = frozenset(name for name, others in ties.items() if _is_over(name, others))
    silent = over_cap | corrected.blocked
    counting = {
        name: {
            other
            for other in others
            if name not in silent and other not in silent and frozenset((name, other)) not in corrected.splits
        }
        for name, others in ties.items()
    }
    persons = _joined({name: others for name, others in counting.items() if not is_browser(name)})
    group_of = {name: group for group in persons for name in group}
    shared = {
        browser: tuple(sorted(others))
        for browser, others in counting.items()
        if is_browser(browser) and _conflicts({group_of[other] for other in others})
    }
    groups = _joined(
        {
            name: {other for other in others if other not in shared}
            for name, others in counting.items()
            if name not in shared
        }
    )
    return Who(tuple(sorted(groups)), shared, over_cap, corrected.blocked)


def smallest(names: Iterable[str]) -> str:
    """Return what a person is called by: the smallest CRM record, else the smallest name."""
    ordered = sorted(names)
    return next((name for name in ordered if name.startswith("crm:")), ordered[0])


def dealt(named: Sequence[Sequence[str]], person_of: Mapping[str, str]) -> list[str]:
    """Say whose each fact on a shared browser is; of each, in the order of time, the names that it tells.

    It is of whoever was identified last, before it or by it; what comes before anybody was identified is of
    the first one. `person_of` has the names left on the browser.
    """
    owners: list[str] = []
    current = ""
    for names in named:
        told = sorted({person_of[name] for name in names if name in person_of})
        current = told[0] if told else current
        owners.append(current)
    first = next((owner for owner in owners if owner), min(person_of.values()))
    return [owner or first for owner in owners]


def is_browser(name: str) -> bool:
    """Say whether a name is that of a browser."""
    return name.startswith("anon:")


def _ties(told: Iterable[Sequence[str]]) -> dict[str, set[str]]:
    """Tie the names of each record: what it is about to all others; of a browser, those to one another."""
    ties: dict[str, set[str]] = {}
    for about, *others in told:
        ties.setdefault(about, set())
        # What somebody said on a browser holds without it, too.
        said = sorted(others)[:1] if is_browser(about) else []
        for one in (about, *said):
            for other in others:
                if one != other:
                    ties.setdefault(one, set()).add(other)
                    ties.setdefault(other, set()).add(one)
    return ties


def _kind(name: str) -> str:
    """Return the kind of a name; each CRM counts as one."""
    kind, _, rest = name.partition(":")
    return f"crm:{rest.partition(':')[0]}" if kind == "crm" else kind


def _is_over(name: str, others: Iterable[str]) -> bool:
    counts: dict[str, int] = {}
    for other in others:
        counts[_kind(other)] = counts.get(_kind(other), 0) + 1
    own = CAPS[name.partition(":")[0]]
    caps = {kind: BROWSERS_OF_ONE if kind == "anon" and not is_browser(name) else own for kind in counts}
    return any(count > caps[kind] for kind, count in counts.items())


def _conflicts(persons: Iterable[tuple[str, ...]]) -> bool:
    """Say whether two of these persons have a name of the same kind each."""
    kinds = [kind for person in persons for kind in {_kind(name) for name in person}]
    return len(kinds) > len(set(kinds))


def _joined(ties: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """Return the groups of names that paths of ties join; only the names that `ties` has."""
    groups: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in ties:
        if start in seen:
            continue
        group, waiting = set(), [start]
        while waiting:
            name = waiting.pop()
            if name not in group:
                group.add(name)
                waiting.extend(other for other in ties[name] if other in ties)
        seen |= group
        groups.append(tuple(sorted(group)))
    return groups
