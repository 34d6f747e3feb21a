"""A worker goes on from the states on its disk, on a real broker, and never from those that are not right."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from kafka.admin import KafkaAdminClient

if TYPE_CHECKING:
    from conftest import Broker, Workers

pytestmark = pytest.mark.servers

CHANGELOG = "leadtrace-links-changelog"
TOPICS = {"facts.a": 4, "facts.b": 4, "links": 1, "folds": 4, "dead.letters": 4}
TOPICS |= {"leadtrace-facts-changelog": 4, CHANGELOG: 1}


def tell(broker: "Broker", number: int) -> None:
    broker.feed("links", [(b"k", json.dumps({"id": number}).encode())])
    broker.wait_committed("links")


def ids(broker: "Broker") -> Any:
    return json.loads(broker.states("links")[b"k"])


def test_it_reads_only_what_is_newer_and_begins_anew_after_damage_or_with_another_topic(
    broker: "Broker", workers: "Workers"
) -> None:
    broker.create(TOPICS)
    place = broker.site.data_dir / "states" / f"{broker.prefix}{CHANGELOG}"
    first = workers.start(store="rocksdb")
    tell(broker, 1)
    second = workers.start(store="rocksdb")
    assert second.wait(30) == 1
    assert "another worker keeps its states in" in workers.log(1).read_text()
    first.terminate()
    assert first.wait(30) == 0

    third = workers.start(store="rocksdb")
    tell(broker, 2)
    assert f"{CHANGELOG}: states of 1 of 1 partitions are on the disk, and 0 records" in said(workers, 2)
    assert ids(broker) == [1, 2], "the first came from the disk"
    third.terminate()
    assert third.wait(30) == 0

    for path in (place / "0").glob("MANIFEST-*"):
        path.write_bytes(b"no manifest")
    fourth = workers.start(store="rocksdb")
    tell(broker, 3)
    assert f"{CHANGELOG}-0: the states on disk are not used: it is damaged" in said(workers, 3)
    assert ids(broker) == [1, 2, 3], "all came from the changelog"
    fourth.terminate()
    assert fourth.wait(30) == 0

    admin = KafkaAdminClient(**broker.site.kafka_options())
    admin.delete_topics([broker.prefix + CHANGELOG])
    broker.wait(lambda: broker.prefix + CHANGELOG not in admin.list_topics())
    admin.close()
    broker.create({CHANGELOG: 1})
    workers.start(store="rocksdb")
    tell(broker, 4)
    assert "the topic is another one, though it has the same name" in said(workers, 4)
    assert ids(broker) == [4], "what is not in the changelog is not there"


def said(workers: "Workers", number: int) -> str:
    return workers.log(number).read_text()
