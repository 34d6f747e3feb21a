"""Records as rows by table, as a loader makes them of all there are at once."""

from collections.abc import Iterable

from schemas.codec import Encoded
from schemas.journey import Journey
from sinks.records import Record, Row
from sinks.rows import on_journey, rows_of, rows_of_journey


def rows_by_table(records: Iterable[Encoded]) -> dict[str, list[Row]]:
    """The rows of these records; snapshots of journeys must be whole."""
    rows: dict[str, list[Row]] = {}
    for each in records:
        record = Record(each.topic, 0, 0, 0, each.key, each.value)
        held = on_journey(record)
        if isinstance(held, Journey):
            version, row = rows_of_journey(held, record.timestamp)
            rows.setdefault("journey_versions", []).append(version)
            rows.setdefault("journeys", []).append(row)
            continue
        for table, made in rows_of(record):
            rows.setdefault(table, []).append(made)
    return rows
