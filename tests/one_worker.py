"""One agent of a worker over a broker in memory, for tests of what it sends, and when it ends."""

from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cluster import tight_policy
from compacted_log import CompactedLog
from faust.types import TP

from schemas.codec import Encoded
from streams.batches import Batch, Output, Record
from streams.changelog import Changelog
from streams.changelog_writer import ChangelogWriter
from streams.delivery import Delivery
from streams.handlers import agent_specs
from streams.limits import Limits
from streams.output_watch import OutputWatch
from streams.publisher import Sent, Together
from streams.told_letters import ToldLetters

SPEC = agent_specs(tight_policy(), 1)[0]
CHANGELOG = "states-changelog"


class Broker:
    """Topics of one partition, which say where a record stands; it stands in for the reader as well."""

    def __init__(self) -> None:
        self.logs: dict[str, CompactedLog] = {}
        self.refuses: frozenset[str] = frozenset()

    def log(self, topic: str) -> CompactedLog:
        return self.logs.setdefault(topic, CompactedLog())

    async def publish(self, outputs: Iterable[Output]) -> dict[tuple[str, int], Sent]:
        topics = {each.topic for each in outputs}
        return {
            (topic, 0): await self.send(topic, 0, [each for each in outputs if each.topic == topic])
            for topic in topics
        }

    async def send(
        self, topic: str, _partition: int, outputs: Iterable[Output], together: Together = None
    ) -> Sent:
        """All of them arrive at once, whatever belongs `together`."""
        if topic in self.refuses:
            return Sent(refused=list(outputs))
        return Sent([self.log(topic).append(outputs)])

    async def read(
        self, topic: str, _partition: int, start: int, end: int
    ) -> AsyncIterator[Sequence[Record]]:
        yield self.log(topic).read(start, end)

    def keys(self, topic: str) -> list[bytes | None]:
        return [each.key for each in self.log(topic).records]


class Worker:
    """A delivery with its watch, in a generation of the group that may change."""

    def __init__(self, broker: Broker, folder: Path, limits: Limits) -> None:
        self.broker = broker
        self.changelog = Changelog()
        self.generation = 1
        self.done: list[bool] = []
        table: Any = SimpleNamespace(
            changelog_topic_name=CHANGELOG,
            changelog=lambda _: self.changelog,
            part=lambda _: self.changelog.states,
        )
        client: Any = broker
        self.delivery = Delivery(
            *(SPEC, table, client, ChangelogWriter(table, client, client), self.consumer, limits, "1"),
            ToldLetters(folder / "told.json"),
        )
        self.watch = OutputWatch(self.delivery, client, self.consumer, "")

    def consumer(self) -> Any:
        return self

    # -- as the consumer

    def assignment(self) -> set[TP]:
        return {TP(CHANGELOG, 0)}

    def open_generation(self) -> int:
        return self.generation

    def begin(self, begun: Any) -> bool:
        return bool(begun.generation_id == self.generation)

    still_ours = begin

    def let_go(self, _begun: Any) -> None:
        """Nothing is kept of it."""

    def finish(self, _message: Any, *, done: bool) -> None:
        self.done.append(done)

    async def ends(self, places: Iterable[TP], _within: float) -> dict[TP, int]:
        return {tp: self.broker.log(tp.topic).end for tp in places}

    # -- what happens to it

    def come_back_to_it(self) -> None:
        """The group settles anew; another had the partition in between, so it is read back to its end."""
        self.generation += 1
        self.changelog = Changelog()
        self.changelog.read(self.broker.log(CHANGELOG).read(None))

    async def deliver(self, first: int, *records: Encoded) -> None:
        taken = tuple(
            Record(first + number, each.key, each.value, (), 0) for number, each in enumerate(records)
        )
        batch = Batch("website.events", 0, taken)
        message: Any = SimpleNamespace(value=batch, generation_id=self.generation)
        await self.delivery.deliver(message)

    async def look(self) -> None:
        await self.watch._look_at(0, self.generation)
