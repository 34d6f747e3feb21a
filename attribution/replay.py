"""The whole pipeline as one pure function: records in, snapshots out, the same steps that the agents take."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from attribution.advance import Arrival, advance, derive_anew
from attribution.clicks import Click, bucket_key, resolve_click
from attribution.identity import Node
from attribution.linking import resolve_again, resolve_links
from attribution.partition_metadata import PartitionMetadata, forgotten, let_go, under
from attribution.policy import Policy
from attribution.state import State
from schemas.codec import Emitted, Encoded, decode, output_record
from schemas.envelope import precedence
from schemas.identity import IdentityLinked
from schemas.journey import Journey, Opportunity
from schemas.sem import OF_REPORTS
from schemas.topics import LINKS, MENTIONS, SEM


@dataclass
class Replay:
    """A pipeline in memory. Feed it records in any order, then `drain`; the newest snapshots are the result.

    Batches of one topic and key are taken in one step, as the agents do with a batch.
    """

    policy: Policy
    states: dict[str, State] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    clicks: dict[str, Click] = field(default_factory=dict)
    journeys: dict[str, Journey] = field(default_factory=dict)
    opportunities: dict[str, Opportunity] = field(default_factory=dict)
    links: dict[str, IdentityLinked] = field(default_factory=dict)
    metadata: PartitionMetadata = field(default_factory=PartitionMetadata)
    _offsets: dict[str, int] = field(default_factory=dict)
    _waiting: deque[tuple[int, Encoded]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.metadata = under(self.metadata, self.policy)

    def feed(self, records: Iterable[Encoded]) -> None:
        """Append records to their topics."""
        for record in records:
            offset = self._offsets.get(record.topic, -1) + 1
            self._offsets[record.topic] = offset
            self._waiting.append((offset, record))

    def drain(self, batch: int = 1) -> None:
        """Take steps until nothing waits; `batch` records at most go into a step."""
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(batch, len(self._waiting)))]
            for (topic, key), group in groupby(taken, key=lambda item: (item[1].topic, item[1].key)):
                self._step(topic, key.decode(), list(group))

    def come_under(self, policy: Policy) -> None:
        """Send what another policy makes of all that is known; drain afterwards."""
        self.policy, self.metadata = policy, under(self.metadata, policy)
        again = resolve_again(list(self.nodes), self._node, policy, self.metadata.epoch)
        self.nodes.update(again.nodes)
        self._send(again.assignments)
        for key, state in self.states.items():
            self._send(derive_anew(key, state, policy, self.metadata.epoch))

    def forget(self, now: int) -> None:
        """Let go of the states of visitors who are forgotten at `now`, UTC milliseconds."""
        gone = dict(forgotten(self.states.items(), now, self.policy))
        self.metadata = let_go(self.metadata, gone.values())
        for key in gone:
            del self.states[key]

    def living(self) -> Mapping[str, Journey]:
        """Return the journeys that are no tombstones, by person."""
        return {person: journey for person, journey in self.journeys.items() if not journey.is_deleted}

    def _step(self, topic: str, key: str, group: list[tuple[int, Encoded]]) -> None:
        values = [(offset, decode(topic, record.value)) for offset, record in group]
        if topic == LINKS.name:
            links = resolve_links(
                [value for _, value in values],
                group[-1][0],
                self._node,
                self.policy,
                self.metadata.epoch,
            )
            self.nodes.update(links.nodes)
            self._send(links.assignments)
        elif topic in (SEM.name, MENTIONS.name):
            clicks = [value for _, value in values if not isinstance(value, OF_REPORTS)]
            resolved = resolve_click(
                self.clicks.get(key, Click()), clicks, lambda number: self.clicks[bucket_key(key, number)]
            )
            self.clicks.update(
                (bucket_key(key, number), bucket) for number, bucket in resolved.filled.items()
            )
            self.clicks[key] = resolved.click
            self._send(resolved.outputs)
        else:
            arrivals = [Arrival(topic, offset, value) for offset, value in values]
            state = self.states.get(key) or State(applied=self.metadata.floor)
            step = advance(key, state, arrivals, self.policy, self.metadata.epoch)
            self.states[key] = step.state
            self._send(step.outputs)

    def _node(self, name: str) -> Node:
        return self.nodes.get(name, Node())

    def _send(self, outputs: Iterable[Emitted]) -> None:
        for output in outputs:
            match output:
                case Journey():
                    held = self.journeys.get(output.person)
                    if held is None or held.version <= output.version:
                        self.journeys[output.person] = output
                case Opportunity():
                    known = self.opportunities.get(output.deal)
                    if known is None or known.version <= output.version:
                        self.opportunities[output.deal] = output
                case IdentityLinked():
                    link = self.links.get(output.event_id)
                    if link is None or precedence(output) < precedence(link):
                        self.links[output.event_id] = output
                    self.feed([output_record(output)])
                case _:
                    self.feed([output_record(output)])
