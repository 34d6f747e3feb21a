"""Who is who: persons as a pure function of links, splits and blocks, with the policy's guards.

Two identifiers are one person when a path of links joins them. What never joins: a blocked identifier, a
pair that was split, and an identifier linked to more others of one kind than the policy's cap, such as the
phone number of a switchboard. A browser (`anon:`) that would join two persons who each have an identifier
of the same kind (two e-mail addresses, say) is shared: it joins nobody, and each of its facts goes to whoever
was identified on it at that time. So are browsers that would join them together, each of them linked to one.
What would make a person of more identifiers than the policy's limit joins nobody either.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, TypeAdapter

from attribution.policy import Policy
from schemas.terms import Identifier, kind_of

DEVICE = "anon"


class Node(BaseModel):
    """An identifier as the identity agent knows it.

    `links`: the others it is linked to; `splits`: those it is not the same as, whatever the links say;
    `since`: when the first of what is said about it was received, UTC milliseconds; `crowded`: the version of
    the policy by which it belonged to too large a person when it was last assigned; `version`: the highest at
    which it was assigned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    links: frozenset[Identifier] = frozenset()
    splits: frozenset[Identifier] = frozenset()
    blocked: bool = False
    since: int | None = None
    crowded: str = ""
    version: int = -1

    def is_of_old(self) -> bool:
        """Whether it was stored when `since` was not recorded yet."""
        return self.since is None and self.version >= 0


_ADAPTER = TypeAdapter(Node)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whom an identifier belongs to; `shared` says so for each name seen on a device of several people.

    `divisor`: it may fill one part of so many of a full journey, since the person has many identifiers.
    """

    person: str
    shared: tuple[tuple[str, str], ...] = ()
    issue: str = ""
    divisor: int = 1


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
    kept = most_kept(name, (each for each in node.links | {other} if group_of(each) == group), group, policy)
    rest = {each for each in node.links if group_of(each) != group}
    return node.model_copy(update={"links": frozenset(rest | set(kept))})


def most_kept(name: str, others: Iterable[str], group: str, policy: Policy) -> list[str]:
    """Of others of one kind, or of one CRM, return those that the node of `name` keeps."""
    return sorted(others)[: cap_of(name, group, policy) + 1]


def cap_of(name: str, group: str, policy: Policy) -> int:
    """Return how many others of one kind, or of one CRM, an identifier may be linked to."""
    caps = policy.identity.degree_caps
    kind = kind_of(name)
    return caps.get(f"{kind}_{kind_of(group)}") or caps.get(kind) or policy.identity.lowest_cap


def is_over(name: str, node: Node, policy: Policy) -> bool:
    """Say whether an identifier is linked to too many others of one kind to stand for one person."""
    if len(node.links) <= policy.identity.lowest_cap:
        return False
    counts: dict[str, int] = {}
    for other in node.links:
        counts[group_of(other)] = counts.get(group_of(other), 0) + 1
    return any(count > cap_of(name, group, policy) for group, count in counts.items())


def person_id(names: Iterable[str]) -> str:
    """Return a person's id: the smallest CRM identifier, else the smallest identifier."""
    ordered = sorted(names)
    return next((name for name in ordered if kind_of(name) == "crm"), ordered[0])
