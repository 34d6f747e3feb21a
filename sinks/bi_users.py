"""Users of ClickHouse: for BI tools, which only read, and for dbt, which writes in its own database."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseAwayError, ClickHouseError
from sinks.kept import Databases, databases

READER: Final = "leadtrace_bi"
WRITER: Final = "leadtrace_dbt"
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
# The official JDBC driver can't read what newer servers would choose by themselves.
_COMPRESSION: Final = "network_compression_method = 'LZ4'"
_PROFILES: Final = {
    READER: "readonly = 2 CONST, max_execution_time = 60 MAX 600, "
    "max_memory_usage = 2000000000 MAX 2000000000, "
    f"max_result_rows = 1000000 MAX 10000000, max_concurrent_queries_for_user = 20 CONST, {_COMPRESSION}",
    WRITER: "max_execution_time = 3600 MAX 21600, max_memory_usage = 4000000000 MAX 4000000000, "
    f"max_concurrent_queries_for_user = 20 CONST, {_COMPRESSION}",
}


class UserError(ValueError):
    """A user can't be made; the text is a sentence, with the SQL that somebody else can run, if any."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user who may be told to people once; `password` is empty if it is the one that was set."""

    name: str
    database: str
    password: str


def make_reader(client: ClickHouse, settings: Settings, name: str) -> NewUser:
    """Make a user who may read the databases for BI and the views that need parameters, and nothing else."""
    where = databases(settings.clickhouse_database)
    read = [f"GRANT SELECT ON `{each}`.* TO `{name}`" for each in (where.bi, where.kept, where.live)]
    return _made(client, settings, NewUser(name, where.bi, ""), READER, read)


def make_writer(client: ClickHouse, settings: Settings, name: str) -> NewUser:
    """Make a user who may read as a reader may, and do everything in a database of its own: for dbt."""
    where = databases(settings.clickhouse_database)
    own = own_database(where)
    grants = [
        f"CREATE DATABASE IF NOT EXISTS `{own}`",
        *(f"GRANT SELECT ON `{each}`.* TO `{name}`" for each in (where.bi, where.kept, where.live)),
        "GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE DICTIONARY, "
        f"dictGet, DROP TABLE, DROP VIEW, DROP DICTIONARY, TRUNCATE, OPTIMIZE, SHOW ON `{own}`.* TO `{name}`",
        f"GRANT CREATE TEMPORARY TABLE ON *.* TO `{name}`",
    ]
    return _made(client, settings, NewUser(name, own, ""), WRITER, grants)


def own_database(where: Databases) -> str:
    """Where dbt writes."""
    return f"{where.bi}_dbt"


def statements(name: str, profile: str, identified: str, database: str, grants: list[str]) -> list[str]:
    """The SQL that makes a user; run again, it gives the user the password and the rights of now."""
    return [
        f"CREATE SETTINGS PROFILE OR REPLACE `{profile}` SETTINGS {_PROFILES[profile]}",
        f"CREATE USER IF NOT EXISTS `{name}` {identified}",
        f"ALTER USER `{name}` {identified} DEFAULT DATABASE `{database}` SETTINGS PROFILE '{profile}'",
        *grants,
        f"GRANT SELECT ON system.view_refreshes TO `{name}`",
    ]


def _made(client: ClickHouse, settings: Settings, user: NewUser, profile: str, grants: list[str]) -> NewUser:
    if not NAME.fullmatch(user.name) or user.name in ("default", settings.clickhouse_user):
        raise UserError(
            f"a user can't be called '{user.name[:80]}': give a name of letters, digits and underscores that "
            "is not the pipeline's own"
        )
    if not settings.bi_refresh:
        raise UserError(
            "there is no database for BI tools: set LEADTRACE_BI_REFRESH to the seconds between refreshes"
        )
    told = settings.bi_password.get_secret_value()
    password = told or secrets.token_urlsafe(18)
    digest = hashlib.sha256(password.encode()).hexdigest()
    try:
        for statement in statements(
            user.name, profile, f"IDENTIFIED WITH sha256_hash BY '{digest}'", user.database, grants
        ):
            client.command(statement)
    except ClickHouseAwayError:
        raise
    except ClickHouseError as error:
        by_hand = statements(user.name, profile, "IDENTIFIED BY 'PASSWORD'", user.database, grants)
        raise UserError(
            f"ClickHouse lets {settings.clickhouse_user} make no user ({error}); let an administrator run:\n"
            + "\n".join(f"{each};" for each in by_hand)
        ) from None
    return NewUser(user.name, user.database, "" if told else password)
