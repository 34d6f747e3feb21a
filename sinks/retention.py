"""How long ClickHouse keeps every snapshot of a journey, by the policy; of each day before, only the last."""

import re
from typing import Final

import settings
from attribution.policy import parse_policy
from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseError

TABLE: Final = "journey_versions"
_TTL: Final = re.compile(r" TTL toDateTime\(published_at\) \+ toIntervalDay\((\d+)\)")


def all_versions_days(given: Settings) -> int:
    """The days that the policy of these settings says; 0 for ever. Raises SettingsError or PolicyError."""
    return parse_policy(settings.policy_text(given)).retention.all_versions_days


def kept_days(client: ClickHouse, database: str) -> int:
    """The days that the table keeps every snapshot at present; 0 for ever, or if there is no table yet.

    Raises ClickHouseError.
    """
    found = client.query(
        "SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = {table:String}",
        {"database": database, "table": TABLE},
    )
    said = _TTL.search(found.rows[0][0]) if found.rows else None
    return int(said.group(1)) if said else 0


def keep_for(client: ClickHouse, days: int) -> None:
    """Have the engine remove what is older, by itself, whenever it merges; 0 for nothing. May be repeated.

    Raises ClickHouseError.
    """
    if days:
        client.command(f"ALTER TABLE {TABLE} MODIFY TTL toDateTime(published_at) + INTERVAL {days:d} DAY")
        return
    try:
        client.command(f"ALTER TABLE {TABLE} REMOVE TTL")
    except ClickHouseError:
        # Another run removed it between our looking and our doing.
        if kept_days(client, _database(client)):
            raise


def _database(client: ClickHouse) -> str:
    return str(client.query("SELECT currentDatabase()").rows[0][0])
