"""Databases of tests, which go when the tests are over."""

from clickhouse_driver import Client

import settings


def drop_database(mine: settings.Settings) -> None:
    host, _, port = mine.clickhouse.partition(":")
    client = Client(
        host,
        port=int(port or 9000),
        user=mine.clickhouse_user,
        password=mine.clickhouse_password.get_secret_value(),
        secure=mine.clickhouse_secure,
        ca_certs=mine.clickhouse_ca_file,
    )
    client.execute(f"DROP DATABASE IF EXISTS {mine.clickhouse_database} SYNC")
    client.disconnect()
