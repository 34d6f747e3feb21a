"""Of the last days every version of a journey is kept, of each day before the last: the engine does it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import settings
from schemas.journey import Journey
from settings import Settings
from sinks import schema
from sinks.clickhouse import ClickHouse, connect, connect_server
from sinks.migrations import migrate, planned
from sinks.rows import COLUMNS, rows_of_journey

pytestmark = [pytest.mark.servers, pytest.mark.answers]

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def ago(days: int, hour: int, minute: int = 0) -> datetime:
    return MIDNIGHT - timedelta(days=days) + timedelta(hours=hour, minutes=minute)


def publish(client: ClickHouse, *versions: tuple[str, int, datetime]) -> None:
    """Store versions of journeys, each as a load of its own."""
    for person, version, at in versions:
        known = Journey(person=person, version=version, policy_version="p", known_at=version)
        for table, row in rows_of_journey(known, round(at.timestamp() * 1000), ZONE):
            client.insert(table, COLUMNS[table], [row])


def known(client: ClickHouse, at: datetime) -> dict[str, int]:
    as_of = at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
    found = client.query(f"SELECT person, version FROM journeys_as_of(as_of = '{as_of}')")
    assert len(found.rows) == len({person for person, _ in found.rows})
    return dict(found.rows)


def merge(client: ClickHouse) -> None:
    for table in ("journey_days", "journey_versions"):
        client.command(f"OPTIMIZE TABLE {table} FINAL")


def counts(client: ClickHouse) -> Sequence[int]:
    tables = ("journey_days", "journey_versions")
    return [client.query(f"SELECT count() FROM {table}").rows[0][0] for table in tables]


def test_merges_leave_each_day_its_end_and_the_last_days_all_there_was(client: ClickHouse) -> None:
    told = [("anon:1", n, ago(30, 9, n)) for n in range(1, 8)]
    told += [("anon:1", 8, ago(20, 10)), ("anon:1", 9, ago(20, 11))]
    told += [("anon:1", 10, ago(2, 10)), ("anon:1", 11, ago(2, 11)), ("anon:2", 3, ago(20, 23, 59))]
    publish(client, *told)
    moments = [ago(days, 0) for days in range(31, 1, -1)]
    moments += [ago(2, hour) for hour in range(24)]
    before = [known(client, at) for at in moments]
    merge(client)
    assert counts(client) == [4, 2], "three days of one person, one of another; and two versions of late"
    assert [known(client, at) for at in moments] == before
    assert known(client, ago(20, 10, 30)) == {"anon:1": 7}, "what held at the midnight before"

    publish(client, ("anon:1", 12, ago(20, 12)), ("anon:1", 11, ago(1, 5)))
    merge(client)
    assert counts(client) == [5, 2], "what comes later is thinned as well, and a replay is no other version"
    assert known(client, ago(2, 11)) == {"anon:1": 12, "anon:2": 3}
    assert known(client, ago(0, 0)) == {"anon:1": 12, "anon:2": 3}


def test_the_policy_says_how_long_and_migrate_tells_clickhouse(site: Settings, tmp_path: Path) -> None:
    client = connect_server(site)
    migrate(client, site)
    publish(client, ("anon:1", 1, ago(3, 9)), ("anon:1", 2, ago(3, 10)))
    policy = tmp_path / "policy.toml"
    for days, kept in ((0, 2), (4, 2), (2, 0)):
        text = settings.policy_text(site).replace("all_versions_days = 7", f"all_versions_days = {days}")
        policy.write_text(text, encoding="utf-8")
        mine = site.model_copy(update={"policy": policy})
        assert planned(client, mine) == migrate(client, mine) == [f"all_versions_days={days}"]
        assert migrate(client, mine) == []
        merge(client)
        assert counts(client) == [1, kept]


def test_the_committed_schema_makes_an_empty_database_what_the_migrations_do(site: Settings) -> None:
    other = site.model_copy(update={"clickhouse_database": f"{site.clickhouse_database}_made"})
    server = connect_server(site)
    server.command(f"CREATE DATABASE {other.clickhouse_database}")
    try:
        client = connect(other)
        text = schema.FILE.read_text(encoding="utf-8")
        for statement in text.removeprefix(schema.TITLE).split(";\n"):
            if statement.strip():
                client.command(statement)
        assert schema.dump(client, other.clickhouse_database) == text
    finally:
        server.command(f"DROP DATABASE {other.clickhouse_database} SYNC")
