"""Connections of those who only read, each question within limits of time and rows."""

from dataclasses import dataclass
from typing import Final

from settings import Settings
from sinks.clickhouse import ClickHouse, opened

# Nothing is written, but a view may still say how it is read.
_NO_WRITES: Final = 2
_SLACK: Final = 10.0  # seconds between the server's end of a query and ours


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question of a reader may take: seconds on the server, and rows of the answer."""

    seconds: int
    rows: int


def connect_to_read(settings: Settings, limits: Limits) -> ClickHouse:
    """Connect as `connect` does, only to read: as a user who may do nothing else, or else held to it here.

    What exceeds the limits raises TooSlowError or TooManyRowsError. Raises ClickHouseError.
    """
    held_to = {"max_execution_time": limits.seconds, "max_result_rows": limits.rows}
    database, timeout = settings.clickhouse_database, limits.seconds + _SLACK
    reader = opened(settings, database, timeout, held_to)
    if reader.query("SELECT getSetting('readonly')").rows == ((0,),):
        reader.close()
        reader = opened(settings, database, timeout, {**held_to, "readonly": _NO_WRITES})
    return reader
