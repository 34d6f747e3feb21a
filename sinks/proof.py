"""Proves that two contents of a table are the same, down to the last column."""

from collections.abc import Collection
from dataclasses import dataclass

from sinks.clickhouse import ClickHouse


@dataclass(frozen=True, slots=True)
class ContentHash:
    """The number of rows, and two sums of their hashes that no order of the rows changes."""

    rows: int
    combined: int
    added: int


def content_hash(client: ClickHouse, table: str, except_columns: Collection[str] = ()) -> ContentHash:
    """Hash what FINAL shows of a table: every column but `except_columns`. Raises ClickHouseError.

    Equal contents have equal hashes, whatever the order, number and size of the inserts was.
    """
    found = client.query(
        "SELECT name FROM system.columns"
        " WHERE database = currentDatabase() AND table = {table:String} ORDER BY name",
        {"table": table},
    )
    columns = ", ".join(f"`{name}`" for (name,) in found.rows if name not in except_columns)
    answer = client.query(
        f"SELECT count(), groupBitXor(row), sum(row) FROM "  # noqa: S608 - the names are the database's own
        f"(SELECT cityHash64(tuple({columns})) AS row FROM `{table}` FINAL)"
    )
    return ContentHash(*answer.rows[0])
