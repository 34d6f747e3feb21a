"""The order of writing: rows, dead letters, offsets; and who is put aside when ClickHouse refuses."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import settings
from schemas.codec import encode
from schemas.website import PageViewed
from sinks import loader as module
from sinks.batches import Limits, Lines
from sinks.broker import KafkaAwayError
from sinks.clickhouse import ClickHouseAwayError, RowRefusedError
from sinks.loader import GivenUpError, Loader, pause
from sinks.rows import Record
from sinks.writer import MOST_REFUSED, TooManyRefusedError, write

GOOD = encode(
    PageViewed(
        event_id="6f6e1c8e-3a5b-5d0c-9b1e-1d6d0f2c7a10",
        occurred_at=5,
        received_at=7,
        source="web",
        subject="anon:1",
    )
)


class Servers:
    """Both servers, as far as the loader needs them; `log` is what they were told, in order."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.coming: list[list[Record]] = []
        self.away: list[Exception] = []
        self.commit_fails = 0

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
        if self.away:
            raise self.away.pop(0)
        self.log.append(("insert", table, len(rows)))

    def query(self, text: str) -> None:
        self.log.append("ping")

    def read(self, seconds: float) -> list[Record]:
        return self.coming.pop(0) if self.coming else []

    def keep(self, seconds: float) -> None:
        self.log.append("keep")

    def go_on(self) -> None:
        self.log.append("go on")

    def commit(self, offsets: Mapping[Any, int]) -> None:
        if self.commit_fails:
            self.commit_fails -= 1
            raise KafkaAwayError("no coordinator")
        self.log.append(("commit", dict(offsets)))

    def answers(self) -> bool:
        return True

    def send(self, letters: Sequence[tuple[Record, str, str]]) -> None:
        self.log.append(("letters", [(record.offset, reason) for record, reason, _ in letters]))


def record(offset: int, value: bytes = GOOD, topic: str = "website.events") -> Record:
    return Record(topic, 0, offset, 1, b"k", value)


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def loader(servers: Servers, tmp_path: Path) -> Loader:
    made = Loader(settings.Settings(data_dir=tmp_path), threading.Event(), Limits(age=0.0))
    for name in ("_client", "_source", "_dead_letters"):
        setattr(made, name, servers)
    return made


def test_offsets_are_committed_after_rows_and_dead_letters(loader: Loader, servers: Servers) -> None:
    servers.coming = [[record(4), record(5, b"?"), record(6)]]
    loader.load_once()
    assert servers.log == [
        ("insert", "events", 2),
        ("letters", [(5, "json_invalid")]),
        ("commit", {("website.events", 0): 7}),
    ]


def test_while_clickhouse_is_away_it_stays_in_the_group_and_commits_nothing(
    loader: Loader, servers: Servers
) -> None:
    servers.coming = [[record(4)]]
    servers.away = [ClickHouseAwayError("away"), ClickHouseAwayError("away")]
    loader.load_once()
    assert servers.log == [
        "keep",
        "keep",
        ("insert", "events", 1),
        "go on",
        ("commit", {("website.events", 0): 5}),
    ]


def test_it_gives_up_when_there_is_no_progress_for_too_long(
    loader: Loader, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUDGET", 0.0)
    servers.coming = [[record(4)]]
    servers.away = [ClickHouseAwayError("away")] * 9
    with pytest.raises(GivenUpError, match="away"):
        loader.load_once()
    assert not [entry for entry in servers.log if entry[0] == "commit"]


def test_offsets_that_could_not_be_committed_go_with_the_next(loader: Loader, servers: Servers) -> None:
    servers.coming = [[record(4)], [], [record(5)]]
    servers.commit_fails = 1
    for _ in range(3):
        loader.load_once()
    commits = [entry for entry in servers.log if entry[0] == "commit"]
    assert commits == [("commit", {("website.events", 0): 6})]


def test_offsets_of_revoked_partitions_are_not_committed(loader: Loader, servers: Servers) -> None:
    servers.coming = [[record(4)]]
    servers.commit_fails = 1
    loader.load_once()
    loader._forget([("website.events", 0)])
    loader._flush()
    assert servers.log == [("insert", "events", 1)]


def test_a_dead_letter_that_cannot_be_stored_is_not_sent_again(loader: Loader, servers: Servers) -> None:
    servers.coming = [[record(4, b"?", "dead.letters")]]
    servers.away = [RowRefusedError("no")]
    loader.load_once()
    assert servers.log == [("commit", {("dead.letters", 0): 5})]


def test_a_sign_of_life_is_left(loader: Loader, servers: Servers, tmp_path: Path) -> None:
    loader.load_once()
    assert (tmp_path / "health" / "loader").exists()


def lines(*numbers: int) -> Lines:
    return Lines([(number,) for number in numbers], [record(number) for number in numbers])


def test_halving_finds_exactly_the_rows_that_are_refused() -> None:
    stored: list[int] = []
    calls = 0

    def insert(rows: Sequence[Any]) -> None:
        nonlocal calls
        calls += 1
        if any(number % 1000 == 7 for (number,) in rows):
            raise RowRefusedError("7 is not welcome")
        stored.extend(number for (number,) in rows)

    refused = write(insert, lines(*range(2000)))
    assert [refusal.record.offset for refusal in refused] == [7, 1007]
    assert sorted(stored) == [number for number in range(2000) if number % 1000 != 7]
    assert calls < 60


def test_when_everything_is_refused_nothing_is_put_aside() -> None:
    def insert(rows: Sequence[Any]) -> None:
        raise RowRefusedError("never")

    with pytest.raises(TooManyRefusedError, match="never"):
        write(insert, lines(*range(MOST_REFUSED + 1)))
    assert len(write(insert, lines(*range(MOST_REFUSED)))) == MOST_REFUSED
    assert write(insert, lines()) == []


def test_pauses_grow_to_a_limit() -> None:
    assert max(pause(1) for _ in range(50)) <= 0.2
    assert 2.0 < max(pause(99) for _ in range(50)) <= 5.0
