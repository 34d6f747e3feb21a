"""Writes of the past in the cluster in memory: of superseded workers, and of requests that come twice."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from cluster import NOW, Cluster

from attribution.layout import whose
from schemas.codec import Encoded
from streams.batches import AgentSpec, Batch, Effects, Output
from streams.changelog import Changelog
from streams.maintenance import METADATA
from streams.states import Checkpoint, StatesInMemory


@dataclass(frozen=True, slots=True)
class Late:
    """One write that is on its way; `kind` says of what."""

    kind: str
    arrive: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Superseded:
    """A worker that doesn't know that it was superseded: it works on with what it knew, until its first write
    to a changelog shows it the gap."""

    agents: dict[str, AgentSpec]
    owned: dict[str, Changelog]
    committed: dict[str, int]


def _remembered(owner: Changelog) -> Changelog:
    """What a process knows, whatever becomes of its disk."""
    states = StatesInMemory()
    states.write(dict(owner.states), Checkpoint())
    return deepcopy(owner, {id(owner.states): states})


def _state_of(record: Output) -> bytes:
    return whose(record.key or b"")


@dataclass
class Past:
    """What has not arrived yet, and who may still write."""

    cluster: Cluster
    late: list[Late] = field(default_factory=list)
    superseded: list[Superseded] = field(default_factory=list)

    def supersede(self) -> None:
        """The process stands still for so long that another takes over."""
        cluster = self.cluster
        remembered = {name: _remembered(owner) for name, owner in cluster.owns.items()}
        still = Superseded(dict(cluster.agents), remembered, dict(cluster.committed))
        self.superseded.append(still)
        cluster.start_anew()

    def stop_in(self, topic: str, most: int, sent: int) -> None:
        """The process stands still while it delivers a batch: the rest of its writes is held up."""
        batch, effects = self.cluster.take(topic, most)
        table = self.cluster.agents[topic].table
        self.cluster.send(table, effects, sent)
        records = self.cluster.owned(table).next_write(effects.changes)
        self.hold_outputs(effects, sent)
        self.hold_states(table, records)
        self.supersede()
        assert batch.records

    def work_on(self, worker: Superseded, topic: str, most: int, sent: int) -> None:
        """A superseded worker takes one batch more, with what it knew; its writes come now and later."""
        agent = worker.agents[topic]
        owned = worker.owned.pop(agent.table)
        batch = self.cluster.batch(topic, worker.committed.get(topic, 0), most)
        read = owned.states.get
        if agent.maintenance and agent.maintenance.open(read(METADATA), owned.states, NOW):
            return
        effects = agent.handler(batch, read)
        self.hold_outputs(effects, 0)
        for late in self.late[len(self.late) - len(effects.outputs) - len(effects.dead_letters) :][:sent]:
            self.late.remove(late)
            late.arrive()
        self.hold_states(agent.table, owned.next_write(effects.changes))

    def can_work_on(self) -> list[tuple[Superseded, str]]:
        return [
            (worker, topic)
            for worker in self.superseded
            for topic, agent in sorted(worker.agents.items())
            if agent.table in worker.owned
            and worker.committed.get(topic, 0) < len(self.cluster.logs.get(topic, []))
        ]

    def step_twice(self, topic: str, most: int) -> None:
        """A batch whose requests will all be applied once more."""
        batch, effects = self.cluster.take(topic, most)
        self.cluster.send(self.cluster.agents[topic].table, effects)
        self.hold_outputs(effects, 0)
        records = self.cluster.remember(topic, effects)
        self.hold_states(self.cluster.agents[topic].table, records)
        self.hold_commit(batch)
        self.cluster.commit(batch)

    def claim_late(self, table: str) -> None:
        """A worker has read a changelog, and its claim is held up; if it counts in the end, it works on."""
        claimant = Changelog()
        log = self.cluster.changelogs[table]
        claimant.read(log.read(None))
        bid = claimant.bid(f"late {len(self.late)} {log.end}", "a process")
        agents, committed = dict(self.cluster.agents), dict(self.cluster.committed)

        def arrive() -> None:
            log.append([bid])
            claimant.read(log.read(claimant.end))
            if claimant.take(bid):
                self.superseded.append(Superseded(agents, {table: claimant}, committed))

        self._hold("claim", arrive)

    def hold_commit(self, batch: Batch) -> None:
        """The commit of a batch arrives later, and may lead back."""
        self._hold("commit", lambda: self.cluster.commit(batch))

    def hold_outputs(self, effects: Effects, first: int) -> None:
        for output in effects.outputs[first:]:
            assert output.key is not None
            assert output.value is not None
            record = Encoded(output.topic, output.key, output.value)
            self._hold(output.topic, lambda record=record: self.cluster.publish([record]))  # type: ignore[misc]  # bound now
        for letter in effects.dead_letters:
            place = (letter.record.offset, letter.reason)
            self._hold("dead letter", lambda place=place: self.cluster.dead_letters.append(place))  # type: ignore[misc]  # bound now

    def hold_states(self, table: str, records: Sequence[Output]) -> None:
        """Hold the records of one write; a write of several states may arrive in two parts."""
        middle = len(records) // 2
        while 0 < middle < len(records) and _state_of(records[middle]) == _state_of(records[middle - 1]):
            middle += 1
        for part in (records[:middle], records[middle:]):
            if part:
                self._hold("state", lambda part=part: self._append(table, part))  # type: ignore[misc]  # bound now

    def kinds(self) -> list[str]:
        return sorted({late.kind for late in self.late})

    def arrives(self, kind: str, number: int) -> None:
        """One write of this kind arrives: any of those that are held up."""
        some = [late for late in self.late if late.kind == kind]
        late = some[number % len(some)]
        self.late.remove(late)
        late.arrive()

    def all_arrive(self) -> None:
        while self.late:
            self.late.pop(0).arrive()

    def _hold(self, kind: str, arrive: Callable[[], None]) -> None:
        self.late.append(Late(kind, arrive))

    def _append(self, table: str, records: Sequence[Output]) -> None:
        self.cluster.changelogs[table].append(records)
