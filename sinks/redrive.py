"""Sends the records of dead letters again: as they were, to where they came from, and says so on their topic.

It may be stopped anywhere and repeated. What was sent and not yet noted down is sent once more, which changes
nothing: facts are sets, and of messages and snapshots the highest version counts.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from itertools import groupby
from time import monotonic, sleep
from typing import Any, Final, Protocol

from schemas.codec import DecodeError
from schemas.journey import Journey
from schemas.redriven import Outcome, Redriven
from schemas.topics import BY_NAME, DEAD_LETTERS, JOURNEYS, OPPORTUNITIES, OUTBOX
from sinks.assembly import ClosedTouchpoints, assembled
from sinks.batches import Lines, Snapshot
from sinks.clickhouse import ClickHouse
from sinks.lookups import Letters, ask
from sinks.originals import Reader, Waiting, originals
from sinks.records import Record
from sinks.rows import COLUMNS, on_journey, rows_of, rows_of_closed
from sinks.writer import write

MOST_ATTEMPTS: Final = 5
MOST_AT_ONCE: Final = 100_000
CHUNK: Final = 200
CHUNK_BYTES: Final = 8 << 20
PATIENCE: Final = 30.0
# Sent again, an old one would stay in the compacted topic instead of a newer.
LOADED: Final = (JOURNEYS.name, OPPORTUNITIES.name, OUTBOX.name)

GONE: Final = "their bytes are nowhere any more: the topic has let go of them"
TOO_LARGE: Final = "their topic takes no records as large any more"
REFUSED: Final = "they still can't be loaded"
TIRED: Final = "they were sent again as often as --attempts allows: look at them first"
LIMITED: Final = "beyond --limit, or beyond what is done at once: give the command again for these"

Place = tuple[int, int]


class RedriveError(RuntimeError):
    """Nothing was sent; the text says why, and what to do."""


class Topics(Reader, Protocol):
    """What of Kafka is asked."""

    def superseded(self, topic: str, partition: int, keys: dict[bytes, int]) -> set[bytes]: ...

    def unread(self, topic: str) -> int: ...


class Sender(Protocol):
    """Whoever sends records, and waits until the broker has them."""

    def send(self, records: Sequence[Record]) -> list[Place | None]: ...

    def note(self, said: Sequence[Redriven]) -> None: ...


@dataclass(slots=True)
class Result:
    """How many letters had which outcome, and how many were left, by the reason for it."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    unstored: int = 0


def waiting(client: ClickHouse, wanted: Letters, attempts: int = MOST_ATTEMPTS) -> list[Waiting]:
    """Return the letters that wait, the oldest first, but those of so many attempts last, so that these take
    nobody's place. Raises ClickHouseError."""
    found = ask(
        client, "waiting_letters", {**wanted.parameters(), "attempts": attempts, "most": MOST_AT_ONCE}
    )
    return [Waiting(*row) for row in found.rows]


def chosen(
    letters: Sequence[Waiting], attempts: int = MOST_ATTEMPTS, limit: int | None = None
) -> tuple[list[Waiting], Counter[str]]:
    """Return those that are sent now, and how many are left, by reason."""
    fresh = [letter for letter in letters if letter.attempts < attempts]
    most = min(MOST_AT_ONCE - 1, len(fresh) if limit is None else limit)
    left = Counter({TIRED: len(letters) - len(fresh), LIMITED: max(0, len(fresh) - most)})
    return fresh[:most], +left


def redrive(
    client: ClickHouse,
    topics: Topics,
    sender: Sender,
    wanted: Letters,
    zone: tzinfo,
    attempts: int = MOST_ATTEMPTS,
    limit: int | None = None,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    patience: float = PATIENCE,
) -> Result:
    """Send again what waits and is wanted; `tell` hears how many of how many are done, `patience` is how
    many seconds the loader may do nothing. The days of snapshots that are loaded end by `zone`.

    In this order, for a few letters after the other: their records are sent, the broker has them, it is noted
    down on the topic of dead letters, the broker has that. A letter that fails again is one of its copy.
    Raises RedriveError, ClickHouseError and KafkaAwayError.
    """
    unstored = until_stored(topics, patience)
    if unstored:
        raise RedriveError(
            f"the loader has not stored the newest {unstored} records of {DEAD_LETTERS.name} yet: see that "
            "`leadtrace load` (or `leadtrace up`) runs, then try again"
        )
    letters, left = chosen(waiting(client, wanted, attempts), attempts, limit)
    result = Result(left=left)
    run = _Run(client, topics, sender, zone, result)
    done = 0
    for chunk in chunks(letters):
        run.take(chunk)
        done += len(chunk)
        tell(done, len(letters))
    result.unstored = until_stored(topics, patience) if letters else 0
    return result


def until_stored(topics: Topics, patience: float) -> int:
    """Wait until the loader has stored all dead letters; how many it has not when no more come."""
    least = topics.unread(DEAD_LETTERS.name)
    until = monotonic() + patience
    while least and monotonic() < until:
        sleep(0.2)
        now = topics.unread(DEAD_LETTERS.name)
        if now < least:
            least, until = now, monotonic() + patience
    return least


def chunks(letters: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """Letters of one topic, few enough to be held in memory."""
    for _, group in groupby(sorted(letters, key=lambda letter: letter.topic), lambda letter: letter.topic):
        chunk: list[Waiting] = []
        size = 0
        for letter in group:
            if chunk and (len(chunk) >= CHUNK or size + letter.bytes > CHUNK_BYTES):
                yield chunk
                chunk, size = [], 0
            chunk.append(letter)
            size += letter.bytes
        yield chunk


@dataclass(slots=True)
class _Run:
    """One redrive; `copies` says where what was sent stands, since letters may be about equal records."""

    client: ClickHouse
    topics: Topics
    sender: Sender
    zone: tzinfo
    result: Result
    copies: dict[bytes, Place] = field(default_factory=dict)

    def take(self, chunk: Sequence[Waiting]) -> None:
        """Do with these letters, all of one topic, what has to be done, and note it down."""
        found = list(zip(chunk, originals(self.client, self.topics, chunk), strict=True))
        known = [(letter, record) for letter, record in found if record is not None]
        self.leave(GONE, len(found) - len(known))
        topic = chunk[0].topic
        if topic in LOADED:
            said = [redriven(letter, Outcome.LOADED) for letter in self.load(known)]
        else:
            old = self.superseded(known) if BY_NAME[topic].compacted else set()
            said = [redriven(letter, Outcome.SUPERSEDED) for letter, _ in known if letter in old]
            said += self.send([(letter, record) for letter, record in known if letter not in old])
        self.sender.note(said)
        self.result.outcomes.update(each.outcome for each in said)

    def send(self, known: Sequence[tuple[Waiting, Record]]) -> list[Redriven]:
        """Send each different record once."""
        names = [fingerprint(record) for _, record in known]
        fresh = {
            name: record for name, (_, record) in zip(names, known, strict=True) if name not in self.copies
        }
        stand = self.sender.send(list(fresh.values()))
        self.copies.update(
            (name, place) for name, place in zip(fresh, stand, strict=True) if place is not None
        )
        told = [(letter, self.copies.get(name)) for name, (letter, _) in zip(names, known, strict=True)]
        self.leave(TOO_LARGE, sum(place is None for _, place in told))
        return [redriven(letter, Outcome.SENT, place) for letter, place in told if place is not None]

    def load(self, known: Sequence[tuple[Waiting, Record]]) -> list[Waiting]:
        """Store the rows of snapshots, and return the letters of those that could be stored."""
        lines = {table: Lines() for table in COLUMNS}
        snapshots: list[Snapshot] = []
        bad: list[Record] = []
        for _, record in known:
            try:
                held = on_journey(record)
                if isinstance(held, Journey):
                    snapshots.append(Snapshot(record, held))
                    continue
                rows = rows_of_closed(held, record) if held is not None else rows_of(record)
            except DecodeError:
                bad.append(record)
                continue
            for table, row in rows:
                lines[table].rows.append(row)
                lines[table].records.append(record)
        bad += self.write(lines)
        for made in assembled(self.client, ClosedTouchpoints(), snapshots, self.zone):
            bad += [*(record for record, _, _ in made.incomplete), *self.write(made.lines)]
        places = {(record.partition, record.offset) for record in bad}
        self.leave(REFUSED, len(places))
        return [letter for letter, _ in known if (letter.partition, letter.offset) not in places]

    def write(self, lines: Mapping[str, Lines]) -> list[Record]:
        """Insert the rows of each table, and return the records of those that are still refused."""
        bad: list[Record] = []
        for table, some in lines.items():
            # They are few, and all of them may still be what ClickHouse refuses: that is an outcome here.
            refused = write(partial(self.client.insert, table, COLUMNS[table]), some, most=len(some.rows))
            bad += [each.record for each in refused]
        return bad

    def superseded(self, known: Sequence[tuple[Waiting, Record]]) -> set[Waiting]:
        """Those whose key has a newer record in the compacted topic, which would have to go if they came."""
        stood = [(letter, record.key) for letter, record in known if record.key and letter.partition >= 0]
        old: set[Waiting] = set()
        for partition in {letter.partition for letter, _ in stood}:
            here = [(letter, key) for letter, key in stood if letter.partition == partition]
            newest: dict[bytes, int] = {}
            for letter, key in here:
                newest[key] = max(letter.offset, newest.get(key, 0))
            newer = self.topics.superseded(here[0][0].topic, partition, newest)
            old |= {letter for letter, key in here if key in newer or letter.offset < newest[key]}
        return old

    def leave(self, why: str, letters: int) -> None:
        if letters:
            self.result.left[why] += letters


def redriven(letter: Waiting, outcome: Outcome, place: Place | None = None) -> Redriven:
    """What is noted down about a letter."""
    stood = (letter.topic, letter.partition, letter.offset, letter.recorded_at)
    return Redriven(*stood, outcome, letter.attempts + 1, place)


def fingerprint(record: Record) -> bytes:
    """A digest that two records share if they are equal in all that matters to a reader."""
    parts: list[Any] = [record.topic.encode(), record.key, record.value]
    parts += [part for name, value in record.headers for part in (name.encode(), value)]
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(b"-" if part is None else b"%d:" % len(part) + part)
    return digest.digest()
