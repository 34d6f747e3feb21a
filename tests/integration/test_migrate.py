"""Migrations on a real server: repeatable, safe side by side, and the schema that they claim to make."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from settings import Settings
from sinks import migrations, schema
from sinks.clickhouse import ClickHouseAwayError, ClickHouseError, connect, connect_server
from sinks.migrations import migrate, planned, status
from sinks.rows import COLUMNS
from sinks.scripts import MigrationError, Script
from sinks.view_texts import views

pytestmark = [pytest.mark.servers, pytest.mark.answers]

LOOPBACK_NOBODY = "127.0.0.1:1"


def test_a_first_run_makes_everything_and_a_second_nothing(site: Settings) -> None:
    client = connect_server(site)
    due = planned(client, site)
    assert "0001_events" in due
    assert "funnel_by_period" in due
    assert migrate(client, site) == due
    assert migrate(client, site) == []
    assert connect(site).query("SELECT count() FROM events").rows == ((0,),)


def test_the_database_equals_the_committed_schema(site: Settings) -> None:
    client = connect_server(site)
    migrate(client, site)
    assert schema.dump(client, site.clickhouse_database) == schema.FILE.read_text(encoding="utf-8")


def test_the_columns_of_rows_are_those_of_the_tables(site: Settings) -> None:
    client = connect_server(site)
    migrate(client, site)
    for table, columns in COLUMNS.items():
        found = client.query(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}",
            {"table": table},
        )
        assert [name for (name,) in found.rows] == list(columns), table


def test_every_table_view_and_column_says_what_it_is(site: Settings) -> None:
    client = connect_server(site)
    migrate(client, site)
    silent = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"
        " UNION ALL SELECT concat(table, '.', name) FROM system.columns"
        " WHERE database = currentDatabase() AND comment = ''"
    )
    assert silent.rows == ()


def test_a_view_returns_the_types_that_it_declares(site: Settings) -> None:
    client = connect_server(site)
    migrate(client, site)
    declared: dict[str, list[tuple[str, str]]] = {}
    for view, column, kind in client.query(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN"
        " (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View')"
        " ORDER BY table, position"
    ).rows:
        declared.setdefault(view, []).append((column, kind))
    # A view with parameters has no columns before it is asked.
    assert set(declared) == {view.name for view in views("UTC") if not re.search(r"\{\w+:", view.text)}
    wrong = []
    for view, columns in declared.items():
        answer = client.query(f"SELECT * FROM {view} LIMIT 0")
        found = zip(answer.columns, answer.types, strict=True)
        wrong += [(view, *each) for each in zip(found, columns, strict=True) if each[0] != each[1]]
    assert wrong == []


def test_two_runs_at_once_do_no_harm(site: Settings) -> None:
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate(connect_server(site), site)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    client = connect_server(site)
    assert migrate(client, site) == []
    assert schema.dump(client, site.clickhouse_database) == schema.FILE.read_text(encoding="utf-8")


def test_a_run_that_was_killed_is_finished_by_the_next(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for done in range(1, 34, 4):
        client = connect_server(site)
        with monkeypatch.context() as broken:
            broken.setattr(client, "command", dying_after(done, client.command))
            with pytest.raises(KeyboardInterrupt):
                migrate(client, site)
    next_client = connect_server(site)
    migrate(next_client, site)
    assert schema.dump(next_client, site.clickhouse_database) == schema.FILE.read_text(encoding="utf-8")
    assert status(next_client, site).pending == []


def dying_after(done: int, run: Callable[[str], None]) -> Callable[[str], None]:
    """A way to run statements that ends the program after so many."""
    left = done

    def die_after_some(text: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        run(text)

    return die_after_some


def test_rows_from_before_there_were_domains_have_an_empty_one(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect_server(site)
    with monkeypatch.context() as older:
        before = [script for script in migrations.migrations() if script.number < 6]
        as_of = [view for view in views("UTC") if view.name == "journeys_as_of"]
        older.setattr(migrations, "migrations", lambda: before)
        older.setattr(migrations, "views", lambda *_: as_of)
        migrate(client, site)
    columns = ("person", "version", "account")
    client.insert("journeys", columns, [("crm:hub:1", 1, "firm.cn")])
    client.insert(
        "journey_versions", (*columns, "published_at"), [("crm:hub:1", 1, "firm.cn", datetime.now(UTC))]
    )
    migrate(client, site)
    for table in (
        "journeys",
        "journey_versions",
        "journey_days",
        "journeys_as_of(as_of = '2100-01-01 00:00:00')",
    ):
        assert client.query(f"SELECT account, domain FROM {table}").rows == (("firm.cn", ""),), table
    assert client.query("SELECT name, account, rule FROM account_names").rows == (
        ("firm.cn", "firm.cn", "domain"),
    )


def test_a_migration_that_was_edited_afterwards_is_refused(site: Settings) -> None:
    client = connect_server(site)
    migrate(client, site)
    client.insert("schema_migrations", ("number", "name", "checksum"), [(1, "0001_events", "other")])
    with pytest.raises(MigrationError, match="0001_events was edited after it had been applied"):
        migrate(client, site)


def test_a_database_of_a_newer_version_is_refused(site: Settings) -> None:
    client = connect_server(site)
    migrate(client, site)
    client.insert("schema_migrations", ("number", "name", "checksum"), [(9999, "9999_future", "x")])
    with pytest.raises(MigrationError, match="newer than this version"):
        migrate(client, site)


def test_a_view_that_became_others_is_gone_after_an_upgrade(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sums counted twice; whoever still asks it shall hear so, not read on."""
    client = connect_server(site)
    early = [script for script in migrations.migrations() if script.name < "0009"]
    with monkeypatch.context() as before:
        before.setattr(migrations, "migrations", lambda: early)
        before.setattr(migrations, "views", lambda *_: [])
        migrate(client, site)
    for name in ("funnel", "credits"):
        client.command(f"CREATE VIEW {name} AS SELECT 1 AS leads")
    migrate(client, site)
    with pytest.raises(ClickHouseError, match="funnel"):
        client.query("SELECT leads FROM funnel")
    with pytest.raises(ClickHouseError, match="credits"):
        client.query("SELECT leads FROM credits")


def test_a_view_of_the_journeys_is_there_as_of_a_time_by_the_same_text() -> None:
    made = {view.name: view for view in views("UTC")}
    now, then = made["counted_journeys"], made["counted_journeys_as_of"]
    _, _, of_now = now.text.partition("CREATE OR REPLACE VIEW counted_journeys\n")
    _, _, of_then = then.text.partition("CREATE OR REPLACE VIEW counted_journeys_as_of\n")
    source = "journeys_as_of(as_of = {as_of:String})"
    assert source in of_then
    assert of_then.replace(source, "journeys FINAL") == of_now


def test_views_follow_the_time_zone_and_come_back_when_dropped(site: Settings) -> None:
    client = connect_server(site)
    migrate(client, site)
    moved = site.model_copy(update={"timezone": "Europe/Berlin"})
    with_days = {view.name for view in views("Europe/Berlin") if "Europe/Berlin" in view.text}
    assert {"journeys_as_of", "touchpoints", "conversions", "keyword_performance"} <= with_days
    assert set(migrate(client, moved)) == with_days
    client.command("DROP VIEW persons")
    assert migrate(client, moved) == ["persons"]
    client.query("SELECT * FROM persons")


def test_a_time_zone_that_does_not_exist_is_said_before_anything_happens(site: Settings) -> None:
    client = connect_server(site)
    with pytest.raises(MigrationError, match="'Mars/Olympus'"):
        migrate(client, site.model_copy(update={"timezone": "Mars/Olympus"}))
    with pytest.raises(ClickHouseError, match="leadtrace migrate"):
        connect(site)


def test_a_changed_view_is_replaced(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    client = connect_server(site)
    migrate(client, site)
    changed = Script(10, "persons", "CREATE OR REPLACE VIEW persons\nAS SELECT 1 AS one;\n")
    monkeypatch.setattr(migrations, "views", lambda *_: [changed])
    assert migrate(client, site) == ["persons"]
    assert client.query("SELECT * FROM persons").rows == ((1,),)


def test_a_server_that_is_away_is_one_sentence_with_its_address(site: Settings) -> None:
    with pytest.raises(ClickHouseAwayError, match=f"{LOOPBACK_NOBODY}.*LEADTRACE_CLICKHOUSE"):
        connect_server(site.model_copy(update={"clickhouse": LOOPBACK_NOBODY}))


def test_a_wrong_password_is_said_without_quoting_it(site: Settings) -> None:
    wrong = site.model_copy(update={"clickhouse_password": SecretStr("not-the-password")})
    with pytest.raises(ClickHouseError, match="LEADTRACE_CLICKHOUSE_PASSWORD") as caught:
        connect_server(wrong)
    assert "not-the-password" not in str(caught.value)
