"""The journey agent in memory: takes records of a file in batches, and prints what that costs as JSON.

Run as a process by `bench.live_cost`. It imports nothing of `bench`, so that it also runs in older checkouts.
"""

import gc
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

import settings
from attribution.policy import Policy, parse_policy
from streams.batches import Batch, Handler, Record
from streams.handlers import build_journeys
from streams.maintenance import JourneyMaintenance

HAND_OVER = "journey.facts"
# The tables of the policy are made at the first use, so the first records are taken twice.
FIRST = 300


class Sent(Protocol):
    """A record of a topic, as producers and agents send it."""

    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Read:
    """A record of the file."""

    topic: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """Facts per CPU second, and bytes written for each byte that came in, keys included."""

    rate: float
    outputs: float
    states: float


@dataclass
class Agent:
    """The journey agent of one partition: its table, what waits for it, and how many bytes it has written."""

    handle: Handler
    table: dict[bytes, bytes] = field(default_factory=dict)
    offsets: Counter[str] = field(default_factory=Counter)
    handed_over: deque[Sent] = field(default_factory=deque)
    outputs: int = 0
    states: int = 0

    def take(self, records: Sequence[Sent]) -> None:
        """Take records of one topic in one batch; remember and count all that follows from them."""
        topic = records[0].topic
        first = self.offsets[topic]
        self.offsets[topic] += len(records)
        taken = tuple(Record(first + n, each.key, each.value, (), 0) for n, each in enumerate(records))
        effects = self.handle(Batch(topic, 0, taken), self.table.get)
        assert not effects.dead_letters, effects.dead_letters[0]
        for key, state in effects.changes.items():
            self.states += len(key) + len(state or b"")
            if state is None:
                self.table.pop(key, None)
            else:
                self.table[key] = state
        for output in effects.outputs:
            self.outputs += len(output.key or b"") + len(output.value or b"")
            if output.topic == HAND_OVER:
                self.handed_over.append(output)

    def feed(self, records: Iterable[Sent], batch: int) -> None:
        """Take records, so many at a time, and after each of them what journeys tell one another."""
        for chunk in chunks(records, batch):
            for topic in dict.fromkeys(record.topic for record in chunk):
                self.take([record for record in chunk if record.topic == topic])
            while self.handed_over:
                self.take([self.handed_over.popleft() for _ in range(min(batch, len(self.handed_over)))])


def measure(records: Sequence[Read], batch: int) -> Cost:
    """Take all records, so many in a batch, and what they lead to."""
    policy = parse_policy(settings.policy_text(settings.Settings()))
    handle, known = build_journeys(policy), metadata_under(policy)
    gc.freeze()
    gc.set_threshold(20_000, 25, 25)  # as the worker does
    Agent(handle, dict(known)).feed(records[:FIRST], batch)
    agent = Agent(handle, dict(known))
    began = time.process_time()
    agent.feed(records, batch)
    used = time.process_time() - began
    size = sum(len(record.key) + len(record.value) for record in records)
    return Cost(len(records) / used, agent.outputs / size, agent.states / size)


def metadata_under(policy: Policy) -> dict[bytes, bytes]:
    """What the table of a partition begins with: under which policy its states are derived."""
    maintenance = JourneyMaintenance(policy)
    found = maintenance.open(None, {}, 0)
    return {maintenance.metadata_key: found} if found else {}


def chunks(records: Iterable[Sent], size: int) -> Iterator[list[Sent]]:
    """So many records at a time, as they follow one another."""
    waiting = iter(records)
    while chunk := list(islice(waiting, size)):
        yield chunk


def read(path: Path) -> list[Read]:
    """The records of a file, a line of JSON each: topic, key, value."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Read(topic, key.encode(), value.encode()) for topic, key, value in lines]


if __name__ == "__main__":
    print(json.dumps(asdict(measure(read(Path(sys.argv[1])), int(sys.argv[2])))))
