"""A worker whose changelog is no longer its own, or can't be written, ends, and has not done its batch."""

import asyncio
from pathlib import Path

import facts as f
import pytest
from one_worker import CHANGELOG, Broker, Worker

from streams import changelog_writer
from streams.batches import Output
from streams.changelog import STAMP, Changelog, Stamp, stamp_of
from streams.limits import Limits


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def worker(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker that has delivered one page view, and so has claimed its partition; its end is an error."""

    def end(status: int, sentence: str) -> None:
        raise SystemExit(status, sentence)

    monkeypatch.setattr(changelog_writer, "stop_at_once", end)
    worker = Worker(broker, tmp_path, Limits())
    deliver(worker, 0)
    assert worker.done == [True]
    return worker


def deliver(worker: Worker, number: int) -> None:
    asyncio.run(worker.deliver(number, *f.records(f.page("anon:1", number))))


def test_a_write_before_which_another_has_claimed_the_partition_ends_it(
    worker: Worker, broker: Broker
) -> None:
    log = broker.log(CHANGELOG)
    another = Changelog()
    another.read(log.read(None))
    log.append([another.bid("another", "a worker elsewhere")])
    with pytest.raises(SystemExit, match="was taken over by another worker"):
        deliver(worker, 1)
    assert worker.done == [True]


def test_what_a_superseded_worker_wrote_is_passed_over_and_put_right(worker: Worker, broker: Broker) -> None:
    log = broker.log(CHANGELOG)
    log.append([Output("", b"anon:2", b"void", ((STAMP, Stamp(0, 7).packed()),))])
    deliver(worker, 1)
    deliver(worker, 2)
    assert worker.done == [True] * 3
    assert [each.value for each in log.records if each.key == b"anon:2"] == [b"void", None]


def test_a_changelog_that_has_lost_its_end_is_read_anew(worker: Worker, broker: Broker) -> None:
    """As after a broker that was not in step has become the leader: states that we know are not there."""
    log = broker.log(CHANGELOG)
    del log.records[-1]
    log.end -= 1
    with pytest.raises(SystemExit, match="has lost its end"):
        deliver(worker, 1)
    assert worker.done == [True]


def test_a_changelog_that_takes_no_large_record_is_named(worker: Worker, broker: Broker) -> None:
    broker.refuses = frozenset({CHANGELOG})
    with pytest.raises(SystemExit, match=r"set its max\.message\.bytes to"):
        deliver(worker, 1)
    assert worker.done == [True]


def test_what_is_sent_while_the_group_begins_to_settle_is_not_written(
    worker: Worker, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, before = broker.publish, len(broker.log(CHANGELOG).records)

    async def meanwhile(outputs: list[Output]) -> object:
        worker.generation += 1
        return await publish(outputs)

    monkeypatch.setattr(broker, "publish", meanwhile)
    deliver(worker, 1)
    assert worker.done == [True, False]
    assert len(broker.log(CHANGELOG).records) == before


def test_it_claims_its_partition_once_in_each_generation(worker: Worker, broker: Broker) -> None:
    deliver(worker, 1)
    worker.generation += 1
    worker.changelog.let_go()
    deliver(worker, 2)
    stamps = [stamp_of(each.headers) for each in broker.log(CHANGELOG).records]
    claims = [claim for claim in (1, 2, 3) if Stamp(claim, 0).packed() in stamps]
    assert claims == [1, 2]
    assert stamps == sorted(stamps)
