"""Makes the database for BI tools beside the live views, and makes anew what is kept there."""

import time
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Final

from settings import Settings
from sinks.bi_interval import MOST, due_interval, intervals
from sinks.clickhouse import ClickHouse, ClickHouseError
from sinks.kept import Databases, Made, databases, freshness, plan
from sinks.migrations import migrate, planned
from sinks.policy_values import values_of_reports
from sinks.scripts import MigrationError
from sinks.view_texts import views

# Of a table's first content: so many journeys take no longer.
PATIENCE: Final = 3600.0
FRESHNESS: Final = "freshness_of_views"


_State = tuple[str, datetime | None, datetime | None, str, float]
NOTHING: Final[_State] = ("", None, None, "", 0.0)
LONG_AGO: Final = datetime(1970, 1, 1)  # the server tells UTC


class RefreshError(MigrationError):
    """What is kept for BI could not be made anew; the text is a sentence."""


def migrate_all(client: ClickHouse, settings: Settings) -> list[str]:
    """Bring tables, live views and the database for BI up to this version; returns names of what was applied.

    A kept table whose text changed is made beside the old one, which is read until the new one has its
    content. Where nothing was kept before, all is empty at first, and `freshness_of_views` says so. May be
    stopped anywhere and repeated. Raises what `sinks.migrations.migrate` does, and RefreshError.
    """
    applied = migrate(client, settings)
    if not settings.bi_refresh:
        return applied
    where = databases(settings.clickhouse_database)
    due = pending(client, settings)
    left = _left_over(client, settings)
    if due:
        for database in (where.kept, where.bi):
            client.command(f"CREATE DATABASE IF NOT EXISTS `{database}`")
        client.use(where.live)
    # What is shown already is shown until there is something else to show.
    is_shown = bool(_present(client, where))
    for each in due:
        _make(client, each, is_awaited=is_shown and bool(each.view))
    if due:
        rows = [(f"{each.database}.{each.name}", each.checksum) for each in due]
        client.insert("schema_views", ("name", "checksum"), rows)
    others, seconds = _other_intervals(client, settings)
    for name in others:
        client.command(f"ALTER TABLE `{where.kept}`.`{name}` MODIFY REFRESH AFTER {seconds:d} SECOND")
    for database, name in left:
        client.command(f"DROP TABLE IF EXISTS `{database}`.`{name}` SYNC")
    client.use(where.live)
    told = [f"bi_refresh={seconds}"] if others else []
    return [*applied, *(f"{each.database}.{each.name}" for each in due), *told]


def planned_all(client: ClickHouse, settings: Settings) -> list[str]:
    """Names of what `migrate_all` would apply; changes nothing. Raises as it does."""
    applied = planned(client, settings)
    if not settings.bi_refresh:
        return applied
    due = [f"{each.database}.{each.name}" for each in pending(client, settings)]
    others, seconds = _other_intervals(client, settings)
    return [*applied, *due, *([f"bi_refresh={seconds}"] if others else [])]


def pending(client: ClickHouse, settings: Settings) -> list[Made]:
    """What of the databases for BI is missing or has another text, in the order in which it is to be made."""
    present = _present(client, databases(settings.clickhouse_database))
    return [each for each in wanted(settings) if present.get((each.database, each.name)) != each.checksum]


def wanted(settings: Settings) -> tuple[Made, ...]:
    """All objects of the databases for BI, each after those that it reads."""
    where = databases(settings.clickhouse_database)
    made = plan(
        views(settings.timezone, values_of_reports(settings)), where, settings.timezone, settings.bi_refresh
    )
    text = resources.files("sinks.sql").joinpath(f"bi/{FRESHNESS}.sql").read_text(encoding="utf-8")
    return (*made, freshness(text, made, where))


def refresh(client: ClickHouse, settings: Settings, within: float = PATIENCE) -> None:
    """Make all that is kept anew from what is stored now, and return when it is done.

    Raises RefreshError if that fails or takes more than `within` seconds, and ClickHouseError.
    """
    tables = [each for each in wanted(settings) if each.view]
    if not tables:
        return
    deadline = time.monotonic() + within
    _settle(client, tables[0].database, deadline)
    # The server tells seconds: what began in this one may have begun before us.
    ((since,),) = client.query("SELECT toDateTime(now()) + 1").rows
    while client.query("SELECT toDateTime(now())").rows[0][0] < since:
        time.sleep(0.05)
    while True:
        states = _states(client, tables[0].database)
        late = [each for each in tables if (states.get(each.name, NOTHING)[1] or LONG_AGO) < since]
        if not late:
            return
        for each in late:
            status, _, tried, error, _ = states.get(each.name, NOTHING)
            if not status:
                raise RefreshError(
                    f"the table {each.database}.{each.name} is missing: run `leadtrace migrate`"
                )
            if error and tried and tried >= since and status != "Running":
                raise _failed(each, error)
            if not each.after and status == "Scheduled":
                client.command(f"SYSTEM REFRESH VIEW `{each.database}`.`{each.name}`")
        if time.monotonic() > deadline:
            raise RefreshError(f"{late[0].view} was not made anew within {within:.0f} seconds")
        time.sleep(0.05)


def _settle(client: ClickHouse, database: str, deadline: float) -> None:
    """Return when no refresh goes on and none follows another: later ones are made from what is stored."""
    quiet = 0
    while quiet < 2 and time.monotonic() < deadline:
        states = _states(client, database).values()
        goes_on = any(status == "Running" or not (made or error) for status, made, _, error, _ in states)
        quiet = 0 if goes_on else quiet + 1
        time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Health:
    """How what is kept for BI fares: how many tables, how old the oldest is in seconds, and what is wrong."""

    tables: int
    oldest: int
    problems: tuple[str, ...]


def health(client: ClickHouse, settings: Settings) -> Health:
    """Look at everything that is kept; changes nothing. Raises ClickHouseError."""
    tables = [each for each in wanted(settings) if each.view]
    where = databases(settings.clickhouse_database)
    states = _states(client, where.kept)
    ((now,),) = client.query("SELECT toDateTime(now())").rows
    wrong, busy, oldest = [], 0.0, 0
    for each in tables:
        _, made, _, error, took = states.get(each.name, NOTHING)
        busy += took
        if error:
            wrong.append(
                f"{where.bi}.{each.view} could not be made anew, it shows what was before: {_first(error)}"
            )
        oldest = max(oldest, int((now - made).total_seconds()) if made else 0)
    pause = max(intervals(client, where.kept).values(), default=settings.bi_refresh)
    if busy * MOST > pause:
        wrong.append(
            f"to make anew what BI tools see takes {busy:.0f} seconds, and {pause} pass between: "
            "run `leadtrace migrate`, which lets more pass"
        )
    return Health(len(tables), oldest, tuple(wrong))


def _make(client: ClickHouse, each: Made, is_awaited: bool) -> None:
    try:
        client.command(each.statement)
    except ClickHouseError:
        # Another run made it between our looking and our doing.
        client.command(each.statement)
    if is_awaited:
        _wait(client, each)


def _wait(client: ClickHouse, each: Made) -> None:
    """Return when a table has its first content; without, it is dropped, and RefreshError raised."""
    deadline = time.monotonic() + PATIENCE
    while True:
        status, succeeded, _, error, _ = _states(client, each.database).get(each.name, NOTHING)
        if succeeded is not None:
            return
        if (error and status != "Running") or time.monotonic() > deadline:
            client.command(f"DROP TABLE IF EXISTS `{each.database}`.`{each.name}` SYNC")
            raise _failed(each, error or "it takes too long")
        time.sleep(0.02)


def _states(client: ClickHouse, database: str) -> dict[str, _State]:
    """Of each kept table: status, when it was made anew and tried last, what failed, how long it took."""
    found = client.query(
        "SELECT view, status, nullIf(last_success_time, toDateTime(0)), "
        "last_refresh_time, exception, ifNull(last_success_duration_ms, 0) / 1000 "
        "FROM system.view_refreshes WHERE database = {database:String}",
        {"database": database},
    )
    return {name: (status, made, tried, error, took) for name, status, made, tried, error, took in found.rows}


def _present(client: ClickHouse, where: Databases) -> dict[tuple[str, str], str]:
    """Checksums of what is there, by database and name."""
    there = client.query(
        "SELECT database, name FROM system.tables WHERE database IN ({kept:String}, {bi:String})",
        {"kept": where.kept, "bi": where.bi},
    )
    if not there.rows:
        return {}
    known = client.query(f"SELECT name, checksum FROM `{where.live}`.schema_views FINAL")  # noqa: S608 - a checked name
    recorded = {str(name): str(checksum) for name, checksum in known.rows}
    return {(database, name): recorded.get(f"{database}.{name}", "") for database, name in there.rows}


def _left_over(client: ClickHouse, settings: Settings) -> list[tuple[str, str]]:
    """What stands in the databases for BI that no view of this version needs; those who read it first."""
    where = databases(settings.clickhouse_database)
    needed = {(each.database, each.name) for each in wanted(settings)}
    present = [each for each in _present(client, where) if each not in needed and not each[1].startswith(".")]
    return sorted(present, key=lambda each: (each[0] == where.kept, each[1]))


def _other_intervals(client: ClickHouse, settings: Settings) -> tuple[list[str], int]:
    """Tables that are made anew after another time than they should be, and which that is."""
    kept = databases(settings.clickhouse_database).kept
    seconds = due_interval(client, kept, settings.bi_refresh)
    return [name for name, now in intervals(client, kept).items() if now != seconds], seconds


def _failed(each: Made, error: str) -> RefreshError:
    return RefreshError(f"{each.view} can't be kept for BI, what was kept before stays: {_first(error)}")


def _first(error: str) -> str:
    return error.partition("Stack trace:")[0].strip().partition("\n")[0][:300]
