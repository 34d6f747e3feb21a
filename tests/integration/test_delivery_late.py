"""What a worker wrote before it was superseded arrives late, on a real broker: it never counts."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaProducer

from streams.changelog import STAMP, Changelog, Stamp

if TYPE_CHECKING:
    from conftest import Broker, Workers

pytestmark = pytest.mark.servers

CHANGELOG = "leadtrace-links-changelog"
TOPICS = {"facts.a": 4, "facts.b": 4, "links": 1, "folds": 4, "dead.letters": 4}
TOPICS |= {"leadtrace-facts-changelog": 4, CHANGELOG: 1}


def tell(broker: "Broker", number: int) -> None:
    """Have the worker take in one more id."""
    broker.feed("links", [(b"k", json.dumps({"id": number}).encode())])
    broker.wait_committed("links")


def arrive(broker: "Broker", *records: tuple[bytes, bytes | None, Stamp]) -> None:
    """Append records to the changelog, whoever wrote them."""
    producer = KafkaProducer(**broker.site.kafka_options(), acks="all")
    for key, value, stamp in records:
        producer.send(
            broker.prefix + CHANGELOG, key=key, value=value, headers=[(STAMP, stamp.packed())], partition=0
        )
    producer.close()


def ids(broker: "Broker") -> Any:
    return json.loads(broker.states("links")[b"k"])


def test_it_counts_neither_for_the_owner_nor_for_the_next_one(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    first = workers.start()
    tell(broker, 1)
    first.kill()
    first.wait()
    second = workers.start()
    tell(broker, 2)
    # Of the first worker: a write that was held up, and one that is applied again.
    arrive(broker, (b"k", b"[1, 77]", Stamp(1, 2)), (b"k", b"[1]", Stamp(1, 1)), (b"n", b"[7]", Stamp(1, 3)))
    assert ids(broker) == [1, 2]
    tell(broker, 3)
    tell(broker, 4)
    assert broker.newest(CHANGELOG)[b"k"] == b"[1, 2, 3, 4]", "what compaction will leave is what counts"
    assert b"n" not in broker.newest(CHANGELOG)
    arrive(broker, (b"k", b"[1, 77]", Stamp(1, 4)), (b"k", None, Stamp(1, 5)))
    second.kill()
    second.wait()
    workers.start()
    tell(broker, 5)
    assert broker.states("links") == {b"k": b"[1, 2, 3, 4, 5]"}
    assert broker.newest(CHANGELOG)[b"k"] == b"[1, 2, 3, 4, 5]"


def test_a_worker_that_finds_another_claim_ends_and_commits_nothing(
    broker: "Broker", workers: "Workers"
) -> None:
    broker.create(TOPICS)
    first = workers.start()
    tell(broker, 1)
    bid = Changelog().bid("another", "a worker elsewhere")
    assert bid.key is not None
    arrive(broker, (bid.key, bid.value, Stamp(2, 0)), (b"k", b"[1, 9]", Stamp(2, 1)))
    broker.feed("links", [(b"k", b'{"id": 2}')])
    assert first.wait(30) == 70
    assert "was taken over by another worker" in workers.log(0).read_text()
    assert broker.committed("leadtrace", "links") == 1
    assert ids(broker) == [1, 9], "what it wrote is void"
    workers.start()
    broker.wait_committed("links")
    assert ids(broker) == [1, 2, 9]
