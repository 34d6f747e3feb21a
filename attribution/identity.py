"""Who is who: persons as a pure function of links, splits and blocks, with the policy's guards.

Two identifiers are one person when a path of links joins them. What never joins: a blocked identifier, a
pair that was split, and an identifier linked to more others of one kind than the policy's cap, such as the
phone number of a switchboard. A browser (`anon:`) that would join two persons who each have an identifier
of the same kind (two e-mail addresses, say) is shared: it joins nobody, and each of its facts goes to whoever
was identified on it at that time. So are browsers that would join them together, each of them linked to one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, TypeAdapter

from attribution.policy import Policy
from schemas.terms import Identifier, kind_of

DEVICE = "anon"


class Node(BaseModel):
    """An identifier as the identity agent knows it.

    `links`: the others it is linked to; `splits`: those it is not the same as, whatever the links say;
    `version`: the highest at which it was assigned to a person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    links: frozenset[Identifier] = frozenset()
    splits: frozenset[Identifier] = frozenset()
    blocked: bool = False
    version: int = -1


NodeOf = Callable[[str], Node]
_ADAPTER = TypeAdapter(Node)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whom an identifier belongs to; `shared` says so for each name seen on a device of several people."""

    person: str
    shared: tuple[tuple[str, str], ...] = ()
    issue: str = ""


def load_node(data: bytes | None) -> Node:
    """Read a node from its bytes; nothing is a node without links."""
    return Node() if data is None else _ADAPTER.validate_json(data)


def dump_node(node: Node) -> bytes:
    """Write a node as bytes; equal nodes give equal bytes."""
    plain = node.model_dump(mode="json")
    plain["links"], plain["splits"] = sorted(node.links), sorted(node.splits)
    return _ADAPTER.dump_json(Node.model_construct(**plain), warnings=False)


def group_of(name: str) -> str:
    """Return what caps and conflicts count an identifier under: its kind, for the CRM with the system."""
    kind, _, rest = name.partition(":")
    return f"crm:{rest.partition(':')[0]}" if kind == "crm" else kind


def linked(name: str, node: Node, other: str, policy: Policy) -> Node:
    """Add a link to the node of `name`.

    Past the cap only as many are kept as show that it is past, and always the same ones.
    """
    group = group_of(other)
    cap = cap_of(name, group, policy)
    kept = sorted(each for each in node.links | {other} if group_of(each) == group)[: cap + 1]
    rest = {each for each in node.links if group_of(each) != group}
    return node.model_copy(update={"links": frozenset(rest | set(kept))})


def cap_of(name: str, group: str, policy: Policy) -> int:
    """Return how many others of one kind, or of one CRM, an identifier may be linked to."""
    caps = policy.identity.degree_caps
    kind = kind_of(name)
    return caps.get(f"{kind}_{kind_of(group)}") or caps.get(kind) or min(caps.values())


def is_over(name: str, node: Node, policy: Policy) -> bool:
    """Say whether an identifier is linked to too many others of one kind to stand for one person."""
    counts: dict[str, int] = {}
    for other in node.links:
        counts[group_of(other)] = counts.get(group_of(other), 0) + 1
    return any(count > cap_of(name, group, policy) for group, count in counts.items())


def resolve(starts: Iterable[str], node_of: NodeOf, policy: Policy) -> dict[str, Belonging]:
    """Say whom every identifier belongs to that can be reached from `starts` by links that count.

    `node_of` gives any identifier's node. The result doesn't depend on where one starts.
    """
    edges = _edges(starts, node_of, policy)
    people = _Groups(edges)
    devices = sorted(name for name in edges if kind_of(name) == DEVICE)
    for name in sorted(edges):
        for other in edges[name]:
            if kind_of(name) != DEVICE and kind_of(other) != DEVICE:
                people.join(name, other)
    kinds = _kinds(people, edges)
    shared = _shared(devices, edges, people, kinds)
    for device in devices:
        for other in edges[device]:
            if device not in shared and other not in shared:
                people.join(device, other)
    smallest = {root: person_id(names) for root, names in people.members().items()}
    return {
        name: _belonging(name, edges, people, smallest, name in shared, node_of(name), policy)
        for name in edges
    }


def person_id(names: Iterable[str]) -> str:
    """Return a person's id: the smallest CRM identifier, else the smallest identifier."""
    ordered = sorted(names)
    return next((name for name in ordered if kind_of(name) == "crm"), ordered[0])


def _edges(starts: Iterable[str], node_of: NodeOf, policy: Policy) -> dict[str, list[str]]:
    edges: dict[str, list[str]] = {}
    waiting = sorted(set(starts))
    while waiting:
        name = waiting.pop()
        if name in edges:
            continue
        edges[name] = [] if _inert(name, node_of(name), policy) else _joining(name, node_of, policy)
        waiting.extend(edges[name])
    return edges


def _joining(name: str, node_of: NodeOf, policy: Policy) -> list[str]:
    node = node_of(name)
    others = sorted(node.links - node.splits - {name})
    return [other for other in others if not _inert(other, node_of(other), policy)]


def _inert(name: str, node: Node, policy: Policy) -> bool:
    return node.blocked or is_over(name, node, policy)


def _kinds(people: "_Groups", edges: Mapping[str, object]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for name in edges:
        kinds.setdefault(people.root(name), []).append(group_of(name))
    return kinds


def _shared(
    devices: list[str],
    edges: Mapping[str, list[str]],
    people: "_Groups",
    kinds: Mapping[str, list[str]],
) -> set[str]:
    """Return the devices that would join two persons, be it only by way of one another."""
    browsers = _Groups(devices)
    for device in devices:
        for other in edges[device]:
            if kind_of(other) == DEVICE:
                browsers.join(device, other)
    met: dict[str, set[str]] = {}
    for device in devices:
        roots = {people.root(other) for other in edges[device] if kind_of(other) != DEVICE}
        met.setdefault(browsers.root(device), set()).update(roots)
    return {
        device
        for device in devices
        if _conflict([kinds[root] for root in sorted(met[browsers.root(device)])])
    }


def _conflict(groups: list[list[str]]) -> bool:
    seen: set[str] = set()
    for group in groups:
        if not seen.isdisjoint(group):
            return True
        seen.update(group)
    return False


def _belonging(
    name: str,
    edges: Mapping[str, list[str]],
    people: "_Groups",
    smallest: Mapping[str, str],
    shared: bool,
    node: Node,
    policy: Policy,
) -> Belonging:
    person = smallest[people.root(name)]
    if shared:
        seen_on = [other for other in edges[name] if kind_of(other) != DEVICE]
        owners = tuple((other, smallest[people.root(other)]) for other in sorted(seen_on))
        return Belonging(person, owners, "shared_device")
    if node.blocked:
        return Belonging(person, issue="blocked_identifier")
    return Belonging(person, issue="over_degree_cap" if is_over(name, node, policy) else "")


class _Groups:
    """Disjoint sets of names; the root of a set is its smallest name, whatever the order of joining."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parent = {name: name for name in names}

    def root(self, name: str) -> str:
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low

    def members(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for name in self._parent:
            groups.setdefault(self.root(name), []).append(name)
        return groups
