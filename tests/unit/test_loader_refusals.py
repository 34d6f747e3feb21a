"""What ClickHouse refuses: a row's fault costs that row, the server's is waited for, and ours is told."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from clickhouse_driver.errors import ServerException
from loader_servers import Servers, lines, record

import settings
from schemas.terms import DAY_MS
from sinks.batches import Limits, Lines
from sinks.breaker import Breaker, TooManyDeadLettersError
from sinks.clickhouse import (
    ClickHouseAwayError,
    ClickHouseError,
    NoMemoryError,
    RowRefusedError,
    UnknownRefusalError,
    explain,
)
from sinks.loader import Loader
from sinks.records import Record
from sinks.writer import HEAVY, MOST_REFUSED, TooManyRefusedError, write

Server = Callable[[Sequence[Any]], None]


def unknown() -> UnknownRefusalError:
    return UnknownRefusalError("ClickHouse refuses (code 4711): 'geheim@example.com'", 4711)


def refusing(error: Exception, *bad: int, empty_too: bool = False) -> tuple[Server, list[int]]:
    """A server that raises if one of these rows is among those to insert, and what it has stored."""
    stored: list[int] = []

    def insert(rows: Sequence[Any]) -> None:
        if (empty_too and not rows) or any(number in bad for (number,) in rows):
            raise error
        stored.extend(number for (number,) in rows)

    return insert, stored


def test_a_code_that_nobody_knows_costs_the_row_that_it_follows() -> None:
    insert, stored = refusing(unknown(), 7)
    (refusal,) = write(insert, lines(*range(50)))
    assert refusal.record.offset == 7
    assert "4711" in refusal.error
    assert "geheim" not in refusal.error
    assert sorted(stored) == [number for number in range(50) if number != 7]


def test_it_is_the_servers_if_no_row_can_be_stored() -> None:
    insert, _ = refusing(unknown(), *range(50))
    with pytest.raises(UnknownRefusalError):
        write(insert, lines(*range(50)))


def test_a_row_that_is_alone_is_put_aside_if_the_table_takes_an_empty_insert() -> None:
    insert, _ = refusing(unknown(), 7)
    assert [refusal.record.offset for refusal in write(insert, lines(7))] == [7]
    insert, _ = refusing(unknown(), 7, empty_too=True)
    with pytest.raises(UnknownRefusalError):
        write(insert, lines(7))


def heavy(*numbers: int) -> Lines:
    large = [Record("website.events", 0, number, 1, b"k", b"x" * HEAVY) for number in numbers]
    return Lines([(number,) for number in numbers], large)


def test_a_block_for_which_there_is_no_memory_is_written_in_parts() -> None:
    stored: list[int] = []

    def insert(rows: Sequence[Any]) -> None:
        if len(rows) > 10:
            raise NoMemoryError("too much at once")
        stored.extend(number for (number,) in rows)

    assert write(insert, lines(*range(100))) == []
    assert sorted(stored) == list(range(100))


def test_a_large_row_for_which_there_is_no_memory_is_put_aside_if_others_are_stored() -> None:
    insert, _ = refusing(NoMemoryError("no memory"), 3)
    assert [refusal.record.offset for refusal in write(insert, heavy(1, 2, 3))] == [3]


def test_a_small_row_for_which_there_is_no_memory_waits_until_there_is() -> None:
    insert, _ = refusing(NoMemoryError("no memory"), 3)
    with pytest.raises(ClickHouseAwayError):
        write(insert, lines(1, 2, 3))
    insert, _ = refusing(NoMemoryError("no memory"), 3)
    with pytest.raises(ClickHouseAwayError):
        write(insert, heavy(3))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (164, ClickHouseAwayError),
        (243, ClickHouseAwayError),
        (241, NoMemoryError),
        (53, RowRefusedError),
        (349, RowRefusedError),
        (516, ClickHouseError),
        (60, ClickHouseError),
        (999_999, UnknownRefusalError),
    ],
)
def test_what_the_server_says_is_an_outage_a_rows_fault_or_final(code: int, kind: type) -> None:
    said = ServerException("DB::Exception: it says so. Stack trace: …", code)
    assert type(explain(said, "here")) is kind


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def loader(servers: Servers, tmp_path: Path) -> Loader:
    made = Loader(settings.Settings(data_dir=tmp_path), threading.Event(), Limits(age=DAY_MS))
    for name in ("_client", "_source", "_dead_letters"):
        setattr(made, name, servers)
    return made


def test_when_nothing_but_bad_input_comes_it_stores_what_explains_it_and_ends(
    loader: Loader, servers: Servers
) -> None:
    servers.coming = [[record(number, b"?") for number in range(500)]]
    with pytest.raises(TooManyDeadLettersError, match=r"website\.events-0 .* `leadtrace dead-letters`"):
        loader.load_once()
    told, committed = servers.log
    assert [offset for offset, _ in told[1]] == list(range(101))
    assert committed == ("commit", {("website.events", 0): 101})


def test_whoever_knows_that_it_is_rubbish_can_have_it_all_put_aside(loader: Loader, servers: Servers) -> None:
    loader._breaker = Breaker(0)
    servers.coming = [[record(number, b"?") for number in range(500)]]
    loader.load_once()
    loader._flush()
    assert [offset for offset, _ in servers.log[0][1]] == list(range(500))


def test_one_good_record_between_them_shows_that_it_is_not_us(loader: Loader, servers: Servers) -> None:
    for start in range(0, 1000, 100):
        bad = [record(start + number, b"?") for number in range(99)]
        servers.coming = [[*bad, record(start + 99)]]
        loader.load_once()


def test_partitions_are_counted_by_themselves(loader: Loader, servers: Servers) -> None:
    one = [Record("crm.events", 1, number, 1, b"k", b"?") for number in range(60)]
    servers.coming = [[*one, *(record(number, b"?") for number in range(60))]]
    loader.load_once()


def test_when_too_many_rows_of_a_batch_are_refused_the_letters_say_which(
    loader: Loader, servers: Servers
) -> None:
    good = [record(number) for number in range(300)]
    servers.away = [RowRefusedError("no")] * 10_000
    servers.coming = [good]
    loader.load_once()
    with pytest.raises(TooManyRefusedError):
        loader._flush()
    ((what, told),) = servers.log
    assert what == "letters"
    assert len(told) == MOST_REFUSED + 1
