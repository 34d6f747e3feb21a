"""Writes a batch into its tables, and finds the rows that ClickHouse will never take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sinks.batches import Lines
from sinks.clickhouse import RowRefusedError
from sinks.rows import Record, Row

REFUSED: Final = "row_refused"
MOST_REFUSED: Final = 100

Insert = Callable[[Sequence[Row]], None]


class TooManyRefusedError(RuntimeError):
    """So many rows of one batch are refused that it must be our own fault."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record one of whose rows can't be stored, and why."""

    record: Record
    error: str


def write(insert: Insert, lines: Lines) -> list[Refusal]:
    """Insert rows; where some are refused, halve until these are found, and insert all others.

    Whatever `insert` raises beside RowRefusedError goes through: the same call may be repeated, since an
    inserted row replaces itself. Raises TooManyRefusedError rather than put aside more than MOST_REFUSED.
    """
    refused: list[Refusal] = []
    pending = [(0, len(lines.rows))] if lines.rows else []
    while pending:
        start, end = pending.pop()
        try:
            insert(lines.rows[start:end])
        except RowRefusedError as error:
            if end - start > 1:
                middle = (start + end) // 2
                pending += [(middle, end), (start, middle)]
                continue
            refused.append(Refusal(lines.records[start], str(error)))
            if len(refused) > MOST_REFUSED:
                raise TooManyRefusedError(
                    f"ClickHouse refuses more than {MOST_REFUSED} rows of one batch, the last since {error}: "
                    "the tables may belong to another version, so nothing of it was acknowledged"
                ) from None
    return refused
