"""Records as rows by table, as a loader makes them of all there are at once."""

from collections.abc import Iterable
from datetime import UTC

from schemas.codec import Encoded
from schemas.journey import Journey
from sinks.records import Record, Row
from sinks.rows import on_journey, rows_of, rows_of_journey


def rows_by_table(records: Iterable[Encoded]) -> dict[str, list[Row]]:
    """The rows of these records; snapshots of journeys must be whole."""
    rows: dict[str, list[Row]] = {}
    for each in records:
        record = Record(each.topic, 0, 0, 0, each.key, each.value)
        for table, row in _rows_of(record):
            rows.setdefault(table, []).append(row)
    return rows


def _rows_of(record: Record) -> tuple[tuple[str, Row], ...]:
    held = on_journey(record)
    if isinstance(held, Journey):
        return rows_of_journey(held, record.timestamp, UTC)
    return rows_of(record)
