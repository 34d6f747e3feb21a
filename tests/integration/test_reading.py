"""Whoever only reads is held to it by the server, and to what one question may take."""

import threading
import time
from collections.abc import Callable

import pytest

from settings import Settings
from sinks.clickhouse import (
    ClickHouseAwayError,
    ClickHouseError,
    TooManyRowsError,
    TooSlowError,
    connect,
    connect_server,
)
from sinks.reading import Limits, connect_to_read

pytestmark = [pytest.mark.servers, pytest.mark.answers]
ENDLESS = "SELECT count() FROM numbers(99999999999) WHERE NOT ignore(rand(), 'of a reader who leaves')"


@pytest.fixture
def database(site: Settings) -> Settings:
    client = connect_server(site)
    client.command(f"CREATE DATABASE `{site.clickhouse_database}`")
    client.close()
    return site


def test_a_reader_writes_nothing_and_takes_no_more_than_it_may(database: Settings) -> None:
    client = connect_to_read(database, Limits(seconds=1, rows=100))
    for write in ("CREATE TABLE t (a Int8) ENGINE = Memory", "DROP DATABASE system", "SET readonly = 0"):
        with pytest.raises(ClickHouseError, match="readonly"):
            client.command(write)
    assert len(client.query("SELECT number FROM numbers(100)").rows) == 100
    with pytest.raises(TooManyRowsError):
        client.query("SELECT number FROM numbers(101)")
    began = time.monotonic()
    with pytest.raises(TooSlowError):
        client.query(ENDLESS)
    assert time.monotonic() - began < 8
    client.close()


def test_the_server_stops_what_nobody_waits_for_any_more(database: Settings) -> None:
    reader, errors = connect_to_read(database, Limits(seconds=60, rows=100)), []

    def ask() -> None:
        try:
            reader.query(ENDLESS)
        except ClickHouseAwayError as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    admin = connect(database)
    running = (
        "SELECT count() FROM system.processes "
        "WHERE query LIKE '%of a reader who leaves%' AND query_id != queryID()"
    )
    assert within_seconds(10, lambda: admin.query(running).rows == ((1,),))
    reader.abandon()
    asking.join(10)
    assert len(errors) == 1
    with pytest.raises(ClickHouseAwayError, match="given up"):
        reader.query("SELECT 1")
    assert within_seconds(10, lambda: admin.query(running).rows == ((0,),))
    admin.close()


def within_seconds(seconds: float, is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.1)
    return False
