"""Makes the database for BI tools beside the live views, and makes anew what is kept there."""

import time
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Final

from settings import Settings
from sinks.bi_interval import MOST, due_interval, intervals
from sinks.clickhouse import ClickHouse, ClickHouseAwayError, ClickHouseError
from sinks.kept import Databases, Made, databases, freshness, plan
from sinks.migrations import applied, migrate, planned
from sinks.policy_values import values_of_reports
from sinks.scripts import MigrationError
from sinks.view_texts import views

# Of a table's first content: so many journeys take no longer.
PATIENCE: Final = 3600.0
FRESHNESS: Final = "freshness_of_views"
# The server starts a refresh a little later than it is due.
SLACK: Final = 60


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
    done = migrate(client, settings)
    where = databases(settings.clickhouse_database)
    due = pending(client, settings)
    left = _left_over(client, settings)
    if due:
        try:
            _make_all(client, where, due)
        except ClickHouseAwayError:
            raise
        except ClickHouseError as error:
            raise MigrationError(
                f"{where.kept} and {where.bi}, which BI tools read, can't be made ({error}): give "
                f"{settings.clickhouse_user} the rights, or do without them (LEADTRACE_BI_REFRESH=0)"
            ) from error
    others, seconds = _other_intervals(client, settings)
    for name in others:
        client.command(f"ALTER TABLE `{where.kept}`.`{name}` MODIFY REFRESH AFTER {seconds:d} SECOND")
    for database, name in left:
        client.command(f"DROP TABLE IF EXISTS `{database}`.`{name}` SYNC")
    client.use(where.live)
    return [*done, *_names(due, bool(others or (left and not seconds)), seconds)]


def planned_all(client: ClickHouse, settings: Settings) -> list[str]:
    """Names of what `migrate_all` would apply; changes nothing. Raises as it does."""
    due, left = pending(client, settings), _left_over(client, settings)
    others, seconds = _other_intervals(client, settings)
    return [*planned(client, settings), *_names(due, bool(others or (left and not seconds)), seconds)]


def _names(due: list[Made], is_another_interval: bool, seconds: int) -> list[str]:
    told = [f"bi_refresh={seconds}"] if is_another_interval else []
    return [*(f"{each.database}.{each.name}" for each in due), *told]


def pending(client: ClickHouse, settings: Settings) -> list[Made]:
    """What of the databases for BI is missing or has another text, in the order in which it is to be made.

    Raises MigrationError if somebody else has something of such a name there.
    """
    where = databases(settings.clickhouse_database)
    present, needed = _present(client, where), wanted(settings)
    for each in needed:
        if present.get((each.database, each.name), "") is None:
            raise MigrationError(
                f"{each.database}.{each.name} was not made by Leadtrace, which would replace it: move it to "
                "another database or drop it, or do without that for BI tools (LEADTRACE_BI_REFRESH=0)"
            )
    return [each for each in needed if present.get((each.database, each.name)) != each.checksum]


def wanted(settings: Settings) -> tuple[Made, ...]:
    """All objects of the databases for BI, each after those that it reads; none, if none is wished for."""
    if not settings.bi_refresh:
        return ()
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
    """How what is kept for BI fares: how many tables, how old the oldest is in seconds, and what is wrong.

    A hint says what could be better, where nothing is wrong.
    """

    tables: int
    oldest: int
    problems: tuple[str, ...]
    hints: tuple[str, ...] = ()


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
    stopped = [each for each in tables if states.get(each.name, NOTHING)[0] == "Disabled"]
    if stopped:
        wrong.append(
            f"{len(stopped)} of the tables behind {where.bi}, {stopped[0].name} among them, are made anew no "
            "more: an administrator stopped that, and can let it go on (SYSTEM START VIEWS)"
        )
    elif not wrong and oldest > 2 * (pause + busy) + SLACK:
        wrong.append(
            f"what {where.bi} shows is {oldest} seconds old, where {pause} should pass between refreshes: "
            f"see in system.view_refreshes which of {where.kept} doesn't come to an end"
        )
    # A machine that was busy for a while is none that is too slow.
    hints = (
        f"to make anew what BI tools see takes {busy:.0f} seconds, and {pause} pass between: if that stays, "
        "run `leadtrace migrate`, which lets more pass",
    )
    return Health(len(tables), oldest, tuple(wrong), hints if busy * MOST > pause else ())


def _make_all(client: ClickHouse, where: Databases, due: list[Made]) -> None:
    # What is shown already is shown until there is something else to show.
    is_shown = any(checksum is not None for checksum in _present(client, where).values())
    for database in (where.kept, where.bi):
        client.command(f"CREATE DATABASE IF NOT EXISTS `{database}`")
    client.use(where.live)
    _record(client, [(each, "") for each in due])
    for each in due:
        _make(client, each, is_awaited=is_shown and bool(each.view))
    _record(client, [(each, each.checksum) for each in due])


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


def _record(client: ClickHouse, made: list[tuple[Made, str]]) -> None:
    """Put down what is ours, and its checksum as soon as it is made."""
    rows = [(f"{each.database}.{each.name}", checksum) for each, checksum in made]
    client.insert("schema_views", ("name", "checksum"), rows)


def _present(client: ClickHouse, where: Databases) -> dict[tuple[str, str], str | None]:
    """Checksums of what is there, by database and name; empty if not made to the end, None if not ours."""
    there = client.query(
        "SELECT database, name FROM system.tables WHERE database IN ({kept:String}, {bi:String})",
        {"kept": where.kept, "bi": where.bi},
    )
    recorded = applied(client, where.live, "schema_views") if there.rows else {}
    return {(database, name): recorded.get(f"{database}.{name}") for database, name in there.rows}


def _left_over(client: ClickHouse, settings: Settings) -> list[tuple[str, str]]:
    """What we made in the databases for BI that no view of this version needs; those who read it first."""
    where = databases(settings.clickhouse_database)
    needed = {(each.database, each.name) for each in wanted(settings)}
    ours = [each for each, checksum in _present(client, where).items() if checksum is not None]
    return sorted(set(ours) - needed, key=lambda each: (each[0] == where.kept, each[1]))


def _other_intervals(client: ClickHouse, settings: Settings) -> tuple[list[str], int]:
    """Tables that are made anew after another time than they should be, and which that is."""
    if not settings.bi_refresh:
        return [], 0
    kept = databases(settings.clickhouse_database).kept
    seconds = due_interval(client, kept, settings.bi_refresh)
    return [name for name, now in intervals(client, kept).items() if now != seconds], seconds


def _failed(each: Made, error: str) -> RefreshError:
    return RefreshError(f"{each.view} can't be kept for BI, what was kept before stays: {_first(error)}")


def _first(error: str) -> str:
    return error.partition("Stack trace:")[0].strip().partition("\n")[0][:300]
