"""A worker looks through its states: all of them, whatever happens meanwhile, and beside its records."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Broker, Workers

pytestmark = pytest.mark.servers

CHANGELOG = "leadtrace-facts-changelog"
TOPICS = {"facts.a": 4, "facts.b": 4, "links": 1, "folds": 4, "dead.letters": 4}
TOPICS |= {CHANGELOG: 4, "leadtrace-links-changelog": 1}
KEYS = [b"k%d" % n for n in range(300)]


def feed(broker: "Broker", *numbers: int) -> None:
    """Give each key these ids, in topic after topic."""
    broker.feed("facts.a", [(key, json.dumps({"id": each}).encode()) for each in numbers for key in KEYS])
    broker.wait_committed("facts.a")


def is_done(broker: "Broker") -> bool:
    metadata = [record for record in broker.records(CHANGELOG) if record.key == b"metadata"]
    return len({each.partition for each in metadata if each.value == b'"done"'}) == 4


def test_all_states_are_sent_again_though_the_worker_dies_in_between(
    broker: "Broker", workers: "Workers"
) -> None:
    broker.create(TOPICS)
    first = workers.start()
    feed(broker, 1, 2)
    broker.feed("facts.a", [(b"fault7", json.dumps({"id": 1}).encode())])
    broker.wait_committed("facts.a")
    first.terminate()
    assert first.wait(20) == 0
    before = broker.end("folds")
    second = workers.start(fault="kill:7", maintenance="again")
    assert second.wait(60) == -9
    workers.start(fault="kill:7", maintenance="again")
    broker.wait(lambda: is_done(broker))
    # At least once: those that were sent before the end came are sent again.
    again = [record.key for record in broker.records("folds")]
    assert len(again) >= before + len(KEYS) + 1
    assert all(again.count(key) >= 2 for key in KEYS)
    feed(broker, 3)
    assert {broker.newest("folds")[key] for key in KEYS} == {b"[1, 2, 3]"}


def test_what_is_let_go_is_gone_from_memory_and_log(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    first = workers.start()
    broker.feed("facts.b", [(key, json.dumps({"id": n}).encode()) for key in KEYS[:5] for n in (1, 2, 3)])
    broker.wait_committed("facts.b")
    feed(broker, 4)
    first.terminate()
    assert first.wait(20) == 0
    second = workers.start(maintenance="forget", limits={"quiet_period": 2.0})
    broker.wait(lambda: is_done(broker))
    assert broker.states("facts").keys() == {*KEYS[:5], b"metadata"}
    # New facts of a forgotten key start from nothing, in this worker and in the next.
    feed(broker, 5)
    second.terminate()
    assert second.wait(20) == 0
    workers.start()
    feed(broker, 6)
    folds = broker.newest("folds")
    assert {folds[key] for key in KEYS[:5]} == {b"[1, 2, 3, 4, 5, 6]"}
    assert {folds[key] for key in KEYS[5:]} == {b"[5, 6]"}


def test_a_state_that_can_not_be_looked_through_stops_nothing(broker: "Broker", workers: "Workers") -> None:
    broker.create(TOPICS)
    first = workers.start()
    broker.feed("facts.a", [(b"fault7", json.dumps({"id": 1}).encode())])
    feed(broker, 1)
    first.terminate()
    assert first.wait(20) == 0
    workers.start(fault="always:7", maintenance="again")
    broker.wait(lambda: is_done(broker))
    assert [record.key for record in broker.records("folds")].count(b"fault7") == 1
    log = workers.log(1).read_text()
    assert "1 state can't be looked through (RuntimeError)" in log
    assert "geheim" not in log
