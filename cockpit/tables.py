"""Rows as a table of a page: each cell with its kind, and where it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from answers.tables import kind_of
from sinks.reports import Result


@dataclass(frozen=True, slots=True)
class Table:
    """Columns with their headings and kinds (`n`: numbers, `t`: times, empty: texts), and rows of values.

    `links`: for some rows and columns, by the row's number and the column's name, where a cell leads to.
    `count`: how many rows there are; fewer may be in it.
    """

    columns: tuple[tuple[str, str, str], ...]
    rows: tuple[Mapping[str, Any], ...]
    count: int
    links: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def link(self, row: int, column: str) -> str:
        """Where a cell leads to; empty if nowhere."""
        return self.links.get((row, column), "")


def table_of(result: Result, most: int) -> Table:
    """The answer of a report as a table, at most so many rows of it."""
    kinds = [kind_of([row[at] for row in result.rows]) for at in range(len(result.columns))]
    return Table(
        tuple(zip(result.columns, result.headings, kinds, strict=True)),
        tuple(dict(zip(result.columns, row, strict=True)) for row in result.rows[:most]),
        len(result.rows),
    )
