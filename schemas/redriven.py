"""What is said on the topic of dead letters when the record of one was sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.dead_letter import PREFIX, Headers, text_in
from schemas.terms import END_OF_MILLIS


class Outcome(StrEnum):
    """What became of a dead letter that waited."""

    SENT = "sent"  # its record stands in its topic once more
    LOADED = "loaded"  # its snapshot is in the tables
    SUPERSEDED = "superseded"  # a newer record of its key stands in the compacted topic


@dataclass(frozen=True, slots=True)
class Redriven:
    """The record that is known by topic (without the prefix), partition, offset and time was sent again.

    `attempt` counts how often that was done with it and with those it is a copy of. `sent_to` is the
    partition and the offset where it stands now, None unless it was sent to its topic; `by` names the user of
    the cockpit who wanted it.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    outcome: Outcome
    attempt: int
    sent_to: tuple[int, int] | None = None
    by: str = ""


def redriven_headers(said: Redriven) -> Headers:
    """Return the headers that say it."""
    told: dict[str, str | int] = {
        "redriven": said.outcome.value,
        "topic": said.topic,
        "partition": said.partition,
        "offset": said.offset,
        "timestamp": said.timestamp,
        "attempt": said.attempt,
    }
    if said.sent_to is not None:
        told |= {"to-partition": said.sent_to[0], "to-offset": said.sent_to[1]}
    if said.by:
        told["by"] = said.by
    return tuple((PREFIX + name, str(value).encode()) for name, value in told.items())


def redriven_of(headers: Sequence[tuple[str, bytes | None]]) -> Redriven | None:
    """Read it again; None if the headers say no such thing."""
    said = dict(headers)
    try:
        outcome = Outcome(text_in(said, "redriven"))
        numbers = [int(text_in(said, name)) for name in ("partition", "offset", "timestamp", "attempt")]
        to = [int(text_in(said, name)) for name in ("to-partition", "to-offset")] if _is_sent(said) else None
    except ValueError:
        return None
    partition, offset, timestamp, attempt = numbers
    topic = text_in(said, "topic")
    possible = (
        -(1 << 31) <= partition < 1 << 31
        and 0 <= offset < 1 << 63
        and 0 <= timestamp < END_OF_MILLIS
        and 0 < attempt < 1 << 31
        and (to is None or (0 <= to[0] < 1 << 31 and 0 <= to[1] < 1 << 63))
    )
    if not possible or not topic:
        return None
    sent_to, by = (to[0], to[1]) if to else None, text_in(said, "by")
    return Redriven(topic, partition, offset, timestamp, outcome, attempt, sent_to, by)


def _is_sent(said: dict[str, bytes | None]) -> bool:
    return f"{PREFIX}to-offset" in said
