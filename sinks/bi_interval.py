"""How much time passes between refreshes of what is kept for BI: as set, and more where they take long."""

import re
from typing import Final

from sinks.clickhouse import ClickHouse

# A refresh may take a tenth of the time of one core; below a fifth it is left as it is.
SHARE, MOST = 10, 5
STEPS: Final = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
# The server says 3600 seconds as 1 HOUR.
_INTERVAL: Final = re.compile(r" REFRESH AFTER ((?:\d+ [A-Z]+ )+)")
_SECONDS: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}


def intervals(client: ClickHouse, kept: str) -> dict[str, int]:
    """The seconds after which each table of the database `kept` that follows no other is made anew."""
    found = client.query(
        "SELECT name, create_table_query FROM system.tables "
        "WHERE database = {database:String} AND engine = 'MaterializedView'",
        {"database": kept},
    )
    said = {str(name): _INTERVAL.search(str(text)) for name, text in found.rows}
    return {name: _in_seconds(each.group(1)) for name, each in said.items() if each}


def due_interval(client: ClickHouse, kept: str, least: int) -> int:
    """The seconds that should pass: `least`, or so many more that refreshes take little of the machine."""
    ((took, unknown),) = client.query(
        "SELECT sum(last_success_duration_ms) / 1000, countIf(ifNull(last_success_duration_ms, 0) = 0) "
        "FROM system.view_refreshes WHERE database = {database:String}",
        {"database": kept},
    ).rows
    busy = float(took or 0)
    now = max(intervals(client, kept).values(), default=0)
    if unknown:  # a server that has just started remembers nothing
        return max(now, least)
    if least < now <= max(STEPS) and busy * MOST <= now <= busy * SHARE * 4:
        return now
    if busy * MOST <= least:
        return least
    return next((step for step in STEPS if step >= max(least, busy * SHARE)), max(STEPS))


def _in_seconds(interval: str) -> int:
    words = interval.split()
    return sum(int(number) * _SECONDS[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
