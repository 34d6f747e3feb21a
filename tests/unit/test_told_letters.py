"""Who stops for too many dead letters has published those that explain it, and not again at each start."""

import asyncio
from pathlib import Path

import pytest
from one_worker import Broker, Worker

from schemas.codec import Encoded
from streams import delivery
from streams.limits import Limits

NO_FACT = Encoded("website.events", b"anon:1", b"{no fact")


@pytest.fixture(autouse=True)
def ends_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(status: int, sentence: str) -> None:
        raise SystemExit(status, sentence)

    monkeypatch.setattr(delivery, "stop_at_once", end)


def started(broker: Broker, folder: Path, records: int) -> object:
    """Start a worker that comes to so many records, and return the status with which it ends."""
    worker = Worker(broker, folder, Limits(consecutive_dead_letters=3))
    with pytest.raises(SystemExit) as ended:
        asyncio.run(worker.deliver(0, *[NO_FACT] * records))
    return ended.value.args[0]


def test_each_start_ends_with_71_and_the_first_publishes_the_letters(tmp_path: Path) -> None:
    broker = Broker()
    assert [started(broker, tmp_path, 6) for _ in range(3)] == [71, 71, 71]
    assert len(broker.keys("dead.letters")) == 4, "those up to the one that was too many"


def test_letters_that_no_start_has_published_yet_are(tmp_path: Path) -> None:
    broker = Broker()
    started(broker, tmp_path, 6)
    worker = Worker(broker, tmp_path, Limits(consecutive_dead_letters=5))
    with pytest.raises(SystemExit):
        asyncio.run(worker.deliver(0, *[NO_FACT] * 6))
    assert len(broker.keys("dead.letters")) == 6


@pytest.mark.parametrize("spoilt", ["[]", "{", '{"website.events-0": 5}'])
def test_a_file_that_nobody_can_read_or_write_keeps_nobody_from_ending(tmp_path: Path, spoilt: str) -> None:
    broker = Broker()
    (tmp_path / "told.json").write_text(spoilt)
    assert started(broker, tmp_path, 4) == 71
    (tmp_path / "told.json").unlink()
    (tmp_path / "told.json").mkdir()
    assert started(broker, tmp_path, 4) == 71
    assert len(broker.keys("dead.letters")) == 8, "which makes no more rows: it is known where each stood"
