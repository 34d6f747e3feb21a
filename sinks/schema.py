"""Writes down the schema that the migrations make, for comparison: `python -m sinks.schema`."""

import sys
from pathlib import Path

import settings
from sinks.clickhouse import ClickHouse, ClickHouseError, connect_server
from sinks.migrations import migrate
from sinks.scripts import MigrationError

FILE = Path(__file__).parent / "sql" / "schema.sql"
TITLE = "-- The schema after all migrations, as the server states it; written by `python -m sinks.schema`.\n"


def dump(client: ClickHouse, database: str) -> str:
    """Return the statements that would create every table of `database`, without the database's name.

    Views aren't in it: their files already say what they are.
    """
    found = client.query(
        "SELECT formatQuery(create_table_query) FROM system.tables "
        "WHERE database = {database:String} AND engine != 'View' ORDER BY name",
        {"database": database},
    )
    return TITLE + "".join(f"\n{text.replace(f'{database}.', '', 1)};\n" for (text,) in found.rows)


def main() -> int:
    """Migrate a database of its own on the set server, write schema.sql, and drop the database."""
    name = "leadtrace_schema"
    given = settings.load().model_copy(update={"clickhouse_database": name})
    try:
        client = connect_server(given)
        migrate(client, given)
        FILE.write_text(dump(client, name), encoding="utf-8")
        client.command(f"DROP DATABASE {name} SYNC")
    except (ClickHouseError, MigrationError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"wrote {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
