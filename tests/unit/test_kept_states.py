"""Partitions that come, go and come back find the states that their changelog bears out."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from compacted_log import CompactedLog
from faust.types import TP
from kafka.errors import KafkaConnectionError

from settings import Settings
from streams import kept_states
from streams.app import build_app
from streams.batches import AgentSpec, Batch, Effects, Read
from streams.changelog import Changelog, checksum
from streams.checkpoints import OLDEST_MS
from streams.kept_states import Found, KeptOnDisk
from streams.limits import Limits
from streams.state_folder import StateFolder
from streams.table import BatchTable

TOPIC = "leadtrace-facts-changelog"


class Brokers:
    """What Kafka says of one changelog of two partitions."""

    def __init__(self) -> None:
        self.logs = (CompactedLog(), CompactedLog())
        self.topic_id = "one"
        self.failures = 0

    def ids_of(self, _options: Any, topics: Sequence[str]) -> dict[str, str]:
        return dict.fromkeys(topics, self.topic_id)

    def found(self, _options: Any, _topic: str, ends: Mapping[int, int]) -> dict[int, Found]:
        if self.failures:
            self.failures -= 1
            raise KafkaConnectionError
        answers = {}
        for partition, end in ends.items():
            log = self.logs[partition]
            last = [checksum(each.key, each.value, each.headers) for each in log.read(end - 1, end)]
            answers[partition] = Found(log.end, last[0] if last else None)
        return answers

    def write(self, changelog: Changelog, partition: int, changes: Mapping[bytes, bytes | None]) -> None:
        log = self.logs[partition]
        records = changelog.next_write(changes)
        log.append(records)
        changelog.wrote(records, log.end)


@pytest.fixture
def brokers(monkeypatch: pytest.MonkeyPatch) -> Brokers:
    some = Brokers()
    monkeypatch.setattr(kept_states, "_ids_of", some.ids_of)
    monkeypatch.setattr(kept_states, "_found", some.found)
    return some


def nothing(_batch: Batch, _read: Read) -> Effects:
    return Effects()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StateFolder]:
    taken = StateFolder.take(tmp_path / "states")
    yield taken
    taken.close()


class Worker:
    """The table of a worker, as the group gives it partitions and takes them away."""

    def __init__(self, folder: StateFolder, data_dir: Path) -> None:
        settings = Settings(kafka="127.0.0.1:9092", data_dir=data_dir)
        agents = (AgentSpec("fold", ("facts",), "facts", 2, nothing),)
        keeper = KeptOnDisk(folder, settings, [TOPIC], Limits(first_pause=0.01))
        app = build_app(settings, agents, keeper=keeper)
        self.table: BatchTable = app.tables["facts"]
        self.has: set[TP] = set()

    def gets(self, *partitions: int) -> None:
        """The group settles."""
        assigned = {TP(TOPIC, partition) for partition in partitions}
        asyncio.run(self.table.data.on_rebalance(assigned, self.has - assigned, assigned - self.has))
        self.has = assigned

    def ends(self) -> None:
        asyncio.run(self.table.data.on_stop())


@pytest.fixture
def worker(brokers: Brokers, folder: StateFolder, tmp_path: Path) -> Iterator[Worker]:
    """It has written to both partitions, and lost them."""
    worker = Worker(folder, tmp_path)
    worker.gets(0, 1)
    for partition in (0, 1):
        brokers.write(worker.table.changelog(partition), partition, {b"k": b"1", b"l": b"1"})
    yield worker
    worker.ends()


def test_a_partition_that_comes_back_goes_on_from_where_it_was(worker: Worker, brokers: Brokers) -> None:
    worker.gets(1)
    elsewhere = Changelog()
    elsewhere.read(brokers.logs[0].read(None))
    brokers.write(elsewhere, 0, {b"k": b"2", b"l": None})
    worker.gets(0, 1)
    assert worker.table.persisted_offset(TP(TOPIC, 0)) == 1
    worker.table.data.restore(0, brokers.logs[0].read(1))
    assert worker.table.part(0) == {b"k": b"2"}
    assert worker.table.part(1) == {b"k": b"1", b"l": b"1"}, "which it never lost"


def test_another_process_goes_on_from_the_same_disk(
    worker: Worker, folder: StateFolder, tmp_path: Path
) -> None:
    worker.ends()
    following = Worker(folder, tmp_path)
    following.gets(0)
    assert following.table.part(0) == {b"k": b"1", b"l": b"1"}
    following.ends()


def comes_back(worker: Worker, caplog: pytest.LogCaptureFixture) -> str:
    """What the log says of a partition that goes and comes back."""
    worker.gets()
    with caplog.at_level(logging.INFO):
        worker.gets(0)
    return caplog.text


def test_a_changelog_that_was_cut_off_is_read_anew(
    worker: Worker, brokers: Brokers, caplog: pytest.LogCaptureFixture
) -> None:
    log = brokers.logs[0]
    del log.records[1:]
    log.end = 1
    assert "its changelog ends at offset 1, before 2" in comes_back(worker, caplog)
    assert (worker.table.part(0), worker.table.persisted_offset(TP(TOPIC, 0))) == ({}, None)


def test_a_changelog_that_was_cut_off_and_has_grown_again_is_read_anew(
    worker: Worker, brokers: Brokers, caplog: pytest.LogCaptureFixture
) -> None:
    log = brokers.logs[0]
    log.records.clear()
    log.end = 0
    brokers.write(Changelog(), 0, {b"m": b"1", b"n": b"1", b"o": b"1"})
    assert "holds another record than they were written from at offset 1" in comes_back(worker, caplog)
    assert worker.table.part(0) == {}


def test_states_of_long_ago_are_read_anew_if_anything_was_written_since(
    worker: Worker, brokers: Brokers, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = kept_states.now() + 10 * OLDEST_MS
    monkeypatch.setattr(kept_states, "now", lambda: later)
    assert "too old" not in comes_back(worker, caplog)
    elsewhere = Changelog()
    elsewhere.read(brokers.logs[0].read(None))
    brokers.write(elsewhere, 0, {b"k": None})
    assert "too old to go on from" in comes_back(worker, caplog)
    assert worker.table.part(0) == {}


def test_brokers_that_are_away_are_asked_again(worker: Worker, brokers: Brokers) -> None:
    brokers.failures = 2
    worker.gets()
    worker.gets(0, 1)
    assert worker.table.part(0) == {b"k": b"1", b"l": b"1"}
    assert kept_states.Retry.failing == 0
