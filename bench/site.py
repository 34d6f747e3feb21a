"""A place to measure in: the embedded servers in a temporary folder, topics, a way to wait for a group."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

import settings as configuration
from attribution.policy import Policy, parse_policy
from cli.topic_plan import wanted_topics
from cli.variables import environment as environment_of
from producers.publishing.topics import create_topics
from schemas.codec import Encoded
from settings import Settings
from stack import embedded
from streams.app import app_id

PARTITIONS = 4
# What is only compared or measured with has an environment of its own: `make bench-peers` makes it.
PEERS = Path(sys.prefix) / "peers"
WORKER = (sys.executable, "-m", "bench.journey_agent", "--be-the-worker")


def say(line: str) -> None:
    """Print progress where results don't go."""
    print(line, file=sys.stderr, flush=True)


def shipped_policy() -> Policy:
    """The policy in the package."""
    return parse_policy(configuration.policy_text(Settings()))


@contextmanager
def servers() -> Iterator[Settings]:
    """The user's servers if the environment names them, else embedded ones that live as long as the block."""
    given = configuration.load()
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        if given.kafka and given.clickhouse:
            yield given.model_copy(update={"data_dir": Path(folder)})
            return
        with embedded.start(Path(folder), given.cache_dir, say) as stack:
            names = {**stack.addresses.environment(), "LEADTRACE_DATA_DIR": folder}
            yield configuration.load({**names, "LEADTRACE_PARTITIONS": str(PARTITIONS)})


def fresh(settings: Settings) -> Settings:
    """The same servers with topics of their own, all of them created."""
    name = secrets.token_hex(4)
    mine = settings.model_copy(
        update={"topic_prefix": f"b{name}.", "clickhouse_database": f"leadtrace_{name}"}
    )
    create_topics(mine, wanted_topics(mine))
    return mine


@contextmanager
def running(
    command: Sequence[str], settings: Settings, variables: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """A process on these servers and topics, until the block is left; `variables` it is told besides."""
    silent = subprocess.DEVNULL
    told = {**environment(settings), **(variables or {})}
    process = subprocess.Popen(command, env=told, stdout=silent, stderr=silent)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def environment(mine: Settings) -> dict[str, str]:
    """What a process is told of its site."""
    return {
        **os.environ,
        **{name: value for name, value in environment_of(mine).items() if name.startswith("LEADTRACE_KAFKA")},
        "LEADTRACE_TOPIC_PREFIX": mine.topic_prefix,
        "LEADTRACE_PARTITIONS": str(mine.partitions),
        "LEADTRACE_DATA_DIR": str(mine.data_dir),
    }


def produce(settings: Settings, records: Iterable[Encoded]) -> int:
    """Send records and wait until all are acknowledged; return how many."""
    producer = KafkaProducer(**settings.kafka_options(), acks="all", linger_ms=20, batch_size=1 << 18)
    count = 0
    for record in records:
        producer.send(settings.topic_prefix + record.topic, key=record.key, value=record.value)
        count += 1
    producer.flush(120)
    producer.close()
    return count


def wait_for_group(settings: Settings, group: str, topics: Iterable[str], within: float) -> float:
    """Wait until a group has committed everything of the topics; return the seconds that took."""
    began = time.monotonic()
    reader = KafkaConsumer(**settings.kafka_options(), group_id=group, enable_auto_commit=False)
    try:
        partitions = [
            TopicPartition(settings.topic_prefix + topic, number)
            for topic in topics
            for number in reader.partitions_for_topic(settings.topic_prefix + topic) or ()
        ]
        while time.monotonic() - began < within:
            ends = reader.end_offsets(partitions)
            if all((reader.committed(each) or 0) >= ends[each] for each in partitions if ends[each]):
                return time.monotonic() - began
            time.sleep(0.25)
    finally:
        reader.close(autocommit=False)
    raise TimeoutError(f"group {group} did not finish within {within} s")


def group_of(settings: Settings) -> str:
    """The consumer group of the worker."""
    return app_id(settings)
