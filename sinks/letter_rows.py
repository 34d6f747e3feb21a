"""Records of the topic of dead letters to rows: the letters, and which of them were sent again."""

from typing import Any, Final

from schemas.dead_letter import Letter, as_text, letter_of, own_headers, text_in
from schemas.redriven import Redriven, redriven_of
from sinks.records import Record, Row

UNREADABLE: Final = "unreadable_dead_letter"

LETTER_COLUMNS: Final = (
    *("topic", "partition", "offset", "reason", "error", "key", "value", "headers"),
    *("header_names", "header_values", "left_out", "length", "sha256"),
    *("recorded_at", "failed_at", "app_version"),
)
REDRIVEN_COLUMNS: Final = (
    *("topic", "partition", "offset", "recorded_at", "outcome", "attempt"),
    *("sent_to_partition", "sent_to_offset", "redriven_at"),
)


def rows_of_letter(record: Record) -> tuple[tuple[str, Row], ...]:
    """Return the row of a record of the topic of dead letters, with its table."""
    redriven = redriven_of(record.headers)
    if redriven is not None:
        return (("redriven_letters", redriven_row(redriven, record.timestamp)),)
    return (("dead_letters", dead_letter_row(record)),)


def dead_letter_row(record: Record) -> Row:
    """The row of a dead letter; what isn't one becomes a row about itself, so nothing goes in circles."""
    letter = letter_of(record.headers)
    said = dict(record.headers)
    own = own_headers(record.headers)
    return (
        *_place(record, letter),
        letter.reason if letter else UNREADABLE,
        letter.detail if letter else text_in(said, "error"),
        record.key,
        record.value,
        {name: as_text(value) for name, value in own},
        [name for name, _ in own],
        [value for _, value in own],
        letter.left_out if letter else (),
        letter.length if letter and letter.length is not None else _length(record.value),
        letter.sha256 if letter else "",
        letter.place.timestamp if letter and letter.place else record.timestamp,
        record.timestamp,
        letter.app_version if letter else text_in(said, "app-version"),
    )


def redriven_row(said: Redriven, at: int) -> Row:
    """The row that says that a dead letter was sent again, as it was written at this time (Millis)."""
    partition, offset = said.sent_to or (None, None)
    return (
        *(said.topic, said.partition, said.offset, said.timestamp, said.outcome.value, said.attempt),
        *(partition, offset, at),
    )


def _place(record: Record, letter: Letter | None) -> tuple[str, int, int]:
    """Topic, partition and offset that the row of a dead letter is known by."""
    if letter is None:
        return record.topic, record.partition, record.offset
    if letter.place is None:
        # An output that the broker refused never stood anywhere: a negative partition keeps it apart.
        return letter.topic, -1 - record.partition, record.offset
    return letter.topic, letter.place.partition, letter.place.offset


def _length(value: Any) -> int | None:
    return None if value is None else len(value)
