"""One step of the identity agent: links, splits and blocks → who belongs to whom, for whoever is affected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attribution.identity import Node, linked, resolve
from attribution.policy import Policy
from schemas.handover import IdentityAssigned
from schemas.identity import IdentityBlocked, IdentityLinked, IdentitySplit

IdentityFact = IdentityLinked | IdentitySplit | IdentityBlocked


@dataclass(frozen=True, slots=True)
class LinkStep:
    """The nodes that changed, and the assignments that must be sent before they are remembered."""

    nodes: dict[str, Node]
    assignments: tuple[IdentityAssigned, ...]


def resolve_links(
    facts: Sequence[IdentityFact], head: int, node_of: Callable[[str], Node], policy: Policy
) -> LinkStep:
    """Take in facts about identity; `head` is the offset of the last of them, and orders assignments.

    Everybody in reach is assigned, changed or not: an attempt at this step that was cut short may have told
    something that these facts, taken together with later ones, no longer say.
    """
    nodes: dict[str, Node] = {}

    def current(name: str) -> Node:
        return nodes[name] if name in nodes else node_of(name)

    touched: set[str] = set()
    for fact in facts:
        match fact:
            case IdentityLinked():
                for name, other in ((fact.left, fact.right), (fact.right, fact.left)):
                    nodes[name] = linked(name, current(name), other, policy)
            case IdentitySplit():
                for name, other in ((fact.left, fact.right), (fact.right, fact.left)):
                    splits = current(name).splits | {other}
                    nodes[name] = current(name).model_copy(update={"splits": splits})
            case IdentityBlocked():
                nodes[fact.identifier] = current(fact.identifier).model_copy(update={"blocked": True})
    for name in list(nodes):
        # What came apart is reached only from both ends.
        touched |= {name, *current(name).links, *current(name).splits}
    assignments = []
    for name, belonging in sorted(resolve(touched, current, policy).items()):
        version = max(current(name).version, head + 1)
        nodes[name] = current(name).model_copy(update={"version": version})
        assignments.append(
            IdentityAssigned(
                identifier=name,
                person=belonging.person,
                version=version,
                shared=belonging.shared,
                issue=belonging.issue,
            )
        )
    return LinkStep(nodes, tuple(assignments))
