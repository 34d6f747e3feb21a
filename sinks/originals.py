"""The records of dead letters to the last byte: from the table, else from where they stand in Kafka."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.dead_letter import sha256
from sinks.clickhouse import ClickHouse
from sinks.lookups import ask
from sinks.records import Record

EMPTY = "empty"  # the reason of a record without a value


@dataclass(frozen=True, slots=True)
class Waiting:
    """A dead letter that waits to be sent again; `attempts` says how often that was done already."""

    topic: str
    partition: int
    offset: int
    recorded_at: int
    reason: str
    attempts: int
    bytes: int


class Reader(Protocol):
    """Whoever finds a record where it stands."""

    def at(self, topic: str, partition: int, offset: int) -> Record | None: ...


def originals(client: ClickHouse, reader: Reader, letters: Sequence[Waiting]) -> list[Record | None]:
    """Return the record of each letter, all of one topic; None where its bytes are nowhere any more.

    Raises ClickHouseError and KafkaAwayError.
    """
    (topic,) = {letter.topic for letter in letters}
    places = "\n".join(f"{letter.partition}/{letter.offset}" for letter in letters)
    answer = ask(client, "letters_at", {"topic": topic, "places": places}, as_bytes=True)
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    found = {(row["partition"], row["offset"]): row for row in rows}
    return [original(topic, found.get((each.partition, each.offset)), reader) for each in letters]


def original(topic: str, row: Mapping[str, Any] | None, reader: Reader) -> Record | None:
    """Return the record that a row of dead letters is about; texts of the row are bytes."""
    if row is None:
        return None
    if not is_elsewhere(row):
        place = (topic, row["partition"], row["offset"], row["recorded_at"])
        return Record(*place, row["key"], row["value"], headers(row))
    if row["partition"] < 0:
        return None
    record = reader.at(topic, row["partition"], row["offset"])
    return record if record is not None and is_it(record, row) else None


def is_elsewhere(row: Mapping[str, Any]) -> bool:
    """Whether parts of the record stand in Kafka only."""
    # Of letters from before that was said, one that should have a value has none.
    return bool(row["left_out"]) or (row["value"] is None and row["reason"] != EMPTY.encode())


def is_it(record: Record, row: Mapping[str, Any]) -> bool:
    """Whether what stands in Kafka is that record, and none of topics that were made anew."""
    if record.timestamp != row["recorded_at"]:
        return False
    if row["key"] is not None and record.key != row["key"]:
        return False
    digest = row["sha256"].decode()
    return not digest or (record.value is not None and sha256(record.value) == digest)


def headers(row: Mapping[str, Any]) -> list[tuple[str, bytes | None]]:
    """The headers of the record; of letters from before they were kept exactly, as text."""
    exact = zip(row["header_names"], row["header_values"], strict=True)
    found = [(name.decode("utf-8", "backslashreplace"), value) for name, value in exact]
    return found or [(name.decode(), value) for name, value in row["headers"].items()]
