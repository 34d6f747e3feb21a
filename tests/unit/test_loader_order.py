"""The order of writing: rows, dead letters, offsets; and who is put aside when ClickHouse refuses."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from loader_servers import Servers, lines, record

import settings
from sinks import loader as module
from sinks.batches import Limits
from sinks.clickhouse import ClickHouseAwayError, RowRefusedError
from sinks.loader import GivenUpError, Loader, pause
from sinks.writer import MOST_REFUSED, TooManyRefusedError, write


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


def test_whom_the_group_does_not_count_in_gives_no_sign_of_life_and_asks_nobody(
    loader: Loader, servers: Servers, tmp_path: Path
) -> None:
    """While it asked, the answer to its join would come, and be lost."""
    servers.member = False
    loader.load_once()
    assert servers.log == []
    assert not (tmp_path / "health" / "loader").exists()
    servers.member = True
    loader.load_once()
    assert (tmp_path / "health" / "loader").exists()


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
