"""Writes a batch into its tables, and finds the rows that ClickHouse will never take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sinks.batches import Lines
from sinks.clickhouse import ClickHouseError, NoMemoryError, RowRefusedError, UnknownRefusalError
from sinks.records import Record, Row

REFUSED: Final = "row_refused"
MOST_REFUSED: Final = 100
HEAVY: Final = 1 << 20  # bytes of a record from which on its rows may be what there is no memory for

Insert = Callable[[Sequence[Row]], None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record one of whose rows can't be stored, and why."""

    record: Record
    error: str


class TooManyRefusedError(RuntimeError):
    """So many rows of one batch are refused that it must be our own fault; `refusals` are those found."""

    def __init__(self, sentence: str, refusals: Sequence[Refusal]) -> None:
        super().__init__(sentence)
        self.refusals = refusals


def write(insert: Insert, lines: Lines, most: int = MOST_REFUSED) -> list[Refusal]:
    """Insert rows; where some are refused, halve until these are found, and insert all others.

    Whatever `insert` raises that is no row's fault goes through: the same call may be repeated, since an
    inserted row replaces itself. Raises TooManyRefusedError rather than put aside more than `most`.
    """
    refused: list[Refusal] = []
    stored = 0
    pending = [(0, len(lines.rows))] if lines.rows else []
    while pending:
        start, end = pending.pop()
        try:
            insert(lines.rows[start:end])
        except (RowRefusedError, UnknownRefusalError, NoMemoryError) as error:
            if end - start > 1:
                middle = (start + end) // 2
                pending += [(middle, end), (start, middle)]
                continue
            rest = len(lines.rows) - len(refused) - 1
            check_it_is_the_row(error, insert, lines.records[start], stored, rest)
            refused.append(Refusal(lines.records[start], in_short(error)))
            if len(refused) > most:
                raise TooManyRefusedError(
                    f"ClickHouse refuses more than {most} rows of one batch, the last since "
                    f"{refused[-1].error}: the tables may belong to another version, so nothing of it was "
                    "acknowledged",
                    refused,
                ) from None
        else:
            stored += end - start
    return refused


def check_it_is_the_row(
    error: ClickHouseError, insert: Insert, record: Record, stored: int, rest: int
) -> None:
    """Raise `error` unless what it is about is this one row, which was refused by itself.

    Of a code that nobody knows it is taken for the row's fault if others were stored, or if there is no
    other and the table takes an empty insert; of a lack of memory only if the record is large as well.
    """
    if isinstance(error, RowRefusedError):
        return
    if isinstance(error, NoMemoryError):
        if not stored or len(record.value or b"") < HEAVY:
            raise error
    elif not stored:
        if rest:
            raise error
        insert(())


def in_short(error: ClickHouseError) -> str:
    """Why a row was refused, without the server's text, which may quote it."""
    if isinstance(error, NoMemoryError):
        return "ClickHouse has no memory for it, though it stores others"
    if isinstance(error, UnknownRefusalError):
        return f"ClickHouse refuses it (code {error.code}), though it stores others"
    return str(error)
