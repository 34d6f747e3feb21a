"""Under crashes, rebalances and broker deaths the folds come out exact: nothing lost, nothing doubled."""

import json
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaProducer

from stack.embedded import Stack

if TYPE_CHECKING:
    from conftest import Broker, Workers

pytestmark = [pytest.mark.servers, pytest.mark.slow]

KEYS = 500
SOURCES = ("facts.a", "facts.b", "links")
TOPICS = {
    "facts.a": 4,
    "facts.b": 4,
    "links": 1,
    "folds": 4,
    "dead.letters": 4,
    "leadtrace-facts-changelog": 4,
    "leadtrace-links-changelog": 1,
}


def facts(topic: str, numbers: Iterable[int]) -> Iterator[tuple[bytes, bytes]]:
    for number in numbers:
        yield f"{topic[-1]}{number % KEYS}".encode(), json.dumps({"id": number}).encode()


def expected(topics: Iterable[str], numbers: Iterable[int]) -> dict[bytes, list[int]]:
    folds: dict[bytes, set[int]] = {}
    for topic in topics:
        for key, value in facts(topic, numbers):
            folds.setdefault(key, set()).add(json.loads(value)["id"])
    return {key: sorted(ids) for key, ids in folds.items()}


def decoded(newest: dict[bytes, bytes]) -> dict[bytes, list[int]]:
    return {key: json.loads(value) for key, value in newest.items()}


def has_grown(broker: "Broker", before: int) -> bool:
    return broker.end("folds") > before


def check_exact(broker: "Broker", numbers: Iterable[int]) -> None:
    """The published folds and the persisted tables hold every id once, and nothing is a dead letter."""
    assert broker.records("dead.letters") == []
    assert decoded(broker.states("facts")) == expected(("facts.a", "facts.b"), numbers)
    assert decoded(broker.states("links")) == expected(("links",), numbers)
    assert decoded(broker.newest("folds")) == expected(SOURCES, numbers)


@contextmanager
def feeding(broker: "Broker", first: int, last: int, per_second: int = 400) -> Iterator[None]:
    """Sends facts to all sources until the block ends, then at once what is left up to `last`."""
    hurry = threading.Event()

    def feed() -> None:
        producer = KafkaProducer(**broker.site.kafka_options(), acks="all", retries=1000, linger_ms=20)
        for number in range(first, last):
            for topic in SOURCES:
                for key, value in facts(topic, [number]):
                    producer.send(broker.prefix + topic, key=key, value=value)
            hurry.wait(0 if hurry.is_set() else 1 / per_second)
        producer.close()

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        hurry.set()
        thread.join()


def test_a_worker_killed_again_and_again_loses_nothing(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    for topic in SOURCES:
        broker.feed(topic, facts(topic, range(4_000)))
    with feeding(broker, 4_000, 8_000):
        for _ in range(3):
            before = broker.end("folds")
            victim = workers.start()
            broker.wait(partial(has_grown, broker, before))
            victim.kill()
            victim.wait()
        last = workers.start()
        workers.wait_for_partitions(last)
    broker.wait_committed(*SOURCES)
    last.terminate()
    assert last.wait(20) == 0
    check_exact(broker, range(8_000))


def test_workers_that_come_and_go_lose_nothing(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    with feeding(broker, 0, 12_000):
        staying = workers.start()
        workers.wait_for_partitions(staying)
        polite = workers.start()
        workers.wait_for_partitions(polite)
        suspended = workers.start()
        workers.wait_for_partitions(suspended)
        polite.terminate()
        assert polite.wait(20) == 0
        time.sleep(2)
        suspended.send_signal(signal.SIGSTOP)
        killed = workers.start()
        workers.wait_for_partitions(killed)
        suspended.send_signal(signal.SIGCONT)
        assert suspended.wait(20) == 70, "who was away so long may not write any more"
        killed.kill()
    broker.wait_committed(*SOURCES)
    staying.terminate()
    assert staying.wait(20) == 0

    check_exact(broker, range(12_000))


def test_a_killed_broker_costs_nothing(broker: "Broker", workers: "Workers", stack: Stack) -> None:
    broker.create(TOPICS)
    with feeding(broker, 0, 6_000):
        worker = workers.start()
        broker.wait(lambda: broker.end("folds") > 0)
        stack.kill("kafka", restart_after=4)
        stack.wait_ready("kafka")
        time.sleep(2)
    broker.wait_committed(*SOURCES)
    worker.terminate()
    assert worker.wait(20) == 0
    check_exact(broker, range(6_000))
    lines = workers.log(0).read_text().splitlines()
    assert len(lines) < 100, "an outage is no reason for a storm of lines"
