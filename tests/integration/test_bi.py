"""The database for BI tools on a real server: equal to the live views, documented, plain, and never half."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from settings import Settings
from sinks import bi
from sinks.bi import RefreshError, health, migrate_all, planned_all, refresh
from sinks.bi_users import UserError, make_reader, make_writer
from sinks.clickhouse import ClickHouse, ClickHouseError, connect_server
from sinks.kept import Databases, Made, databases, local_columns, read_view
from sinks.report_files import list_reports
from sinks.report_source import LIVE, source
from sinks.reports import rows_of, run
from sinks.scripts import MigrationError, Script
from sinks.view_texts import views
from stack import embedded

pytestmark = [pytest.mark.servers, pytest.mark.answers]

# What every tool understands.
PLAIN = re.compile(
    r"(String|Bool|U?Int(8|16|32|64)|Float64|Date|Decimal\(\d+, \d+\)|DateTime(64\(3, '[\w/]+'\))?"
    r"|Map\(String, String\))"
)
OF_NOW_REPORTS = ("unanswered", "trust")


def test_a_second_run_makes_nothing(loaded: tuple[ClickHouse, Settings, Databases]) -> None:
    client, mine, _ = loaded
    assert planned_all(client, mine) == migrate_all(client, mine) == []


def test_every_view_shows_what_the_live_one_shows(loaded: tuple[ClickHouse, Settings, Databases]) -> None:
    client, mine, where = loaded
    asked = 0
    for view in map(read_view, views(mine.timezone)):
        if not view.is_for_tools:
            continue
        # Days until now are others at each moment.
        of_now = "now64" in view.body
        columns = [f"`{name}`" for name, kind, _ in view.columns if not (of_now and "Float64" in kind)]
        of = [
            sorted(client.query(f"SELECT {', '.join(columns)} FROM `{database}`.`{view.name}`").rows, key=str)
            for database in (where.live, where.bi)
        ]
        assert of[0] == of[1], view.name
        asked += bool(of[0])
    assert asked > 15, "most views have rows to be compared"


def test_there_is_nothing_but_views_and_every_column_says_what_it_is(
    loaded: tuple[ClickHouse, Settings, Databases],
) -> None:
    client, _, where = loaded
    tables = client.query(
        "SELECT engine, comment != '' FROM system.tables WHERE database = {d:String}", {"d": where.bi}
    )
    assert set(tables.rows) == {("View", 1)}
    for table, column, kind, told in client.query(
        "SELECT table, name, type, comment FROM system.columns WHERE database = {d:String}", {"d": where.bi}
    ).rows:
        assert told, f"{table}.{column}"
        assert PLAIN.fullmatch(re.sub(r"Nullable\((.*)\)", r"\1", kind)), f"{table}.{column} is {kind}"
    for table in ("touchpoints", "deals", "persons"):
        declared = client.query(
            "SELECT name, type FROM system.columns WHERE database = {d:String} AND table = {t:String} "
            "ORDER BY position",
            {"d": where.bi, "t": table},
        ).rows
        answer = client.query(f"SELECT * FROM `{where.bi}`.`{table}` LIMIT 0")
        assert tuple(zip(answer.columns, answer.types, strict=True)) == declared, table


def test_local_times_days_and_hours_are_those_of_the_time_zone(
    loaded: tuple[ClickHouse, Settings, Databases],
) -> None:
    client, mine, where = loaded
    rows = client.query(
        f"SELECT at, toString(at_local), day, hour FROM `{where.bi}`.touchpoints LIMIT 50"
    ).rows
    assert rows
    for at, local, day, hour in rows:
        assert datetime.fromisoformat(local).hour == hour == (at.astimezone(UTC).hour + 8) % 24
        assert local.startswith(str(day))
    assert local_columns([("a", "String", "A")], mine.timezone) == []


def test_every_report_shows_the_same_of_what_is_kept_and_says_since_when(
    loaded: tuple[ClickHouse, Settings, Databases],
) -> None:
    client, mine, _ = loaded
    kept = source(client, mine, kept=True)
    assert kept.kept_at is not None
    assert source(client, mine) == LIVE, "few journeys are read as they are stored"
    asked = 0
    for report in list_reports():
        if any(each.default is None for each in report.parameters) or report.name in OF_NOW_REPORTS:
            continue
        live = run(client, report, {})
        assert run(client, report, {}, source=kept) == live, report.name
        columns, rows = rows_of(client, report, {}, source=kept)
        assert (columns, tuple(rows)) == (live.columns, live.rows), report.name
        asked += bool(live.rows)
    assert asked > 8


def test_what_is_stored_later_is_shown_after_the_next_refresh(
    loaded: tuple[ClickHouse, Settings, Databases],
) -> None:
    client, mine, where = loaded
    ask = f"SELECT count() FROM `{where.bi}`.deals"
    ((before,),) = client.query(ask).rows
    known = f"SELECT min(known_until) FROM `{where.bi}`.freshness_of_views"
    ((earlier,),) = client.query(known).rows
    client.insert(
        "opportunities", ("deal", "version", "opened_at"), [("deal:hub:late", 1, datetime.now(UTC))]
    )
    assert client.query(ask).rows == ((before,),)
    refresh(client, mine)
    assert client.query(ask).rows == ((before + 1,),)
    assert client.query(known).rows[0][0] > earlier
    assert health(client, mine).problems == ()


def test_a_refresh_that_fails_leaves_the_old_content_and_is_told(
    loaded: tuple[ClickHouse, Settings, Databases],
) -> None:
    client, mine, where = loaded
    shown = client.query(f"SELECT count() FROM `{where.bi}`.touchpoints").rows
    client.command("RENAME TABLE journeys TO hidden")
    try:
        with pytest.raises(
            RefreshError, match=r"can't be kept for BI, what was kept before stays: .*journeys"
        ):
            refresh(client, mine)
        assert client.query(f"SELECT count() FROM `{where.bi}`.touchpoints").rows == shown
        assert any("could not be made anew" in each for each in health(client, mine).problems)
        told = client.query(f"SELECT count() FROM `{where.bi}`.freshness_of_views WHERE error != ''")
        assert told.rows[0][0] > 0
    finally:
        client.command("RENAME TABLE hidden TO journeys")
    refresh(client, mine)
    assert health(client, mine).problems == ()


def test_a_refresh_that_is_stopped_is_told(loaded: tuple[ClickHouse, Settings, Databases]) -> None:
    client, mine, where = loaded
    (table,) = [each.name for each in bi.wanted(mine) if each.view == "touchpoints"]
    client.command(f"SYSTEM STOP VIEW `{where.kept}`.`{table}`")
    try:
        (problem,) = health(client, mine).problems
        assert table in problem
        assert "SYSTEM START VIEWS" in problem
    finally:
        client.command(f"SYSTEM START VIEW `{where.kept}`.`{table}`")
    assert health(client, mine).problems == ()


def test_refreshes_that_take_long_are_no_fault(
    loaded: tuple[ClickHouse, Settings, Databases], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mine, _ = loaded
    refresh(client, mine)
    assert health(client, mine).hints == ()
    monkeypatch.setattr(bi, "intervals", lambda _client, _kept: {"touchpoints": 0})
    found = health(client, mine)
    assert found.problems == ()
    (hint,) = found.hints
    assert re.fullmatch(r"to make anew what BI tools see takes \d+ seconds, and 0 pass between: .*", hint)


def test_another_text_is_read_as_soon_as_its_table_is_full_and_what_nobody_needs_goes(
    loaded: tuple[ClickHouse, Settings, Databases], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mine, where = loaded
    ask = f"SELECT uniqExact(channel) FROM `{where.bi}`.touchpoints"
    ((before,),) = client.query(ask).rows
    present = "SELECT name FROM system.tables WHERE database = {d:String} AND engine = 'MaterializedView'"
    tables = set(client.query(present, {"d": where.kept}).rows)
    with monkeypatch.context() as newer:
        newer.setattr(bi, "views", lambda *given: [shouting(script) for script in views(*given)])
        assert f"{where.bi}.touchpoints" in migrate_all(client, mine)
        assert client.query(ask).rows == ((1,),)
        changed = set(client.query(present, {"d": where.kept}).rows)
        assert len(changed) == len(tables)
        assert changed != tables
    migrate_all(client, mine)
    assert client.query(ask).rows == ((before,),)
    assert set(client.query(present, {"d": where.kept}).rows) == tables


def shouting(script: Script) -> Script:
    if script.name != "touchpoints":
        return script
    return Script(
        script.number, script.name, script.text.replace("\n    channel,", "\n    'LOUD' AS channel,")
    )


def test_another_interval_is_set_without_making_anything_anew(
    loaded: tuple[ClickHouse, Settings, Databases],
) -> None:
    client, mine, _ = loaded
    slower = mine.model_copy(update={"bi_refresh": 7200})
    assert planned_all(client, slower) == migrate_all(client, slower) == ["bi_refresh=7200"]
    assert migrate_all(client, mine) == ["bi_refresh=3600"]


def test_who_wishes_for_no_such_database_gets_none(site: Settings) -> None:
    client = connect_server(site)
    migrate_all(client, site.model_copy(update={"bi_refresh": 0}))
    found = client.query(
        "SELECT count() FROM system.databases WHERE name LIKE {d:String}",
        {"d": f"{site.clickhouse_database}_%"},
    )
    assert found.rows == ((0,),)


def test_what_somebody_else_has_in_a_database_of_that_name_stays(site: Settings) -> None:
    client, where = connect_server(site), databases(site.clickhouse_database)
    without = site.model_copy(update={"bi_refresh": 0})
    migrate_all(client, without)
    for database in (where.kept, where.bi):
        client.command(f"CREATE DATABASE `{database}`")
        for name in ("theirs", "touchpoints"):
            client.command(f"CREATE TABLE `{database}`.{name} ENGINE = MergeTree ORDER BY a AS SELECT 1 AS a")
    for either in (planned_all, migrate_all):
        with pytest.raises(MigrationError, match="touchpoints was not made by Leadtrace"):
            either(client, site)
    for database in (where.kept, where.bi):
        client.command(f"RENAME TABLE `{database}`.touchpoints TO `{database}`.other")
    migrate_all(client, site)
    present = (
        "SELECT database, name FROM system.tables "
        f"WHERE database IN ('{where.kept}', '{where.bi}') AND name NOT LIKE '.inner%'"
    )
    theirs = {(database, name) for database in (where.kept, where.bi) for name in ("theirs", "other")}
    assert theirs <= set(client.query(present).rows)
    # What is ours goes when nobody wishes for it any more, and is made again when somebody does.
    assert planned_all(client, without) == migrate_all(client, without) == ["bi_refresh=0"]
    assert set(client.query(present).rows) == theirs
    assert planned_all(client, without) == []
    assert f"{where.bi}.touchpoints" in migrate_all(client, site)


def test_what_was_interrupted_is_made_to_the_end(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    client, where = connect_server(site), databases(site.clickhouse_database)
    made = []

    def interrupted(_: ClickHouse, each: Made, **__: bool) -> None:
        if len(made) == 7:
            raise KeyboardInterrupt
        made.append(each)
        client.command(each.statement)

    with monkeypatch.context() as killed:
        killed.setattr(bi, "_make", interrupted)
        with pytest.raises(KeyboardInterrupt):
            migrate_all(client, site)
    due = planned_all(client, site)
    assert {f"{each.database}.{each.name}" for each in made} <= set(due)
    # On a machine that is busy, more time passes between refreshes.
    done = migrate_all(client, site)
    assert [each for each in done if not each.startswith("bi_refresh=")] == due
    assert planned_all(client, site) == []
    assert client.query(f"SELECT count() FROM `{where.bi}`.touchpoints").rows == ((0,),)


def test_who_may_make_no_such_database_is_told_how_to_do_without(
    site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect_server(site)
    monkeypatch.setattr(client, "command", refusing(client.command, f"`{site.clickhouse_database}_kept`"))
    with pytest.raises(MigrationError, match=r"can't be made \(no right\).*LEADTRACE_BI_REFRESH=0"):
        migrate_all(client, site)
    assert migrate_all(client, site.model_copy(update={"bi_refresh": 0})) == []


def refusing(command: Callable[[str], None], what: str) -> Callable[[str], None]:
    def refused(text: str) -> None:
        if what in text:
            raise ClickHouseError("no right")
        command(text)

    return refused


def test_who_may_make_no_user_is_told_what_an_administrator_can_run(
    loaded: tuple[ClickHouse, Settings, Databases],
) -> None:
    client, mine, where = loaded
    for make, profile in ((make_reader, "leadtrace_bi"), (make_writer, "leadtrace_dbt")):
        with pytest.raises(UserError, match="let an administrator run") as refused:
            make(client, mine, "somebody")
        statements = str(refused.value).split(":\n", 1)[1].splitlines()
        assert statements[0].startswith(f"CREATE SETTINGS PROFILE OR REPLACE `{profile}`")
        assert f"GRANT SELECT ON `{where.bi}`.* TO `somebody`;" in statements
        for statement in statements:
            assert client.query("SELECT formatQuery({text:String})", {"text": statement.rstrip(";")}).rows


@pytest.mark.parametrize("name", ["", "two words", "pipe`line", "default"])
def test_a_user_needs_a_name_that_is_one(loaded: tuple[ClickHouse, Settings, Databases], name: str) -> None:
    client, mine, _ = loaded
    with pytest.raises(UserError, match="a user can't be called"):
        make_reader(client, mine, name)


def test_dbt_reads_what_bi_tools_read_and_writes_in_a_database_of_its_own(
    loaded: tuple[ClickHouse, Settings, Databases], stack: embedded.Stack
) -> None:
    client, mine, where = loaded
    given = stack.addresses
    host, _, port = mine.clickhouse.partition(":")
    dbt = Client(host, int(port), user=given.dbt_user, password=given.dbt_password)
    try:
        dbt.execute("CREATE DATABASE IF NOT EXISTS bi_dbt")
        mart = "CREATE OR REPLACE TABLE bi_dbt.mart ENGINE = MergeTree ORDER BY day"
        dbt.execute(f"{mart} AS SELECT * FROM `{where.bi}`.touchpoints")
        assert dbt.execute("SELECT count() > 0 FROM bi_dbt.mart") == [(1,)]
        assert dbt.execute(f"SELECT count() > 0 FROM `{where.bi}`.freshness_of_views") == [(1,)]
        for forbidden in (
            f"CREATE TABLE `{where.bi}`.mine (a UInt8) ENGINE = Memory",
            f"INSERT INTO `{where.live}`.events (subject) VALUES ('x')",
            f"DROP VIEW `{where.bi}`.touchpoints",
        ):
            with pytest.raises(ServerException, match="Not enough privileges"):
                dbt.execute(forbidden)
    finally:
        dbt.disconnect()
        client.command("DROP DATABASE IF EXISTS bi_dbt SYNC")


# These count less than everything, and say so: what belongs to an account, a customer, a referrer, a run.
OF_A_PART = (
    *("accounts", "account_journeys", "customers", "customer_tiers", "frequent_referrers"),
    *("data_driven_credits", "keyword_estimates"),
)
SHARED = (
    "impressions",
    "clicks",
    "cost",
    "visits",
    "leads",
    "mqls",
    "sales_qualified",
    "opportunities",
    "pocs",
    "won",
)


@pytest.mark.parametrize("name", [*SHARED, "revenue"])
def test_what_views_call_by_one_name_is_one_number(
    loaded: tuple[ClickHouse, Settings, Databases], name: str
) -> None:
    client, _, where = loaded
    of = "SELECT table FROM system.columns WHERE database = {d:String} AND name = {n:String} ORDER BY table"
    with_currency = {view for (view,) in client.query(of, {"d": where.bi, "n": "currency"}).rows}
    found = {}
    for (view,) in client.query(of, {"d": where.bi, "n": name}).rows:
        if view in OF_A_PART or (view.startswith("attribution_") and name != "revenue"):
            continue
        by = "currency" if name in ("cost", "revenue") and view in with_currency else "''"
        rows = client.query(
            f"SELECT {by} AS of, sum({name}) AS total FROM `{where.bi}`.`{view}` GROUP BY of HAVING total > 0"
        ).rows
        found[view] = sorted((of, round(float(total), 2)) for of, total in rows)
    assert len(found) > 2
    assert {view: told for view, told in found.items() if told != found["funnel_by_period"]} == {}
