"""Where a report reads: what is stored at this moment, or what is kept for BI, which is fast."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from settings import Settings
from sinks.bi import FRESHNESS
from sinks.clickhouse import ClickHouse
from sinks.kept import databases, homes, placed
from sinks.policy_values import values_of_reports
from sinks.report_values import ReportError
from sinks.view_texts import views

# So many journeys are read in a second or so: up to here nobody needs anything older than this moment.
LIVE_UNTIL: Final = 20_000


@dataclass(frozen=True, slots=True)
class Source:
    """The databases that views are read from, and for kept ones, what was stored until then is in them."""

    stands: Mapping[str, str] = field(default_factory=dict)
    kept_at: datetime | None = None

    def placed(self, text: str) -> str:
        """A query in which each view that is kept is named with its database."""
        return placed(text, self.stands) if self.stands else text


LIVE: Final = Source()


def source(client: ClickHouse, settings: Settings, kept: bool | None = None) -> Source:
    """Choose by the number of journeys, or as said. Raises ReportError and ClickHouseError."""
    if kept is False or (kept is None and (not settings.bi_refresh or _journeys(client) <= LIVE_UNTIL)):
        return LIVE
    where = databases(settings.clickhouse_database)
    scripts = views(settings.timezone, values_of_reports(settings))
    stands = homes(scripts, where)
    known = _known_until(client, where.bi)
    at = None if None in known.values() else min(filter(None, known.values()), default=None)
    if at is not None:
        return Source(stands, at)
    if kept:
        raise ReportError("nothing is kept for BI yet: run `leadtrace migrate`, or ask without --kept")
    return LIVE


def _journeys(client: ClickHouse) -> int:
    """How many rows the table of journeys has: about as many as there are journeys."""
    text = "SELECT total_rows FROM system.tables WHERE database = currentDatabase() AND name = 'journeys'"
    rows = client.query(text).rows
    return int(rows[0][0] or 0) if rows else 0


def _known_until(client: ClickHouse, database: str) -> dict[str, datetime | None]:
    """Of each kept view, until when what was stored is in it; empty if nothing is kept."""
    there = client.query(
        "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {name:String}",
        {"database": database, "name": FRESHNESS},
    )
    if there.rows == ((0,),):
        return {}
    rows = client.query(
        "SELECT name, known_until FROM {database:Identifier}.{name:Identifier}",
        {"database": database, "name": FRESHNESS},
    ).rows
    return {name: at and at.replace(tzinfo=UTC) for name, at in rows}
