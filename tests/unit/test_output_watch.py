"""What others wrote to a compacted topic is put right, whoever has the partition, whatever is damaged."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import facts as f
import pytest
from one_worker import Broker, Worker

from schemas.codec import Encoded, decode
from streams.batches import Output
from streams.limits import Limits
from streams.states import Checkpoint


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def worker(broker: Broker, tmp_path: Path) -> Worker:
    return Worker(broker, tmp_path, Limits())


def pages(*visitors: str) -> list[Encoded]:
    return f.records(*(f.page(visitor, number) for number, visitor in enumerate(visitors)))


def test_what_comes_late_is_sent_again(worker: Worker, broker: Broker) -> None:
    async def story() -> None:
        await worker.deliver(0, *pages("anon:1", "anon:2"))
        broker.log("journeys").append([Output("journeys", b"anon:1", b"of the past")])
        await worker.look()
        await worker.look()

    asyncio.run(story())
    assert broker.keys("journeys") == [b"anon:1", b"anon:2", b"anon:1", b"anon:1"]
    first, last = (broker.log("journeys").records[at].value for at in (0, -1))
    assert decode("journeys", last) == decode("journeys", first)


def test_who_gets_a_partition_back_looks_at_what_the_owner_between_has_left(
    worker: Worker, broker: Broker, tmp_path: Path
) -> None:
    """It has had it before, so it must not go by what it knew then; nor does it need a record to begin."""
    between = Worker(broker, tmp_path, Limits())

    async def story() -> None:
        await worker.deliver(0, *pages("anon:1"))
        between.come_back_to_it()
        await between.deliver(1, *pages("anon:2"))
        broker.log("journeys").append([Output("journeys", b"anon:1", b"of the past")])
        worker.come_back_to_it()
        await worker.look()

    asyncio.run(story())
    assert broker.keys("journeys") == [b"anon:1", b"anon:2", b"anon:1", b"anon:1"]


def test_who_loses_a_partition_and_gets_it_back_while_it_looks_goes_on(
    worker: Worker, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was about to put right, here a record without a key, may be long done."""
    between, gaps = Worker(broker, tmp_path, Limits()), worker.delivery.gaps

    async def then_lose_it(*of: Any) -> Any:
        found = await gaps(*of)
        between.come_back_to_it()
        await between.deliver(1, *pages("anon:2"))
        await between.look()
        await between.deliver(2, *pages("anon:3"))
        worker.come_back_to_it()
        await worker.deliver(3, *pages("anon:4"))
        return found

    async def story() -> None:
        await worker.deliver(0, *pages("anon:1"))
        broker.log("journeys").append([Output("journeys", None, b"of somebody else")])
        await worker.look()

    monkeypatch.setattr(worker.delivery, "gaps", then_lose_it)
    asyncio.run(story())
    assert broker.keys("journeys") == [b"anon:1", None, b"anon:2", b"anon:3", b"anon:4"]


def test_a_damaged_state_keeps_no_other_from_being_sent_again(
    worker: Worker, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        await worker.deliver(0, *pages("anon:1", "anon:secret", "anon:3"))
        worker.changelog.states.write({b"anon:secret": b"\xff\xfe garbage"}, Checkpoint())
        late = [Output("journeys", key, b"of the past") for key in (b"anon:1", b"anon:secret", b"anon:3")]
        broker.log("journeys").append(late)
        await worker.look()
        await worker.look()

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert broker.keys("journeys")[6:] == [b"anon:1", b"anon:3"]
    assert "1 state can't be looked through" in caplog.text
    assert "secret" not in caplog.text
