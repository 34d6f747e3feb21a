"""Databases of tests, which go when the tests are over."""

from clickhouse_driver import Client

import settings
from sinks.kept import databases


def drop_database(mine: settings.Settings) -> None:
    """Drop the database of these settings, and those for BI tools beside it."""
    host, _, port = mine.clickhouse.partition(":")
    client = Client(
        host,
        port=int(port or 9000),
        user=mine.clickhouse_user,
        password=mine.clickhouse_password.get_secret_value(),
        secure=mine.clickhouse_secure,
        ca_certs=mine.clickhouse_ca_file,
    )
    where = databases(mine.clickhouse_database)
    for name in (where.bi, where.kept, where.live):
        client.execute(f"DROP DATABASE IF EXISTS {name} SYNC")
    client.disconnect()
