"""Brings a database to the schema of this version: frozen, ordered, checksummed files, and the views."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseAwayError, ClickHouseError
from sinks.policy_values import values_of_reports
from sinks.retention import all_versions_days, keep_for, kept_days
from sinks.scripts import MigrationError, Script, read_scripts
from sinks.view_texts import views

# A run can stop between any two statements and two can run at once, so each must bear being repeated.
_REPEATABLE: Final = re.compile(
    r"^(CREATE TABLE IF NOT EXISTS|DROP (TABLE|VIEW) IF EXISTS"
    r"|INSERT INTO"  # into tables whose rows replace themselves
    r"|ALTER TABLE \S+\s+(ADD COLUMN IF NOT EXISTS|DROP COLUMN IF EXISTS|ADD INDEX IF NOT EXISTS"
    r"|DROP INDEX IF EXISTS|MODIFY COLUMN|MODIFY COMMENT|MODIFY SETTING|COMMENT COLUMN))\b"
)
_SETTING: Final = re.compile(r"^ALTER TABLE \S+\s+MODIFY SETTING (\w+)")

_RECORDS: Final = (
    """
    CREATE TABLE IF NOT EXISTS schema_migrations
    (
        number UInt32 COMMENT 'Number of the migration',
        name String COMMENT 'Name of its file',
        checksum String COMMENT 'Checksum of its text when it was applied',
        applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
    )
    ENGINE = ReplacingMergeTree ORDER BY number
    COMMENT 'Which migrations this database has had; kept by the command migrate'
    """,
    """
    CREATE TABLE IF NOT EXISTS schema_views
    (
        name String COMMENT 'Name of the view',
        checksum String COMMENT 'Checksum of its text when it was created',
        applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was created or replaced'
    )
    ENGINE = ReplacingMergeTree(applied_at) ORDER BY name
    COMMENT 'Which text each view of this database has; kept by the command migrate'
    """,
)


@dataclass(frozen=True, slots=True)
class Status:
    """What a run would do: the migrations not applied yet, and the views whose text changed."""

    migrations: tuple[Script, ...]
    views: tuple[Script, ...]

    @property
    def pending(self) -> list[str]:
        """Names of everything that is to be applied, in order."""
        return [script.name for script in (*self.migrations, *self.views)]


def migrate(client: ClickHouse, settings: Settings) -> list[str]:
    """Bring the database of `settings` up to this version, creating it if need be.

    It may be stopped anywhere or run twice at once: whatever was left is done by the next run. `client` uses
    the database afterwards. Returns the names of what was applied. Raises MigrationError, ClickHouseError,
    and for the policy, which says how long versions are kept, SettingsError or PolicyError.
    """
    due = status(client, settings)
    days = all_versions_days(settings)
    client.command(f"CREATE DATABASE IF NOT EXISTS `{settings.clickhouse_database}`")
    client.use(settings.clickhouse_database)
    for statement in _RECORDS:
        client.command(statement)
    for script in due.migrations:
        for statement in script.statements:
            if _is_understood(client, statement):
                client.command(statement)
        row = (script.number, script.name, script.checksum)
        client.insert("schema_migrations", ("number", "name", "checksum"), [row])
    for view in due.views:
        _replace(client, view)
    if due.views:  # at once: to replace a view again does no harm, and an insert each takes as long
        rows = [(view.name, view.checksum) for view in due.views]
        client.insert("schema_views", ("name", "checksum"), rows)
    if kept_days(client, settings.clickhouse_database) == days:
        return due.pending
    keep_for(client, days)
    return [*due.pending, retained(days)]


def planned(client: ClickHouse, settings: Settings) -> list[str]:
    """Return the names of what `migrate` would apply; changes nothing. Raises as it does."""
    due, days = status(client, settings).pending, all_versions_days(settings)
    return due if kept_days(client, settings.clickhouse_database) == days else [*due, retained(days)]


def retained(days: int) -> str:
    """What it is called that every version of a journey is kept for so many days."""
    return f"all_versions_days={days}"


def _is_understood(client: ClickHouse, statement: str) -> bool:
    """Whether the server knows the setting that a statement is about; one that it doesn't know it needn't."""
    setting = _SETTING.match(statement)
    if not setting:
        return True
    known = client.query(
        "SELECT count() FROM system.merge_tree_settings WHERE name = {name:String}",
        {"name": setting.group(1)},
    )
    return known.rows != ((0,),)


def status(client: ClickHouse, settings: Settings) -> Status:
    """Say what `migrate` would do; changes nothing. Raises as it does."""
    _check_timezone(client, settings.timezone)
    return compare(
        migrations(),
        views(settings.timezone, values_of_reports(settings)),
        applied(client, settings.clickhouse_database, "schema_migrations"),
        _existing_views(client, settings.clickhouse_database),
    )


def tables_due(client: ClickHouse, settings: Settings) -> list[str]:
    """Names of the migrations that the tables lack, whatever the views and the policy say; changes nothing.

    Raises MigrationError or ClickHouseError.
    """
    had = applied(client, settings.clickhouse_database, "schema_migrations")
    return compare(migrations(), (), had, {}).pending


def compare(
    scripts: Sequence[Script],
    wanted: Sequence[Script],
    applied: dict[str, str],
    existing: dict[str, str],
) -> Status:
    """Compare files with the checksums, by name, that a database remembers; MigrationError if they differ."""
    by_name = {script.name: script for script in scripts}
    for name, checksum in sorted(applied.items()):
        script = by_name.get(name)
        if script is None and name > max(by_name, default=""):
            raise MigrationError(
                f"the database is newer than this version of Leadtrace (it has had {name}): upgrade Leadtrace"
            )
        if script is None:
            raise MigrationError(
                f"the database has had the migration {name}, which this version lacks: restore that file"
            )
        if script.checksum != checksum:
            raise MigrationError(
                f"the migration {name} was edited after it had been applied: restore it, "
                "and make the change in a new migration"
            )
    pending = [script for script in scripts if script.name not in applied]
    newest = max(applied, default="")
    late = next((script.name for script in pending if script.name < newest), None)
    if late:
        raise MigrationError(
            f"the migration {late} is missing in the database, which has had {newest}: "
            "give it a number after that"
        )
    changed = [view for view in wanted if existing.get(view.name) != view.checksum]
    return Status(tuple(pending), tuple(changed))


def migrations() -> list[Script]:
    """Read the migrations of this version, in order; MigrationError if one can't be repeated."""
    scripts = read_scripts("migrations")
    for script in scripts:
        for statement in script.statements:
            if not _REPEATABLE.match(statement):
                raise MigrationError(
                    f"the migration {script.name} can't be repeated after a crash: '{statement[:60]}'"
                )
    return scripts


def _replace(client: ClickHouse, view: Script) -> None:
    for statement in view.statements:
        if not statement.startswith(f"CREATE OR REPLACE VIEW {view.name}\n"):
            raise MigrationError(f"the file of the view {view.name} does something else as well")
        try:
            client.command(statement)
        except ClickHouseAwayError:
            raise
        except ClickHouseError:
            # Another run replaced it between our looking and our doing.
            client.command(statement)


def applied(client: ClickHouse, database: str, table: str) -> dict[str, str]:
    """Checksums by name of what was applied, by schema_migrations or schema_views; empty if there is none."""
    known = client.query(
        "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {table:String}",
        {"database": database, "table": table},
    )
    if known.rows == ((0,),):
        return {}
    found = client.query(f"SELECT name, checksum FROM `{database}`.`{table}` FINAL")  # noqa: S608 - both checked names
    return {str(name): str(checksum) for name, checksum in found.rows}


def _existing_views(client: ClickHouse, database: str) -> dict[str, str]:
    present = client.query(
        "SELECT name FROM system.tables WHERE database = {database:String} AND engine = 'View'",
        {"database": database},
    )
    names = {str(name) for (name,) in present.rows}
    return {
        name: checksum
        for name, checksum in applied(client, database, "schema_views").items()
        if name in names
    }


def _check_timezone(client: ClickHouse, timezone: str) -> None:
    found = client.query(
        "SELECT count() FROM system.time_zones WHERE time_zone = {name:String}", {"name": timezone}
    )
    if found.rows == ((0,),):
        raise MigrationError(
            f"ClickHouse doesn't know the time zone '{timezone}': correct LEADTRACE_TIMEZONE"
        )
