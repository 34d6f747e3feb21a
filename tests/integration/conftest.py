"""What the delivery tests need of a broker and of processes."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from databases import drop_database
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from people_at_random import load
from surrounded import kafka_variables

import settings
from attribution.policy import Policy
from sinks.bi import migrate_all, refresh
from sinks.clickhouse import ClickHouse, connect, connect_server
from sinks.kept import Databases, databases
from sinks.migrations import migrate
from streams.changelog import Changelog

WORKER = Path(__file__).with_name("delivery_worker.py")


class Broker:
    """Topics of one test, by their names without the prefix."""

    def __init__(self, site: settings.Settings) -> None:
        self.site = site
        self.prefix = site.topic_prefix

    def create(self, topics: Mapping[str, int], config: Mapping[str, str] | None = None) -> None:
        admin = KafkaAdminClient(**self.site.kafka_options())
        new = [NewTopic(self.prefix + name, count, 1, topic_configs=config) for name, count in topics.items()]
        admin.create_topics(new)
        admin.close()

    def feed(self, topic: str, records: Iterable[tuple[bytes, bytes]], **options: Any) -> None:
        """Send records and wait until the broker has them."""
        producer = KafkaProducer(**self.site.kafka_options(), acks="all", linger_ms=20, **options)
        for key, value in records:
            producer.send(self.prefix + topic, key=key, value=value)
        producer.close()

    def records(self, topic: str) -> list[Any]:
        """All records of a topic, in the order of each partition."""
        consumer, partitions = self._reader(topic)
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(partitions)
        found: list[Any] = []
        while any(consumer.position(each) < ends[each] for each in partitions):
            for batch in consumer.poll(500).values():
                found.extend(batch)
        consumer.close()
        return found

    def newest(self, topic: str) -> dict[bytes, bytes]:
        """What a compacted topic holds: the last value of each key."""
        last = {record.key: record.value for record in self.records(topic)}
        return {key: value for key, value in last.items() if value is not None}

    def states(self, table: str) -> dict[bytes, bytes]:
        """What a worker would restore of a table."""
        parts: dict[int, Changelog] = {}
        for record in self.records(f"leadtrace-{table}-changelog"):
            parts.setdefault(record.partition, Changelog()).read([record])
        return {key: value for part in parts.values() for key, value in part.states.items()}

    def committed(self, group: str, topic: str) -> int:
        """The sum of the committed offsets of a topic's partitions."""
        consumer, partitions = self._reader(topic, group_id=self.prefix + group)
        total = sum(consumer.committed(each) or 0 for each in partitions)
        consumer.close()
        return total

    def end(self, topic: str) -> int:
        consumer, partitions = self._reader(topic)
        total: int = sum(consumer.end_offsets(partitions).values())
        consumer.close()
        return total

    def wait_committed(self, *topics: str, within: float = 60, group: str = "leadtrace") -> None:
        """Return when the group has committed all of these topics."""
        ends = {topic: self.end(topic) for topic in topics}
        self.wait(lambda: all(self.committed(group, each) >= ends[each] for each in topics), within)

    @staticmethod
    def wait(condition: Callable[[], bool], within: float = 60) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.2)

    def _reader(self, topic: str, **options: Any) -> tuple[Any, list[TopicPartition]]:
        consumer = KafkaConsumer(**self.site.kafka_options(), enable_auto_commit=False, **options)
        name = self.prefix + topic
        numbers = consumer.partitions_for_topic(name) or set()
        return consumer, [TopicPartition(name, number) for number in sorted(numbers)]


class Workers:
    """Worker processes of one test; none outlives it."""

    def __init__(self, site: settings.Settings) -> None:
        self._site = site
        self._running: list[subprocess.Popen[bytes]] = []

    def environment(self) -> dict[str, str]:
        mine = {
            **kafka_variables(self._site),
            "LEADTRACE_TOPIC_PREFIX": self._site.topic_prefix,
            "LEADTRACE_DATA_DIR": str(self._site.data_dir),
        }
        return {**{k: v for k, v in os.environ.items() if not k.startswith("LEADTRACE_")}, **mine}

    def start(
        self,
        fault: str = "",
        limits: Mapping[str, Any] | None = None,
        maintenance: str = "",
        store: str = "memory",
    ) -> "subprocess.Popen[bytes]":
        """Start a worker; `fault` is `what:id`, `maintenance` what it does to its states, `store` where they
        are."""
        marker = self._site.data_dir / "struck"
        toy = {"TOY_LIMITS": json.dumps(limits or {}), "TOY_FAULT": f"{fault or 'none:-1'}:{marker}"}
        toy |= {"TOY_MAINTENANCE": maintenance, "LEADTRACE_STATE_STORE": store}
        with self.log(len(self._running)).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, str(WORKER)], env={**self.environment(), **toy}, stderr=log
            )
        self._running.append(process)
        return process

    def log(self, number: int) -> Path:
        """The log of the worker that was started with this number, the first is 0."""
        return self._site.data_dir / f"worker-{number}.log"

    def wait_for_partitions(self, process: "subprocess.Popen[bytes]", within: float = 40) -> None:
        """Return when this worker has partitions to work on."""
        log = self.log(self._running.index(process))
        Broker.wait(lambda: b"assigned: " in log.read_bytes(), within)

    def stop(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)


@pytest.fixture(scope="session")
def _migrated(servers: settings.Settings) -> Iterator[tuple[settings.Settings, ClickHouse, list[str]]]:
    """One database for the tests that only write and read rows: to migrate takes seconds."""
    mine = servers.model_copy(update={"clickhouse_database": f"leadtrace_{secrets.token_hex(4)}"})
    client = connect_server(mine)
    migrate(client, mine)
    found = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' "
        "AND name NOT LIKE 'schema_%'"
    )
    yield mine, client, [name for (name,) in found.rows]
    client.close()
    drop_database(mine)


@pytest.fixture
def client(_migrated: tuple[settings.Settings, ClickHouse, list[str]]) -> Iterator[ClickHouse]:
    """A client of a database in which every table is there, and empty."""
    mine, owner, tables = _migrated
    for table in tables:
        owner.command(f"TRUNCATE TABLE {table} SYNC")
    opened = connect(mine)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def loaded(
    servers: settings.Settings, policy: Policy
) -> Iterator[tuple[ClickHouse, settings.Settings, Databases]]:
    """A database of people at random, and the one for BI tools, in which what is kept was made anew."""
    mine = servers.model_copy(
        update={"clickhouse_database": f"leadtrace_{secrets.token_hex(4)}", "bi_refresh": 3600}
    )
    client = connect_server(mine, timeout=120)
    migrate_all(client, mine)
    load(client, policy, 1)
    refresh(client, mine)
    yield client, mine, databases(mine.clickhouse_database)
    client.close()
    drop_database(mine)


@pytest.fixture
def broker(site: settings.Settings) -> Broker:
    return Broker(site)


@pytest.fixture
def workers(site: settings.Settings) -> Iterator[Workers]:
    mine = Workers(site)
    yield mine
    mine.stop()
