"""Follows one page view through the product's own code, servers left out, and notes what it passes, in order.

The clients of Kafka and ClickHouse are replaced at their edge, as is Faust's way from the consumer to the
agent; everything of ours runs as it does in production.
"""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import aiohttp
from faust.types import TP
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from attribution.policy import Policy
from producers.collector.server import build_collector, listening
from producers.privacy.personal_data import Tokeniser
from producers.publishing import publisher as publishing
from settings import Settings
from sinks import broker
from sinks.batches import Limits as LoaderLimits
from sinks.clickhouse import ClickHouse
from sinks.loader import Loader
from sinks.reports import run_report
from streams.app import build_app
from streams.batches import AgentSpec
from streams.changelog_reader import ChangelogReader
from streams.changelog_writer import ChangelogWriter
from streams.consumer_thread import Fetched
from streams.delivery import Delivery, PartitionQueues
from streams.handlers import agent_specs
from streams.limits import Limits
from streams.publisher import Publisher
from streams.told_letters import ToldLetters

ROOT = Path(__file__).parents[1]
NOW = 1_795_299_200_000
OURS = ("producers", "schemas", "attribution", "streams", "sinks")
BODY = {
    "batch": [
        {
            "type": "page",
            "messageId": "a-page-view",
            "anonymousId": "visitor-1",
            "timestamp": "2026-03-02T02:00:00Z",
            "context": {
                "page": {
                    "url": "https://www.site.example/demo?utm_source=baidu&utm_medium=cpc&utm_campaign=plan"
                    "&utm_term=data%20catalog&bd_vid=click-1",
                    "referrer": "https://www.baidu.com/",
                },
            },
        }
    ],
    "sentAt": "2026-03-02T02:00:01Z",
}

Sent = tuple[str, bytes | None, bytes | None]
Call = tuple[str, str]  # file, qualified name


class Passed:
    """The functions of ours that were entered, in order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(f"{ROOT}/"):
            file = str(Path(frame.f_code.co_filename).relative_to(ROOT))
            if file.partition("/")[0] in OURS:
                self.calls.append((file, frame.f_code.co_qualname))


def not_called_in_order(named: Sequence[Call], calls: Sequence[Call]) -> Call | None:
    """The first of these functions, or classes, that is not called after those named before it."""
    left = iter(calls)
    for file, name in named:
        if not any(file == called[0] and name in called[1].split(".") for called in left):
            return file, name
    return None


@contextmanager
def noting(passed: Passed) -> Iterator[None]:
    """Note what is entered meanwhile, in this thread and in those that begin."""
    threading.setprofile(passed)
    sys.setprofile(passed)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def follow(policy: Policy, folder: Path) -> list[Call]:
    """Send one page view through collector, worker, loader and a report; return what it passed."""
    passed = Passed()
    forget()
    given = Settings(kafka="127.0.0.1:9092", data_dir=folder)
    (record,) = collected(given, passed)
    sent = worked_on(given, policy, record, passed)
    loaded(given, [record, *(each for each in sent if each[0] == "journeys")], passed)
    return passed.calls


def forget() -> None:
    """Let the core remember nothing of other tests: what it knows already it would not pass again."""
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] in OURS:
            for value in vars(module).values():
                if clear := getattr(value, "cache_clear", None):
                    clear()


class StandInProducer:
    """kafka-python's producer, which has every record acknowledged at once."""

    def __init__(self, **_: Any) -> None:
        self.sent: list[Sent] = []

    def send(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
        self.sent.append((topic, key, value))
        return SimpleNamespace(add_callback=lambda done: done(None), add_errback=lambda _: None)

    def close(self, timeout: float) -> None:
        """Nothing is on the way."""


def collected(given: Settings, passed: Passed) -> list[Sent]:
    """Post the page view; return the records that the collector sent."""

    async def post() -> list[Sent]:
        with noting(passed):
            publisher = publishing.Publisher(given)
        app = build_collector(given, publisher, Tokeniser("a key that only tests use"), lambda: NOW)
        async with listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
            with noting(passed):
                async with client.post(f"http://127.0.0.1:{port}/v1/batch", json=BODY) as answer:
                    assert answer.status == 200, await answer.text()
        producer: Any = publisher._producer
        publisher.close()
        return list(producer.sent)

    with patch.object(publishing, "KafkaProducer", StandInProducer):
        return asyncio.run(post())


class StandInBatches:
    """aiokafka's producer, which has every batch acknowledged at once."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def _ensure_producer(self) -> "StandInBatches":
        return self

    async def partitions_for(self, _topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> Any:
        records: list[Any] = []

        def append(**record: Any) -> bool:
            records.append(record)
            return True

        return SimpleNamespace(records=records, append=append, close=lambda: None)

    async def send_batch(self, batch: Any, topic: str, partition: int) -> "asyncio.Future[Any]":
        offset = sum(name == topic for name, *_ in self.sent)
        self.sent += [(topic, record["key"], record["value"]) for record in batch.records]
        acknowledged: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        acknowledged.set_result(SimpleNamespace(offset=offset))
        return acknowledged


def worked_on(given: Settings, policy: Policy, record: Sent, passed: Passed) -> list[Sent]:
    """Have a worker take the record; return what it sent."""
    spec = agent_specs(policy, 1)[0]

    async def work() -> list[Sent]:
        app = build_app(given, (spec,))
        producer = StandInBatches()
        consumer = app.consumer
        opened(consumer, app, record)
        queues = queued(app, spec, producer, consumer)
        consumer.callback = handing_to(queues)
        with noting(passed):
            await consumer._hand_out_next()
            while consumer.in_flight or not producer.sent:
                await asyncio.sleep(0)
        queues.close()
        return producer.sent

    return asyncio.run(work())


def handing_to(queues: PartitionQueues) -> Callable[[Any], Awaitable[None]]:
    """What stands for Faust's conductor and stream."""

    async def hand_over(message: Any) -> None:
        queues.put(message)

    return hand_over


def opened(consumer: Any, app: Any, record: Sent) -> None:
    """Give the consumer the partition of the record, and the record as what the broker has of it."""
    topic, key, value = record
    tp = TP(topic, 0)
    consumer._active_partitions = {tp}
    consumer.generation.sought(app.consumer_generation_id)
    consumer.generation.recovered()
    consumer._thread.counted_in = lambda: True
    fetched = SimpleNamespace(offset=0, key=key, value=value, headers=(), timestamp=NOW)

    async def getmany(*_: Any, **__: Any) -> Fetched:
        return Fetched(app.consumer_generation_id, {tp: [fetched]})

    consumer._getmany = getmany


def queued(app: Any, spec: AgentSpec, producer: StandInBatches, consumer: Any) -> PartitionQueues:
    """The queues of the agent, over a producer that stands in."""
    limits = Limits()
    publisher = Publisher(SimpleNamespace(producer=producer), "", limits)
    table = app.tables[spec.table]
    writer = ChangelogWriter(table, publisher, ChangelogReader({}, limits))
    told = ToldLetters(Path("told-letters.json"))
    delivery = Delivery(spec, table, publisher, writer, lambda: consumer, limits, "1", told)
    return PartitionQueues(delivery, lambda: consumer)


class StandInConsumer:
    """kafka-python's consumer, which has some records, once."""

    def __init__(self, **_: Any) -> None:
        self.records: list[Sent] = []
        self._fetcher = SimpleNamespace(PartitionRecords=None)
        self._coordinator = SimpleNamespace(stable=lambda: True)

    def subscribe(self, topics: list[str], listener: Any) -> None:
        """All topics are there."""

    def poll(self, timeout_ms: int) -> dict[Any, list[Any]]:
        taken, self.records = self.records, []
        return {TP(topic, 0): self._unpacked(key, value) for topic, key, value in taken}

    def _unpacked(self, key: bytes | None, value: bytes | None) -> list[Any]:
        """The record as it comes out of what a broker sends."""
        batch = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=1 << 20)
        batch.append(timestamp=NOW, key=key, value=value, headers=[])
        batch.close()
        records: list[Any] = self._fetcher.PartitionRecords(
            0, TP("", 0), MemoryRecords(batch.buffer())
        ).take()
        return records

    def commit(self, _offsets: Any, timeout_ms: int) -> None:
        """It is committed."""


class StandInClient:
    """clickhouse-driver's client, which stores everything and finds nothing."""

    def execute(self, _text: str, _data: Any, **options: Any) -> Any:
        return ([], []) if options.get("with_column_types") else None


def loaded(given: Settings, records: list[Sent], passed: Passed) -> None:
    """Have the loader write the records, and a report read what came of them."""
    client = ClickHouse(StandInClient(), "127.0.0.1:9000")
    with patch.object(broker, "KafkaConsumer", StandInConsumer):
        loader: Any = Loader(given, threading.Event(), LoaderLimits(age=0.0))
        with noting(passed):
            loader._source = broker.Source(given, loader._forget)
        loader._source._consumer.records = records
        loader._client = client
        with noting(passed):
            loader.load_once()
            run_report(client, "keywords", {})
