"""A cluster in memory that keeps Kafka's promises and no more, for tests that crash it at any point.

Each topic is one log. A consumer takes batches from any of them, sends what they lead to, remembers the
state, and only then commits; a crash may come between any two of these, and what was not committed comes
again.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from compacted_log import CompactedLog
from disks import Disks
from pydantic import BaseModel

import settings
from attribution.identity import Node, load_node
from attribution.persons import Persons
from attribution.policy import Policy, parse_policy
from attribution.replay import Replay
from schemas.closed_touchpoints import is_closed_touchpoint, person_in, whole
from schemas.codec import Encoded, decode, decode_closed, encode
from schemas.journey import Journey, Opportunity, Touchpoint
from streams.batches import Batch, Effects, MaintenanceTask, Output, Record
from streams.changelog import Changelog
from streams.handlers import handlers
from streams.maintenance import METADATA
from streams.sent_outputs import COMPACTED, Place, SentOutputs

NOW = 0  # before anybody is forgotten


class SupersededError(Exception):
    """The process has found a claim above its own, and ended; another has taken its place."""


@dataclass
class Cluster:
    """Logs, commits, changelogs and disks survive a crash; a process has claimed what it works on."""

    policy: Policy
    disks: Disks | None = None
    logs: dict[str, list[Encoded]] = field(default_factory=dict)
    committed: dict[str, int] = field(default_factory=dict)
    changelogs: dict[str, CompactedLog] = field(default_factory=dict)
    dead_letters: list[tuple[int, str]] = field(default_factory=list)
    owns: dict[str, Changelog] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._processes = count()
        self.come_under(self.policy)

    def come_under(self, policy: Policy) -> None:
        """Start anew with a policy: the tables stay, and which states are still to be looked through."""
        self.policy = policy
        self.agents = handlers(policy)
        self._maintenance = {
            spec.table: spec.maintenance for spec in self.agents.values() if spec.maintenance
        }
        self.start_anew()

    def start_anew(self) -> None:
        """Another process takes everything over; what the one before it knew and had not written is gone."""
        for owner in self.owns.values():
            owner.states.close()
        if self.disks is not None:
            self.disks.change()
        self.owns = {}
        self._sent: dict[str, SentOutputs] = {}
        self._claimed: set[str] = set()
        self._to_look_at: dict[str, list[bytes]] = {}

    def read_back(self, name: str) -> Changelog:
        """The changelog of a table, as the process knows it; at first it reads what its disk doesn't have."""
        if name not in self.owns:
            owner = Changelog(self.disks and self.disks.states(name))
            owner.read(self.changelogs.setdefault(name, CompactedLog()).read(owner.end))
            self.owns[name] = owner
        return self.owns[name]

    def owned(self, name: str) -> Changelog:
        """The same, once the process has claimed it."""
        owner, log = self.read_back(name), self.changelogs[name]
        while name not in self._claimed:
            bid = owner.bid(str(next(self._processes)), "a process")
            log.append([bid])
            owner.read(log.read(owner.end))
            if owner.take(bid):
                self._claimed.add(name)
                self._sent[name] = SentOutputs(owner.note)
        return owner

    def sent_of(self, name: str) -> SentOutputs:
        """Where the outputs of a table's owner stand."""
        self.owned(name)
        return self._sent[name]

    def send_again(self, name: str) -> None:
        """Look what others have written to compacted topics, and send again what that would hide."""
        sent, maintenance = self.sent_of(name), self._maintenance.get(name)
        for place in sent.places():
            sent.seen(place, len(self.logs[place.topic]))
        for gap in sent.gaps():
            keys = sorted({each.key for each in self.logs[gap.place.topic][gap.start : gap.end]})
            if maintenance is not None:
                self.send(name, maintenance.again(keys, self.table(name).get))
            sent.filled(gap)

    def last_in_compacted_topics(self) -> list[tuple[str, bytes]]:
        """The keys of which compaction would leave something else than the newest version says.

        A superseded worker took other batches, so what it sent may have a higher version, and say the same.
        """
        hidden = []
        for topic in sorted(COMPACTED & self.logs.keys()):
            newest: dict[bytes, Any] = {}
            last: dict[bytes, Any] = {}
            # A closed touchpoint never says anything else.
            for record in (each for each in self.logs[topic] if not is_closed_touchpoint(each.key)):
                said = last[record.key] = decode(topic, record.value)
                if said.version >= newest.get(record.key, said).version:
                    newest[record.key] = said
            hidden += [(topic, key) for key in newest if _content(last[key]) != _content(newest[key])]
        return hidden

    def table(self, name: str) -> Mapping[bytes, bytes]:
        """The states of a table."""
        return self.owned(name).states

    def write(self, name: str, changes: Mapping[bytes, bytes | None]) -> tuple[Output, ...]:
        """Write to the changelog, and look at what others have written there; return the records.

        Raises SupersededError."""
        owner, log = self.owned(name), self.changelogs[name]
        records = owner.next_write(changes, self.sent_of(name).note())
        if records:
            first, number = log.append(records)
            if first == (owner.end or 0):
                owner.wrote(records, first + number)
            else:
                owner.read(log.read(owner.end))
        if not owner.is_ours:
            self.start_anew()
            raise SupersededError
        return records

    def compact(self, name: str) -> None:
        """Compact a changelog; before that its owner has looked at it, and put right what came late."""
        owner, log = self.owned(name), self.changelogs[name]
        owner.read(log.read(owner.end))
        self.write(name, {})
        if owner.is_ours:
            log.compact(log.end)
            if self.disks is not None:
                self.disks.compacted(name)

    def restored(self, name: str) -> Mapping[bytes, bytes]:
        """What the next process would read back of a table."""
        changelog = Changelog()
        changelog.read(self.changelogs[name].read(None))
        return changelog.states

    def due(self) -> list[str]:
        """The tables in which something is due without a record."""
        return sorted(name for name in self._maintenance if self._task(name))

    def _task(self, name: str) -> MaintenanceTask | None:
        return self._maintenance[name].plan(self.table(name).get(METADATA), NOW)

    def look_through(self, name: str, most: int, sent: int | None = None) -> None:
        """Look at the next few states; with `sent`, crash after so many outputs."""
        task, table, maintenance = self._task(name), self.table(name), self._maintenance[name]
        assert task is not None
        if name not in self._to_look_at:
            self.write(name, {METADATA: task.metadata})
            self._to_look_at[name] = sorted(table.keys() - {METADATA})
        keys = self._to_look_at[name][:most]
        effects = maintenance.perform(task, keys, NOW, table.get)
        self.send(name, effects, sent)
        if sent is not None:
            # The next process begins with the first state again.
            self.start_anew()
            return
        self.write(name, effects.changes)
        del self._to_look_at[name][:most]
        if not self._to_look_at[name]:
            del self._to_look_at[name]
            self.write(name, {METADATA: maintenance.finish(task, table[METADATA], NOW)})

    def publish(self, records: Iterable[Encoded]) -> None:
        for record in records:
            self.logs.setdefault(record.topic, []).append(record)

    def waiting(self) -> list[str]:
        """The topics that have records which no agent has committed yet."""
        return sorted(
            topic
            for topic, log in self.logs.items()
            if topic in self.agents and self.committed.get(topic, 0) < len(log)
        )

    def take(self, topic: str, most: int) -> tuple[Batch, Effects]:
        """Compute what the next records of a topic lead to, without any effect yet."""
        batch = self.batch(topic, self.committed.get(topic, 0), most)
        agent = self.agents[topic]
        table = self.table(agent.table)
        if agent.maintenance and (metadata := agent.maintenance.open(table.get(METADATA), table, NOW)):
            self.write(agent.table, {METADATA: metadata})
        return batch, agent.handler(batch, table.get)

    def batch(self, topic: str, start: int, most: int) -> Batch:
        """The records of a topic from an offset on."""
        taken = enumerate(self.logs[topic][start : start + most])
        records = (Record(start + index, each.key, each.value, each.headers, 0) for index, each in taken)
        return Batch(topic, 0, tuple(records))

    def send(self, name: str, effects: Effects, first: int | None = None) -> None:
        """Append the outputs of a table's owner to their logs; after a crash, only the first few of them."""
        sent = self.sent_of(name)
        self.dead_letters += [(each.record.offset, each.reason) for each in effects.dead_letters]
        for output in effects.outputs[:first]:
            assert output.key is not None
            assert output.value is not None
            self.publish([Encoded(output.topic, output.key, output.value)])
            sent.acknowledged(Place(output.topic, 0), [(len(self.logs[output.topic]) - 1, 1)])

    def remember(self, topic: str, effects: Effects) -> tuple[Output, ...]:
        """Write the changed states; return the records of the changelog."""
        return self.write(self.agents[topic].table, effects.changes)

    def commit(self, batch: Batch) -> None:
        self.committed[batch.topic] = batch.records[-1].offset + 1

    def step(self, topic: str, most: int) -> None:
        """One batch, without a crash."""
        batch, effects = self.take(topic, most)
        self.send(self.agents[topic].table, effects)
        self.remember(topic, effects)
        self.commit(batch)

    def drain(self, most: int = 5) -> None:
        while self.waiting() or self.due():
            with suppress(SupersededError):
                for name in self.due():
                    self.look_through(name, most)
                for topic in self.waiting()[:1]:
                    self.step(topic, most)

    def journeys(self) -> Mapping[str, Journey]:
        """What ClickHouse would hold: of each person the snapshot with the highest version, if it lives."""
        return _newest(self.snapshots(), "person")

    def snapshots(self) -> list[Journey]:
        """All snapshots of journeys, as a loader puts them together: what they name was sent before."""
        return whole_snapshots(self.logs.get("journeys", []))

    def assignments(self) -> dict[str, str]:
        """Whom each identifier belongs to by the newest assignment that was sent."""
        heard = [decode(each.topic, each.value) for each in self.logs.get("identity.assignments", [])]
        newest = {each.identifier: each for each in sorted(heard, key=lambda each: each.version)}
        return {name: each.person for name, each in newest.items()}

    def belongings(self) -> dict[str, str]:
        """Whom each identifier belongs to by all links at once."""
        table = self.table("identities")
        nodes = {name.decode(): load_node(data) for name, data in table.items() if name != METADATA}
        persons = Persons(lambda name: nodes.get(name, Node()), self.policy)
        return {name: persons.belonging(name).person for name in nodes}

    def persons(self) -> set[bytes]:
        return {person_in(record.key) for record in self.logs.get("journeys", [])}

    def contents_of_newest_versions(self) -> int:
        """How many snapshots carry the highest version of their person: one each, or replays lie."""
        newest: dict[str, tuple[int, set[bytes]]] = {}
        for journey in self.snapshots():
            held = newest.get(journey.person, (-1, set()))
            if journey.version >= held[0]:
                contents = held[1] if journey.version == held[0] else set()
                newest[journey.person] = (journey.version, contents | {encode(journey)})
        return sum(len(contents) for _, contents in newest.values())

    def opportunities(self) -> Mapping[str, Opportunity]:
        sent = [decode(each.topic, each.value) for each in self.logs.get("opportunities", [])]
        return _newest(sent, "deal")


def _newest(snapshots: Iterable[Any], name: str) -> dict[str, Any]:
    newest: dict[str, Any] = {}
    for snapshot in snapshots:
        held = newest.get(getattr(snapshot, name))
        if held is None or snapshot.version >= held.version:
            newest[getattr(snapshot, name)] = snapshot
    return {key: snapshot for key, snapshot in newest.items() if not snapshot.is_deleted}


def whole_snapshots(log: Iterable[Encoded]) -> list[Journey]:
    """The snapshots of a log of journeys, each with the touchpoints that stood before it."""
    closed: dict[str, dict[str, Touchpoint]] = {}
    found: list[Journey] = []
    for record in log:
        if is_closed_touchpoint(record.key):
            part = decode_closed(record.value)
            closed.setdefault(part.person, {})[part.ref] = part.touchpoint
        else:
            journey = decode("journeys", record.value)
            found.append(whole(journey, closed.get(journey.person, {})))
    return found


def _content(said: Any) -> Any:
    """What a message or a snapshot says, whatever its version."""
    return said.model_copy(update={"version": 0}) if isinstance(said, BaseModel) else replace(said, version=0)


def oracle(policy: Policy, records: Iterable[Encoded]) -> Replay:
    """The same records through the pure core, in order and undisturbed."""
    replay = Replay(policy)
    replay.feed(records)
    replay.drain()
    return replay


def tight_policy() -> Policy:
    """The shipped policy with caps low enough that few links reach them."""
    shipped = parse_policy(settings.policy_text(settings.Settings()))
    caps = {"anon": 2, "email": 2, "phone": 1, "user": 1, "crm": 2}
    return shipped.model_copy(
        update={
            "identity": shipped.identity.model_copy(update={"degree_caps": caps, "largest_person": 5}),
            "bounds": shipped.bounds.model_copy(
                update={"first_facts": 4, "last_facts": 4, "full_members": 2}
            ),
            "retention": shipped.retention.model_copy(update={"anonymous_days": 5}),
        }
    )
