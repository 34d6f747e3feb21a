"""Which identifiers are one person, looked at from wherever somebody asks, and no further than must be.

The links that count are the edges of a graph. Names other than devices that they connect are a component, and
so are devices that they connect with one another. A component of devices belongs to the components of names
that were seen on it, and joins them, unless two of these have an identifier of the same kind: then its
devices are shared. What is joined like that is a person. A component or person that outgrows the policy's
limit joins nobody.
"""

from collections.abc import Callable, Iterable

from attribution.identity import DEVICE, Belonging, Node, group_of, is_over, person_id
from attribution.policy import Policy

NodeOf = Callable[[str], Node]
Names = frozenset[str]
_DEVICE = f"{DEVICE}:"


class Persons:
    """Answers about one state of all links; whatever was found out once is remembered.

    With `grown` no link has ceased to count since the nodes were assigned: too large a component still is
    one. `crowded` says that more than these were met in too large a component or person.
    """

    def __init__(self, node_of: NodeOf, policy: Policy, *, grown: bool = False) -> None:
        self._node_of = node_of
        self._policy = policy
        self._grown = grown
        self._most = policy.identity.largest_person
        self._inert: dict[str, bool] = {}
        self._links: dict[str, tuple[str, ...]] = {}
        self._beyond: dict[str, tuple[str, ...]] = {}
        self._components: dict[str, Names | None] = {}
        self._shared: dict[Names, bool] = {}
        self._wholes: dict[Names, Names | None] = {}
        self._named: dict[Names, tuple[str, int]] = {}
        self.crowded = False

    def belonging(self, name: str) -> Belonging:
        """Say whom an identifier belongs to, and which guard holds it back, if any does."""
        if self._is_inert(name):
            blocked = self._node_of(name).blocked
            return Belonging(name, issue="blocked_identifier" if blocked else "over_degree_cap")
        component = self._component(name)
        if component is None:
            return Belonging(name, issue="over_person_cap")
        if self._is_shared(name):
            named = {other: self._name(self.person(other)) for other in self._across(name)}
            owners = tuple((other, person) for other, (person, _) in named.items())
            return Belonging(name, owners, "shared_device", max((n for _, n in named.values()), default=1))
        person, divisor = self._name(self.person(name))
        return Belonging(
            person, issue="over_person_cap" if self._whole(component) is None else "", divisor=divisor
        )

    def is_crowded(self, name: str) -> bool:
        """Say whether an identifier is in too large a component."""
        return not self._is_inert(name) and self._component(name) is None

    def person(self, name: str) -> Names:
        """Return all identifiers of the person that this one belongs to."""
        component = self._component(name)
        if component is None or self._is_shared(name):
            return frozenset((name,))
        whole = self._whole(component)
        return component if whole is None else whole

    def around(self, touched: Iterable[str]) -> set[str]:
        """Return everybody whose belonging may depend on what was said about `touched`.

        These are the persons that have to do with the same devices, and the shared devices that name them.
        """
        found = set(touched)
        components = {component for name in found if (component := self._component(name)) is not None}
        devices = {
            each for component in components for name in component for each in (name, *self._across(name))
        }
        for of_devices in {component for each in devices if (component := self._component(each)) is not None}:
            components |= {of_devices, *self._met(of_devices)}
        return self.with_theirs(found | {name for component in components for name in component})

    def with_theirs(self, names: Iterable[str]) -> set[str]:
        """Return these with all of their persons, and the shared devices that name them."""
        found = {other for name in names for other in (name, *self.person(name))}
        return found | {device for name in found for device in self._across(name) if _is_device(device)}

    def _name(self, members: Names) -> tuple[str, int]:
        """The id of a person, and the part of a full journey that each of its identifiers may fill."""
        if members not in self._named:
            shared = {each for name in members for each in self._across(name) if self._is_shared(each)}
            divisor, room = 1, self._policy.bounds.full_members
            while divisor * room < len(members | shared):
                divisor *= 2
            self._named[members] = person_id(members), divisor
        return self._named[members]

    def _near(self, name: str) -> tuple[str, ...]:
        """The names that links which count lead to."""
        if name not in self._links:
            node = self._node_of(name)
            others = () if self._is_inert(name) else sorted(node.links - node.splits - {name})
            self._links[name] = tuple(
                # A link that one end left out past its cap counts again when that end has been told of it.
                other
                for other in others
                if not self._is_inert(other) and name in self._node_of(other).links
            )
        return self._links[name]

    def _is_inert(self, name: str) -> bool:
        if name not in self._inert:
            node = self._node_of(name)
            self._inert[name] = node.blocked or is_over(name, node, self._policy)
        return self._inert[name]

    def _across(self, name: str) -> tuple[str, ...]:
        """From a device the names seen on it, from a name the devices it was seen on."""
        if name not in self._beyond:
            kind = _is_device(name)
            others = self._near(name) if self._component(name) is not None else ()
            self._beyond[name] = tuple(
                other for other in others if _is_device(other) != kind and self._component(other) is not None
            )
        return self._beyond[name]

    def _component(self, name: str) -> Names | None:
        """The component of a name; None if it is too large."""
        if name in self._components:
            return self._components[name]
        if self._was_crowded(name):
            return None
        found, waiting = {name}, [name]
        while waiting and len(found) <= self._most:
            for other in self._near(waiting.pop()):
                if _is_device(other) == _is_device(name) and other not in found:
                    # A component that was met before is known as a whole, unless it is too large.
                    if other in self._components or self._was_crowded(other):
                        self._note_crowd(found)
                        return None
                    found.add(other)
                    waiting.append(other)
        if len(found) > self._most:
            self._note_crowd(found)
            return None
        component = frozenset(found)
        self._components.update(dict.fromkeys(component, component))
        return component

    def _was_crowded(self, name: str) -> bool:
        return self._grown and self._node_of(name).crowded == self._policy.version

    def _note_crowd(self, found: Iterable[str]) -> None:
        self.crowded = True
        self._components.update(dict.fromkeys(found))

    def _met(self, devices: Names) -> set[Names]:
        """The components of the names that were seen on a component of devices."""
        seen = {other for device in devices for other in self._across(device)}
        return {component for name in seen if (component := self._component(name)) is not None}

    def _is_shared(self, name: str) -> bool:
        component = self._component(name)
        if component is None or not _is_device(name):
            return False
        if component not in self._shared:
            self._shared[component] = _conflict(self._met(component))
        return self._shared[component]

    def _whole(self, component: Names) -> Names | None:
        """All components that unshared devices join with this one; None if that is too large."""
        if component in self._wholes:
            return self._wholes[component]
        found, waiting, size = {component}, [component], len(component)
        while waiting and size <= self._most:
            for other in self._beside(waiting.pop()) - found:
                found.add(other)
                waiting.append(other)
                # A whole that was met before has all its components noted, so this one is a part that is not.
                size += self._most + 1 if other in self._wholes else len(other)
        whole = frozenset(name for each in found for name in each) if size <= self._most else None
        self.crowded = self.crowded or whole is None
        self._wholes.update(dict.fromkeys(found, whole))
        return whole

    def _beside(self, component: Names) -> set[Names]:
        others = {other for name in component for other in self._across(name)}
        if any(map(_is_device, component)):
            return set() if self._is_shared(next(iter(component))) else self._met(component)
        unshared = (other for other in others if not self._is_shared(other))
        return {beside for other in unshared if (beside := self._component(other)) is not None}


def _is_device(name: str) -> bool:
    return name.startswith(_DEVICE)


def _conflict(components: Iterable[Names]) -> bool:
    """Whether two components have an identifier of the same kind, and so can't be one person."""
    seen: set[str] = set()
    for component in components:
        groups = {group_of(name) for name in component}
        if not seen.isdisjoint(groups):
            return True
        seen |= groups
    return False
