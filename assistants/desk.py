"""Asks ClickHouse for assistants: few questions at a time, only to read, each given up with who asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import anyio
from anyio import to_thread

from answers.answer import Answers
from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseError, TooManyRowsError, TooSlowError
from sinks.reading import Limits, connect_to_read
from sinks.report_source import LIVE, Source, source
from sinks.report_values import ReportError

QUESTIONS: Final = 4
LIMITS: Final = Limits(seconds=30, rows=20_000)
LONGEST: Final = 45.0  # seconds of all queries that one question takes
PATIENCE: Final = 30.0  # seconds that a question waits for its turn

Found = TypeVar("Found")


class TooBusyError(RuntimeError):
    """A question took too long, or too many were asked at once; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A connection that is asked by one question at a time, with the settings of who runs the servers."""

    given: Settings
    client: ClickHouse

    @property
    def today(self) -> date:
        """The day in the time zone of reports."""
        return today_in(self.given)

    def source(self) -> Source:
        """What is kept for fast answers; what is stored now, if nothing is. Raises ClickHouseError."""
        try:
            return source(self.client, self.given, kept=True)
        except ReportError:
            return LIVE

    def answers(self) -> Answers:
        """Runs reports there, and says what they stand on. Raises ClickHouseError."""
        return Answers(self.client, self.given.timezone, self.today, self.source())


def today_in(given: Settings) -> date:
    """The day in the time zone of reports."""
    return datetime.now(ZoneInfo(given.timezone)).date()


class Desk:
    """Where questions are put. `locate` says where the servers are now, and raises SettingsError."""

    def __init__(self, given: Settings, locate: Callable[[], Settings], longest: float = LONGEST) -> None:
        self.given = given
        self._locate, self._longest = locate, longest
        self._free: list[Seat] = []
        self._turns = anyio.Semaphore(QUESTIONS)

    async def ask(self, work: Callable[[Seat], Found]) -> Found:
        """What `work` finds, in a thread. Raises what it does, SettingsError and TooBusyError."""
        try:
            with anyio.fail_after(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise TooBusyError(
                f"{QUESTIONS} questions are being answered, and others wait: ask again in a moment"
            ) from None
        try:
            with anyio.fail_after(self._longest):
                return await self._asked(work)
        except TimeoutError:
            raise TooBusyError(
                f"it took longer than {self._longest:g} seconds and was given up: ask for fewer days"
                " or for less"
            ) from None
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close all connections that nobody asks."""
        while self._free:
            self._free.pop().client.close()

    async def _asked(self, work: Callable[[Seat], Found]) -> Found:
        if self._free:
            try:
                return await self._asked_at(self._free.pop(), work)
            except (TooSlowError, TooManyRowsError):
                raise
            except ClickHouseError:
                # The servers may have been started again since, at other addresses: look where they are now.
                self.close()
        return await self._asked_at(await to_thread.run_sync(self._seated), work)

    async def _asked_at(self, seat: Seat, work: Callable[[Seat], Found]) -> Found:
        is_well = False
        try:
            found = await to_thread.run_sync(work, seat, abandon_on_cancel=True)
            is_well = True
        finally:
            # After an error the connection is of no use, or the thread may still be asking.
            if is_well:
                self._free.append(seat)
            else:
                seat.client.abandon()
        return found

    def _seated(self) -> Seat:
        given = self._locate()
        return Seat(given, connect_to_read(given, LIMITS))
