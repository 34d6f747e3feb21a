"""One step of the identity agent: links, splits and blocks → who belongs to whom, for whoever is affected."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from attribution.identity import Node, group_of, is_over, linked, most_kept
from attribution.persons import NodeOf, Persons
from attribution.policy import Policy
from attribution.versions import version_of
from schemas.handover import IdentityAssigned
from schemas.identity import IdentityBlocked, IdentityLinked, IdentitySplit

IdentityFact = IdentityLinked | IdentitySplit | IdentityBlocked


@dataclass(frozen=True, slots=True)
class LinkStep:
    """The nodes that changed, and the assignments that must be sent before they are remembered."""

    nodes: dict[str, Node]
    assignments: tuple[IdentityAssigned, ...]


@dataclass(slots=True)
class _Book:
    """Nodes as they are stored, and above them those that changed since."""

    stored: NodeOf
    policy: Policy
    changed: dict[str, Node] = field(default_factory=dict)
    grown: bool = True

    def node(self, name: str) -> Node:
        return self.changed[name] if name in self.changed else self.stored(name)

    def note(self, fact: IdentityFact) -> None:
        for name in ends_of(fact):
            node = self.node(name)
            since = fact.received_at if node.since is None else min(node.since, fact.received_at)
            # What was stored before `since` was recorded is as old as can be.
            self.changed[name] = node.model_copy(update={"since": 0 if node.is_of_old() else since})
        self.grown = self.grown and isinstance(fact, IdentityLinked)
        match fact:
            case IdentityLinked():
                for name, other in ((fact.left, fact.right), (fact.right, fact.left)):
                    self.tie(name, other)
            case IdentitySplit():
                for name, other in ((fact.left, fact.right), (fact.right, fact.left)):
                    splits = self.node(name).splits | {other}
                    self.changed[name] = self.node(name).model_copy(update={"splits": splits})
            case IdentityBlocked():
                self.changed[name] = self.node(name).model_copy(update={"blocked": True})

    def tie(self, name: str, other: str) -> None:
        before = self.node(name)
        self.changed[name] = after = linked(name, before, other, self.policy)
        if is_over(name, after, self.policy) and not is_over(name, before, self.policy):
            self.grown = False

    def beside(self, names: Iterable[str]) -> set[str]:
        """The names, and all that they are or were tied to or split from: both ends of what came apart."""
        found = set(names)
        for name in list(found):
            node = self.node(name)
            # Past its cap a node leaves out links, which may have counted until now.
            found |= node.links | node.splits | self.stored(name).links
        return found


def resolve_links(
    facts: Sequence[IdentityFact], head: int, node_of: NodeOf, policy: Policy, epoch: int | None = None
) -> LinkStep:
    """Take in facts about identity; `head` is the offset of the last of them, and orders assignments.

    Everybody who may be affected is assigned, changed or not: an attempt at this step that was cut short may
    have told something that these facts, taken together with later ones, no longer say.
    """
    book = _Book(node_of, policy)
    for fact in facts:
        book.note(fact)
    persons = Persons(book.node, policy, grown=book.grown)
    affected = persons.around(book.beside(list(book.changed)))
    if persons.crowded:
        # Who was with those that became too many is no longer found from here, nor who is left without them.
        affected |= persons.with_theirs(_affected_on_the_way(facts, node_of, policy, grown=book.grown))
    return _assigned(book, affected, _version(policy.epoch if epoch is None else epoch, head), persons)


def resolve_again(names: Iterable[str], node_of: NodeOf, policy: Policy, epoch: int) -> LinkStep:
    """Assign identifiers anew since the policy has changed, which counts as the start of `epoch`.

    Raised caps need links that lowered ones had left out at this end; the other end has kept them.
    """
    book = _Book(node_of, policy)
    names = list(names)
    for name in names:
        for other in node_of(name).links:
            if name not in book.node(other).links:
                book.tie(other, name)
    healed = set(book.changed)
    persons = Persons(book.node, policy)
    waiting = {name for name in names if node_of(name).version < version_of(epoch, 0)}
    affected = persons.around(waiting | book.beside(healed))
    if healed and persons.crowded:
        affected |= persons.with_theirs(Persons(node_of, policy).around(book.beside(healed)))
    # Odd numbers lie between those of facts.
    return _assigned(book, affected, _version(epoch, -1) + bool(healed), persons, healed=bool(healed))


class Assignments:
    """Who everybody is of whom anything is said, from all that is said at once.

    It ends where `resolve_links` does, whichever steps that takes, and looks at each link once.
    """

    def __init__(self, facts: Iterable[IdentityFact], policy: Policy) -> None:
        self._nodes = nodes_of(facts, policy)
        self._persons = Persons(lambda name: self._nodes.get(name, Node()), policy)

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[IdentityAssigned]:
        return (_assignment(name, node, self._persons) for name, node in self._nodes.items())

    def of(self, name: str) -> IdentityAssigned | None:
        """Return who an identifier is; None if nothing is said of it."""
        node = self._nodes.get(name)
        return None if node is None else _assignment(name, node, self._persons)


def nodes_of(facts: Iterable[IdentityFact], policy: Policy) -> dict[str, Node]:
    """Return what is remembered of each identifier once all these facts were taken in."""
    links: dict[str, dict[str, set[str]]] = {}
    splits: dict[str, set[str]] = {}
    blocked: set[str] = set()
    since: dict[str, int] = {}
    for fact in facts:
        for name in ends_of(fact):
            since[name] = min(since.get(name, fact.received_at), fact.received_at)
        match fact:
            case IdentityLinked():
                for name, other in ((fact.left, fact.right), (fact.right, fact.left)):
                    links.setdefault(name, {}).setdefault(group_of(other), set()).add(other)
            case IdentitySplit():
                splits.setdefault(fact.left, set()).add(fact.right)
                splits.setdefault(fact.right, set()).add(fact.left)
            case IdentityBlocked():
                blocked.add(fact.identifier)
    return {
        name: Node(
            links=frozenset(
                other
                for group, others in links.get(name, {}).items()
                for other in most_kept(name, others, group, policy)
            ),
            splits=frozenset(splits.get(name, ())),
            blocked=name in blocked,
            since=at,
            version=0,
        )
        for name, at in since.items()
    }


def assigned_again(names: Iterable[str], node_of: NodeOf, policy: Policy) -> tuple[IdentityAssigned, ...]:
    """Return the assignments that were sent last to these identifiers."""
    persons = Persons(node_of, policy)
    return tuple(_assignment(name, node_of(name), persons) for name in names if node_of(name).version >= 0)


def _assignment(name: str, node: Node, persons: Persons) -> IdentityAssigned:
    belonging = persons.belonging(name)
    return IdentityAssigned(
        identifier=name,
        person=belonging.person,
        version=node.version,
        shared=belonging.shared,
        divisor=belonging.divisor,
        issue=belonging.issue,
        since=node.since,
    )


def _version(epoch: int, head: int) -> int:
    return version_of(epoch, 2 * (head + 1))


def ends_of(fact: IdentityFact) -> tuple[str, ...]:
    """Return the identifiers that a fact speaks of."""
    return (fact.identifier,) if isinstance(fact, IdentityBlocked) else (fact.left, fact.right)


def _affected_on_the_way(
    facts: Iterable[IdentityFact], node_of: NodeOf, policy: Policy, *, grown: bool
) -> set[str]:
    """Everybody who is affected by some fact in the state before it, or after it."""
    book = _Book(node_of, policy)
    affected: set[str] = set()
    for fact in facts:
        affected |= Persons(book.node, policy, grown=grown).around(book.beside(ends_of(fact)))
        book.note(fact)
        affected |= Persons(book.node, policy, grown=grown).around(book.beside(ends_of(fact)))
    return affected


def _assigned(
    book: _Book, affected: Iterable[str], version: int, persons: Persons, *, healed: bool = False
) -> LinkStep:
    assignments = []
    for name in sorted(affected):
        node = book.node(name)
        own = max(node.version | healed, version)
        crowded = book.policy.version if persons.is_crowded(name) else ""
        book.changed[name] = node = node.model_copy(update={"version": own, "crowded": crowded})
        assignments.append(_assignment(name, node, persons))
    return LinkStep(book.changed, tuple(assignments))
