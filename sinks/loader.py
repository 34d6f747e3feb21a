"""Loads the topics into ClickHouse until it is told to stop."""

import logging
import random
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

from background import end_within, notice_ends_in_libraries
from ending import GAVE_UP, TOO_MANY_DEAD_LETTERS
from schemas.codec import DecodeError
from schemas.journey import ClosedTouchpoint, Journey
from schemas.topics import DEAD_LETTERS
from settings import Settings
from sinks.assembly import ClosedTouchpoints, assembled
from sinks.batches import Batch, Limits, Lines, Partition
from sinks.breaker import Breaker, TooManyDeadLettersError
from sinks.broker import DeadLetters, KafkaAwayError, Source
from sinks.clickhouse import ClickHouse, ClickHouseAwayError, ClickHouseError, connect
from sinks.membership import LeftOutError, Membership
from sinks.migrations import tables_due
from sinks.records import Record
from sinks.rows import COLUMNS, on_journey, rows_of, rows_of_closed
from sinks.scripts import MigrationError
from sinks.writer import REFUSED, Refusal, TooManyRefusedError, write

log = logging.getLogger(__name__)

BUDGET: Final = 600.0  # seconds without any progress after which the supervisor shall start us anew
STOP_BUDGET: Final = 5.0
STOP_WITHIN: Final = 9.0
LONGEST_PAUSE: Final = 5.0
BEAT: Final = 2.0

PutAside = tuple[Record, str, str]  # with the reason, and more about it


class GivenUpError(RuntimeError):
    """No progress for the whole budget; the text says what was in the way."""


class Loader:
    """One consumer, one connection, one batch; `stop` ends it."""

    def __init__(self, settings: Settings, stop: threading.Event, limits: Limits | None = None) -> None:
        self._settings = settings
        self._stop = stop
        self._batch = Batch(limits or Limits())
        self._closed = ClosedTouchpoints()
        self._zone = ZoneInfo(settings.timezone)
        self._breaker = Breaker(settings.dead_letters_in_a_row)
        self._uncommitted: dict[Partition, int] = {}
        self._pulse = settings.data_dir / "health" / "loader"
        self._beaten = 0.0
        self._membership = Membership()
        self._client: ClickHouse
        self._source: Source
        self._dead_letters: DeadLetters

    def run(self) -> None:
        """Load until stopped, then write what was read.

        Raises ClickHouseError, MigrationError, KafkaAwayError, GivenUpError, LeftOutError,
        TooManyRefusedError or TooManyDeadLettersError.
        """
        self._client = self._connected()
        with ExitStack() as until_end:
            until_end.callback(self._client.close)
            self._source = Source(self._settings, self._forget)
            until_end.callback(self._source.close)
            self._dead_letters = DeadLetters(self._settings)
            until_end.callback(self._dead_letters.close)
            log.info("loading %s into %s", self._settings.kafka, self._settings.clickhouse)
            while not self._stop.is_set():
                self.load_once()
            self._flush()

    def load_once(self) -> None:
        """Move records one step on; the order makes that none is lost, and versions that none counts twice.

        1. Poll: read what has come, at most until the batch is old enough.
        2. Rows: turn each record into rows, or put it aside as a dead letter. Snapshots of journeys wait.
        When the batch is old or large enough:
        3. Insert the rows of every table; ClickHouse has them on disk before it answers. Then make snapshots
           whole, of what was just inserted and of what was before, and insert them.
        4. Send the dead letters and wait until the broker has them.
        5. Commit the offsets, only now. Whatever stops us before is read again, and replaces itself.
        """
        for record in self._source.read(self._batch.wait(monotonic())):
            self._take(record)
            if self._breaker.fault:
                # What explains it is stored like any other letter; what comes after it is left where it is.
                self._flush()
                raise TooManyDeadLettersError(self._breaker.fault)
        if self._batch.is_due(monotonic()):
            self._flush()
        elif self._batch.is_empty:
            self._rest()

    def _take(self, record: Record) -> None:
        try:
            match on_journey(record):
                case Journey() as journey:
                    self._batch.add_snapshot(record, journey, monotonic())
                case ClosedTouchpoint() as closed:
                    self._closed.learn(closed, len(record.value or b""))
                    self._batch.add(record, rows_of_closed(closed, record), monotonic())
                case None:
                    self._batch.add(record, rows_of(record), monotonic())
        except DecodeError as error:
            self._batch.put_aside(record, error.reason, str(error), monotonic())
            self._breaker.saw(record, put_aside=True)
        else:
            self._breaker.saw(record, put_aside=False)

    def _flush(self) -> None:
        if not self._batch.is_empty:
            self._membership.shown()
            self._persist(self._write_all)
            self._uncommitted |= self._batch.offsets
            self._batch.clear()
        self._commit()
        self._beat()

    def _write_all(self) -> None:
        letters = list(self._batch.bad)
        self._write(self._batch.lines, letters)
        snapshots = self._batch.snapshots.values()
        for made in assembled(self._client, self._closed, snapshots, self._zone):
            letters += made.incomplete
            self._write(made.lines, letters)
        self._send(letters)

    def _write(self, lines: Mapping[str, Lines], letters: list[PutAside]) -> None:
        """Insert the rows of each table; what is refused becomes one of the letters."""
        for table, some in lines.items():
            try:
                refusals = write(partial(self._client.insert, table, COLUMNS[table]), some)
            except TooManyRefusedError as error:
                self._send([*letters, *refused(table, error.refusals)])
                raise
            letters += refused(table, refusals)

    def _send(self, letters: list[PutAside]) -> None:
        fresh = [letter for letter in letters if letter[0].topic != DEAD_LETTERS.name]
        if len(fresh) < len(letters):
            # It is in its topic already; a letter about it would only come back here.
            log.error("%d dead letters can't be stored in ClickHouse", len(letters) - len(fresh))
        if fresh:
            self._dead_letters.send(fresh)
            log.warning("put %d records aside, the last since: %s", len(fresh), fresh[-1][2])

    def _persist(self, work: Callable[[], None]) -> None:
        """Repeat `work` until it is done, with pauses in which we stay in the group and read nothing."""
        began, tries = monotonic(), 0
        while True:
            try:
                work()
                break
            except (ClickHouseAwayError, KafkaAwayError) as error:
                if tries == 0:
                    log.warning("%s; trying again", error)
                tries += 1
                budget = STOP_BUDGET if self._stop.is_set() else BUDGET
                if monotonic() - began > budget:
                    raise GivenUpError(f"gave up after {budget:.0f} seconds: {error}") from error
                self._source.keep(pause(tries))
        if tries:
            log.info("going on after %d tries", tries + 1)
            self._source.go_on()

    def _commit(self) -> None:
        if not self._uncommitted:
            return
        try:
            self._source.commit(self._uncommitted)
        except KafkaAwayError as error:
            # Nothing is lost: the offsets are committed with the next batch, or read again.
            log.warning("offsets not committed yet: %s", error)
            return
        self._uncommitted = {}

    def _forget(self, partitions: list[Partition]) -> None:
        self._batch.forget(partitions)
        for partition in partitions:
            self._uncommitted.pop(partition, None)

    def _rest(self) -> None:
        """Nothing came: commit what is left, and say that we live if both servers do and we are a member."""
        if monotonic() - self._beaten < BEAT or not self._membership.holds(self._source, monotonic()):
            return
        self._commit()
        try:
            self._client.query("SELECT 1")
        except ClickHouseAwayError as error:
            log.warning("%s", error)
            self._beaten = monotonic()
            return
        if self._source.answers():
            self._beat()

    def _beat(self) -> None:
        if monotonic() - self._beaten >= BEAT:
            touch(self._pulse)
            self._beaten = monotonic()

    def _connected(self) -> ClickHouse:
        began, tries = monotonic(), 0
        while True:
            try:
                client = connect(self._settings)
                break
            except ClickHouseAwayError as error:
                if self._stop.is_set() or monotonic() - began > BUDGET:
                    raise
                if tries == 0:
                    log.warning("%s; trying again", error)
                tries += 1
                self._stop.wait(pause(tries))
        due = tables_due(client, self._settings)
        if due:
            raise MigrationError(f"the database lacks {', '.join(due)}: run `leadtrace migrate`")
        return client


def run_loader(settings: Settings) -> int:
    """Load until SIGTERM or SIGINT; return the exit status: 0, 70 when only a new start can help, or 71 when
    too many records in a row, or rows of one batch, could not be used.

    On a signal it writes and commits what it has read, within ten seconds.
    """
    stop = threading.Event()
    notice_ends_in_libraries()

    def end(*_: object) -> None:
        stop.set()
        # A server that accepts and then says nothing must not keep us: what is lost is read again.
        end_within(STOP_WITHIN)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        Loader(settings, stop).run()
    except (TooManyDeadLettersError, TooManyRefusedError) as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is for a person, a traceback isn't
        return TOO_MANY_DEAD_LETTERS
    except (ClickHouseError, MigrationError, KafkaAwayError, GivenUpError, LeftOutError) as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is for a person, a traceback isn't
        return GAVE_UP
    return 0


def refused(table: str, refusals: Sequence[Refusal]) -> list[PutAside]:
    """The records of refused rows, as what is put aside."""
    return [(refusal.record, REFUSED, f"{table}: {refusal.error}") for refusal in refusals]


def pause(tries: int) -> float:
    """Seconds to wait before the next try: at random up to a limit that doubles from 0.1 to 5."""
    return random.uniform(0.0, min(LONGEST_PAUSE, 0.1 * 2.0 ** min(tries, 10)))  # noqa: S311 - no secret


def touch(pulse: Path) -> None:
    """Leave a sign of life: the file's time."""
    pulse.parent.mkdir(parents=True, exist_ok=True)
    pulse.touch()
