"""A table of dead letters, topics and tables, as far as sending letters again needs them."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.redriven import Redriven
from sinks.broker import letter_about
from sinks.clickhouse import Answer, RowRefusedError
from sinks.letter_rows import LETTER_COLUMNS, dead_letter_row
from sinks.records import Record

WAITING = ("topic", "partition", "offset", "recorded_at", "reason", "attempts", "bytes")


class Site:
    """A table of letters, topics and tables, as far as a redrive needs them."""

    def __init__(self, *records: Record, attempts: int = 0, unread: int = 0) -> None:
        self.rows: list[dict[str, Any]] = []
        self.attempts = attempts
        self.standing: dict[tuple[str, int, int], Record] = {}
        self.newer: set[bytes] = set()
        self.sent: list[Record] = []
        self.noted: list[Redriven] = []
        self.stored: list[tuple[str, Any]] = []
        self.refused: set[bytes | None] = set()
        self.unread_left = unread
        self.crash_at: dict[str, int] = {}  # before sending or noting, when so many were sent
        for record in records:
            self.put_aside(record)

    def put_aside(self, record: Record, reason: str = "unknown_type", **changed: Any) -> None:
        put = letter_about(record, reason, "")
        letter = Record("dead.letters", 0, 0, 9, put.key, put.value, put.headers)
        row = dict(zip(LETTER_COLUMNS, dead_letter_row(letter), strict=True)) | changed
        row["header_names"] = [name.encode() for name in row["header_names"]]
        row["headers"] = {name.encode(): text.encode() for name, text in row["headers"].items()}
        row["reason"], row["sha256"] = row["reason"].encode(), row["sha256"].encode()
        self.rows.append(row)
        self.standing[record.topic, record.partition, record.offset] = record

    def query(self, text: str, parameters: Mapping[str, Any], as_bytes: bool = False) -> Answer:
        if as_bytes:
            places = parameters["places"].split("\n")
            rows = [
                row
                for row in self.rows
                if row["topic"] == parameters["topic"] and f"{row['partition']}/{row['offset']}" in places
            ]
            return Answer(LETTER_COLUMNS, (), tuple(tuple(row.values()) for row in rows))
        done = {(each.topic, each.partition, each.offset) for each in self.noted}
        return Answer(
            WAITING,
            (),
            tuple(
                (
                    *(row[name] for name in WAITING[:4]),
                    row["reason"].decode(),
                    self.attempts,
                    row["length"] or 0,
                )
                for row in self.rows
                if (row["topic"], row["partition"], row["offset"]) not in done
            ),
        )

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
        if any(row[0] in self.refused for row in rows):
            raise RowRefusedError("no")
        self.stored += [(table, row) for row in rows]

    def at(self, topic: str, partition: int, offset: int) -> Record | None:
        return self.standing.get((topic, partition, offset))

    def superseded(self, topic: str, partition: int, keys: Mapping[bytes, int]) -> set[bytes]:
        return self.newer & keys.keys()

    def unread(self, topic: str) -> int:
        return self.unread_left

    def send(self, records: Sequence[Record]) -> list[tuple[int, int] | None]:
        self.maybe_crash("send")
        self.sent += [record for record in records if record.value not in self.refused]
        return [
            None if record.value in self.refused else (7, 100 + number)
            for number, record in enumerate(records)
        ]

    def note(self, said: Sequence[Redriven]) -> None:
        self.maybe_crash("note")
        self.noted += said

    def maybe_crash(self, before: str) -> None:
        if before in self.crash_at and len(self.sent) >= self.crash_at[before]:
            raise KeyboardInterrupt


def size(row: Mapping[str, Any]) -> int:
    return row["length"] or 0
