"""What the agents do to their states without a record: pure, a few keys at a time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from attribution.advance import derive_anew
from attribution.identity import dump_node, load_node
from attribution.keeping import load_whole
from attribution.layout import is_head, load_layout, records_of
from attribution.linking import assigned_again, resolve_again
from attribution.partition_metadata import (
    METADATA_KEY,
    Evidence,
    PartitionMetadata,
    dump_metadata,
    forgotten,
    found_out,
    let_go,
    load_metadata,
    under,
)
from attribution.policy import Policy
from attribution.state import State
from schemas.closed_touchpoints import person_in
from schemas.terms import DAY_MS
from streams.batches import Effects, MaintenanceTask, Output, Read

METADATA = METADATA_KEY.encode()

T = TypeVar("T")


def metadata_in(read: Read, policy: Policy) -> PartitionMetadata:
    """The metadata of a partition, as they are under this policy."""
    return _under(read(METADATA), policy)


@lru_cache(maxsize=256)
def _under(metadata: bytes | None, policy: Policy) -> PartitionMetadata:
    return under(load_metadata(metadata), policy)


@dataclass(frozen=True, slots=True)
class _Maintenance(ABC):
    policy: Policy
    metadata_key: bytes = METADATA

    def mend(self, states: Mapping[bytes, bytes], now: int) -> bytes | None:
        """Only a look at the metadata, unless these can't be read."""
        try:
            load_metadata(states.get(METADATA))
        except Exception:
            return dump_metadata(found_out(self.evidence(states), self.policy, now))
        return None

    @abstractmethod
    def evidence(self, states: Mapping[bytes, bytes]) -> Iterator[Evidence]:
        """What the states that can be read say of their partition."""

    def open(self, metadata: bytes | None, states: Mapping[bytes, bytes], now: int) -> bytes | None:
        """What is sent in an epoch would win over all else, if nobody remembered that it had begun."""
        current = under(load_metadata(metadata), self.policy)
        if metadata is not None and current == load_metadata(metadata):
            return None
        # Where nothing is, there is nothing to derive anew.
        return self.finish(None, dump_metadata(current), now) if not states else dump_metadata(current)

    def plan(self, metadata: bytes | None, now: int) -> MaintenanceTask | None:
        """A new policy first; then, once a day, what is forgotten."""
        current = under(load_metadata(metadata), self.policy)
        if not current.derived:
            why = f"policy {self.policy.name} {self.policy.version} opens epoch {current.epoch}"
            return MaintenanceTask(dump_metadata(current), anew=True, why=why)
        if self.forgets and now - current.looked_at >= DAY_MS:
            return MaintenanceTask(dump_metadata(current), anew=False, why="letting go of forgotten visitors")
        return None

    @property
    def forgets(self) -> bool:
        return False

    def finish(self, _task: MaintenanceTask | None, metadata: bytes, now: int) -> bytes:
        return dump_metadata(load_metadata(metadata).model_copy(update={"derived": True, "looked_at": now}))


@dataclass(frozen=True, slots=True)
class JourneyMaintenance(_Maintenance):
    """Journeys and deals are derived anew; visitors who never identified are forgotten."""

    @property
    def forgets(self) -> bool:
        return self.policy.retention.anonymous_days > 0

    def evidence(self, states: Mapping[bytes, bytes]) -> Iterator[Evidence]:
        for state in _readable(states, lambda key, data: _state_of(key, data, states.get)):
            members = (member.version for member in state.members.values())
            yield Evidence(max((state.assigned, state.heard, *members)), state.applied)

    def perform(self, task: MaintenanceTask, keys: Sequence[bytes], now: int, read: Read) -> Effects:
        metadata = metadata_in(read, self.policy)
        states = list(_states(keys, read))
        if task.anew:
            sent = (derive_anew(key, state, self.policy, metadata.epoch) for key, state in states)
            return Effects(tuple(Output.of(each) for outputs in sent for each in outputs))
        gone = dict(forgotten(states, now, self.policy))
        if not gone:
            return Effects()
        # Whatever comes of them starts above what they were, so the metadata are written with their end.
        changes: dict[bytes, bytes | None] = {METADATA: dump_metadata(let_go(metadata, gone.values()))}
        return Effects(changes=changes | dict.fromkeys(_records(gone, read)))

    def again(self, keys: Sequence[bytes], read: Read) -> Effects:
        """Snapshots as they are; while a new policy is being applied, all are sent anyway."""
        metadata = metadata_in(read, self.policy)
        if not metadata.derived:
            return Effects()
        persons = sorted({person_in(key) for key in keys})
        sent = (derive_anew(key, state, self.policy, metadata.epoch) for key, state in _states(persons, read))
        return Effects(tuple(Output.of(each) for outputs in sent for each in outputs))


@dataclass(frozen=True, slots=True)
class IdentityMaintenance(_Maintenance):
    """Everybody is assigned anew."""

    def evidence(self, states: Mapping[bytes, bytes]) -> Iterator[Evidence]:
        return (Evidence(node.version) for node in _readable(states, lambda _, data: load_node(data)))

    def perform(self, _task: MaintenanceTask, keys: Sequence[bytes], _now: int, read: Read) -> Effects:
        epoch = metadata_in(read, self.policy).epoch
        names = [key.decode() for key in keys]
        step = resolve_again(names, lambda name: load_node(read(name.encode())), self.policy, epoch)
        changes: dict[bytes, bytes | None] = {
            name.encode(): dump_node(node) for name, node in step.nodes.items()
        }
        return Effects(tuple(map(Output.of, step.assignments)), changes)

    def again(self, keys: Sequence[bytes], read: Read) -> Effects:
        """The newest assignments as they are; while a new policy is being applied, all are sent anyway."""
        if not metadata_in(read, self.policy).derived:
            return Effects()
        names = [key.decode() for key in keys if read(key) is not None]
        assigned = assigned_again(names, lambda name: load_node(read(name.encode())), self.policy)
        return Effects(tuple(map(Output.of, assigned)))


def _readable(states: Mapping[bytes, bytes], load: Callable[[bytes, bytes], T]) -> Iterator[T]:
    for key, data in states.items():
        if is_head(key):
            with suppress(Exception):  # a damaged state says nothing
                yield load(key, data)


def _states(keys: Iterable[bytes], read: Read) -> Iterator[tuple[str, State]]:
    for key in keys:
        data = read(key) if is_head(key) else None
        if data is not None:
            yield key.decode(), _state_of(key, data, read)


def _state_of(key: bytes, head: bytes, read: Read) -> State:
    name = key.decode()
    return load_whole(name, head, load_layout(name, head, read), read).state


def _records(keys: Iterable[str], read: Read) -> Iterator[bytes]:
    for key in keys:
        head = read(key.encode())
        if head is not None:
            # The head goes last: whatever is left of a state is found by it.
            yield from reversed(records_of(key, load_layout(key, head, read)))
