"""A worker's start, end and limits, as the outside sees them: exit status, commits, dead letters, log."""

import json
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaProducer

if TYPE_CHECKING:
    from conftest import Broker, Workers

pytestmark = pytest.mark.servers

TOPICS = {
    "facts.a": 4,
    "facts.b": 4,
    "links": 1,
    "folds": 4,
    "dead.letters": 4,
    "leadtrace-facts-changelog": 4,
    "leadtrace-links-changelog": 1,
}


def numbered(numbers: Iterable[int], **more: object) -> Iterator[tuple[bytes, bytes]]:
    for number in numbers:
        yield b"k", json.dumps({"id": number, **more}).encode()


def test_told_to_stop_it_commits_and_does_nothing_twice(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    broker.feed("links", numbered(range(1_000)))
    worker = workers.start(limits={"commit_interval": 60.0})
    broker.wait(lambda: len(broker.newest("folds")) == 1)
    health = broker.site.data_dir / "health" / "worker"
    broker.wait(health.exists, 10)
    assert time.time() - health.stat().st_mtime < 10
    worker.terminate()
    assert worker.wait(20) == 0
    assert broker.committed("leadtrace", "links") == 1_000
    folds = broker.end("folds")
    again = workers.start()
    workers.wait_for_partitions(again)
    broker.feed("links", numbered([1_000]))
    broker.wait_committed("links")
    assert broker.end("folds") == folds + 1
    assert json.loads(broker.newest("folds")[b"k"]) == list(range(1_001))


def test_without_its_topics_it_says_what_to_do(broker: "Broker", workers: "Workers") -> None:
    assert workers.start().wait(30) == 1
    assert "run `leadtrace topics`" in workers.log(0).read_text()
    broker.create(TOPICS | {"facts.b": 3})
    assert workers.start().wait(30) == 1
    assert f"{broker.prefix}facts.b has 3 partitions, not 4" in workers.log(1).read_text()


def test_too_many_failures_in_a_row_stop_it_without_a_commit(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    broker.feed("links", [(b"k", b"{bad json")] * 150)
    worker = workers.start(limits={"consecutive_dead_letters": 100})
    assert worker.wait(30) == 71
    assert broker.committed("leadtrace", "links") == 0
    assert broker.end("dead.letters") == 101, "those that explain it"
    assert "more than 100 dead letters in a row" in workers.log(0).read_text()


def test_a_poisoned_topic_does_not_stop_its_neighbours(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    broker.feed("facts.a", [(b"k%d" % (n % 7), b"{bad json %d" % n) for n in range(60)])
    broker.feed("facts.b", numbered(range(100)))
    broker.feed("links", numbered(range(100)))
    worker = workers.start()
    broker.wait_committed("facts.a", "facts.b", "links")
    worker.kill()
    assert {letter.value for letter in broker.records("dead.letters")} == {
        b"{bad json %d" % n for n in range(60)
    }
    assert json.loads(broker.states("facts")[b"k"]) == list(range(100))
    assert json.loads(broker.states("links")[b"k"]) == list(range(100))


def test_holes_in_the_offsets_neither_block_nor_lose(broker: "Broker", workers: "Workers") -> None:
    """Each transaction leaves a marker behind: an offset that no consumer ever sees."""
    broker.create(TOPICS)
    producer = KafkaProducer(**broker.site.kafka_options(), transactional_id=f"{broker.prefix}holes")
    producer.init_transactions()
    for number in range(20):
        producer.begin_transaction()
        for key, value in numbered([2 * number, 2 * number + 1]):
            producer.send(broker.prefix + "links", key=key, value=value)
        producer.commit_transaction()
    producer.close()
    assert broker.end("links") == 60
    worker = workers.start(fault="kill:21")
    assert worker.wait(30) == -9
    worker = workers.start(fault="kill:21")
    broker.wait(lambda: broker.committed("leadtrace", "links") >= 59)
    worker.kill()
    assert json.loads(broker.states("links")[b"k"]) == list(range(40))


def test_what_is_too_large_goes_to_the_dead_letters(broker: "Broker", workers: "Workers") -> None:
    broker.create({name: count for name, count in TOPICS.items() if name != "folds"})
    broker.create({"folds": 4}, {"max.message.bytes": "3000"})
    broker.feed("links", [*numbered([1]), *numbered([2], grow=4_000), *numbered([3])])
    worker = workers.start(limits={"record_bytes": 2_000})
    broker.wait_committed("links")
    worker.kill()
    (letter,) = broker.records("dead.letters")
    assert (json.loads(letter.value)["id"], dict(letter.headers)["x-dlq-reason"]) == (2, b"too_large")
    assert json.loads(broker.states("links")[b"k"]) == [1, 3]


def test_an_output_that_its_topic_refuses_is_not_tried_for_ever(broker: "Broker", workers: "Workers") -> None:
    broker.create({name: count for name, count in TOPICS.items() if name != "folds"})
    broker.create({"folds": 4}, {"max.message.bytes": "3000"})
    broker.feed("links", [*numbered([1], grow=4_000)])
    worker = workers.start()
    broker.wait_committed("links")
    worker.kill()
    (letter,) = broker.records("dead.letters")
    headers = dict(letter.headers)
    assert (letter.key, letter.value, headers["x-dlq-topic"]) == (b"k", b"[1" + b"0" * 4_000 + b"]", b"folds")
    assert headers["x-dlq-reason"] == b"too_large"
