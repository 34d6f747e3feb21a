"""Asks the real server: once for the same question, and again before anybody has to wait."""

import asyncio
import queue
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar

from attribution.policy import Policy
from sinks.clickhouse import ClickHouse, ClickHouseError
from sinks.report_files import list_reports
from sinks.report_source import LIVE, Source
from sinks.report_values import check, find
from sinks.reports import Result, run

CONNECTIONS: Final = 4
LOOK_EVERY: Final = 5.0
# How long an answer about what is stored at this moment is told again.
LIVE_FOR: Final = 15.0
# Questions that were asked so lately are asked again by themselves once there is something new.
HOT_FOR: Final = 600.0
MOST_HOT: Final = 120
MOST_KEPT: Final = 600
# Some answers depend on the time: how long somebody waits, for how many days a source is silent.
SAME_FOR: Final = 3600.0

Value = TypeVar("Value")
Key = tuple[Any, ...]
_STORED: Final = (
    "SELECT sum(total_rows), sum(total_bytes) FROM system.tables "
    "WHERE database = currentDatabase() AND total_rows IS NOT NULL"
)


@dataclass(slots=True)
class Kept:
    """An answer that is told again: until when, and when somebody wanted it last (seconds, monotonic)."""

    until: float
    answer: asyncio.Future[Any]
    wanted_at: float


class Asker:
    """Asks the server that `connect` opens connections to; `choose` says where reports are read.

    Answers from what is kept for BI hold until other facts are kept: that is told by a number, `_state`.
    While `attend` runs, the answers to what was asked lately are made anew before that number changes.
    """

    def __init__(
        self,
        connect: Callable[[], ClickHouse],
        choose: Callable[[ClickHouse], Source],
        today: Callable[[], date],
        policy: Policy,
    ) -> None:
        self._connect, self._choose, self._today = connect, choose, today
        self._policy = policy
        self._free: queue.SimpleQueue[ClickHouse] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="ask")
        self._reports = {report.name: report for report in list_reports()}
        self._source, self._looked_at = LIVE, 0.0
        self._error: ClickHouseError | None = None
        self._is_attended = False
        self._state, self._since = 0, time.monotonic()
        self._stored: tuple[Any, ...] = (None, None)
        self._looking = asyncio.Lock()
        self._answers: OrderedDict[Key, Kept] = OrderedDict()

    @property
    def policy(self) -> Policy:
        """The policy by which journeys are read."""
        return self._policy

    @property
    def kept_at(self) -> datetime | None:
        """Until when what was stored is in the answers; None: until now."""
        return self._source.kept_at

    @property
    def state(self) -> str:
        """What is kept now, by a name: while it is the same, so are all answers; empty if nothing is kept."""
        return "" if self._source.kept_at is None else f"{self._state}"

    async def result(self, name: str, parameters: Mapping[str, str]) -> Result:
        """The answer of a report. Raises ReportError and ClickHouseError."""
        report = find(self._reports.values(), name)
        values = check(report, parameters, self._today())
        await self._look_if_nobody_does()
        return await self._once(("report", name, tuple(values.items())), self._state, self._source)

    async def query(self, what: str, look_up: Callable[[ClickHouse], Value], *key: str) -> Value:
        """What a look-up finds; the same for a moment. Raises ClickHouseError."""
        told: Value = await self._kept(("query", what, *key), LIVE_FOR, look_up)
        return told

    async def attend(self) -> None:
        """See to it for ever that answers are there before they are wanted."""
        self._is_attended = True
        while True:
            with suppress(ClickHouseError):
                await self._look(makes_anew=True)
            await asyncio.sleep(LOOK_EVERY)

    async def close(self) -> None:
        """Close all connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with suppress(queue.Empty):
            while True:
                self._free.get_nowait().close()

    async def _look_if_nobody_does(self) -> None:
        if self._is_attended and self._error is not None:
            raise self._error
        if self._is_due:
            async with self._looking:
                if self._is_due:
                    await self._look(makes_anew=False)

    @property
    def _is_due(self) -> bool:
        if self._is_attended:
            return not self._looked_at
        return time.monotonic() - self._looked_at > LOOK_EVERY or self._error is not None

    async def _look(self, makes_anew: bool) -> None:
        """Find out whether other facts are kept. Raises ClickHouseError, as all who ask then."""
        try:
            source, stored = await self._in_thread(lambda client: (self._choose(client), _stored(client)))
        except ClickHouseError as error:
            self._error = error
            raise
        self._error = None
        if source.kept_at != self._source.kept_at:
            if not self._is_same(source, stored):
                if makes_anew:
                    await self._make_anew(source)
                self._state, self._since = self._state + 1, time.monotonic()
            self._stored = (self._stored[1], stored)
        self._source, self._looked_at = source, time.monotonic()

    def _is_same(self, source: Source, stored: tuple[Any, ...]) -> bool:
        """Whether tables that were refreshed hold what they held before.

        What was stored during a refresh may be in it or not; the next one surely has it.
        """
        are_kept = None not in (source.kept_at, self._source.kept_at)
        is_fresh = time.monotonic() - self._since < SAME_FOR
        return are_kept and is_fresh and {stored} == {*self._stored}

    async def _make_anew(self, source: Source) -> None:
        """Answer what was asked lately, one question after another: whoever asks now has the connections."""
        since = time.monotonic() - HOT_FOR
        hot = [
            (key, kept.wanted_at)
            for (key, state), kept in self._answers.items()
            if key[0] == "report" and state == self._state and kept.wanted_at > since
        ]
        for key, wanted_at in hot[-MOST_HOT:]:
            with suppress(Exception):  # whoever asks it next is told what is wrong with it
                await self._once(key, self._state + 1, source)
                self._answers[key, self._state + 1].wanted_at = wanted_at

    async def _once(self, key: Key, state: int, source: Source) -> Result:
        _, name, values = key
        report, today = self._reports[name], self._today()
        lasts = float("inf") if source.kept_at is not None else LIVE_FOR
        answer: Result = await self._kept(
            key, lasts, lambda client: run(client, report, dict(values), today, source), state
        )
        return answer

    async def _kept(
        self, key: Key, lasts: float, answer: Callable[[ClickHouse], Any], state: int | None = None
    ) -> Any:
        """An answer as long as it lasts; nobody asks a question that is under way a second time."""
        place, now = (key, state), time.monotonic()
        found = self._answers.get(place)
        if found is None or (now > found.until and found.answer.done()):
            found = Kept(now + lasts, self._in_thread(answer), now)
            self._answers[place] = found
            found.answer.add_done_callback(lambda done: self._forget_failed(place, done))
            while len(self._answers) > MOST_KEPT:
                self._answers.popitem(last=False)
        found.wanted_at = now
        self._answers.move_to_end(place)
        # Whoever leaves must not take the answer from those who wait for the same one.
        return await asyncio.shield(found.answer)

    def _forget_failed(self, place: Key, done: asyncio.Future[Any]) -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and place in self._answers and self._answers[place].answer is done:
            del self._answers[place]

    def _in_thread(self, ask: Callable[[ClickHouse], Value]) -> asyncio.Future[Value]:
        return asyncio.get_running_loop().run_in_executor(self._threads, self._with_client, ask)

    def _with_client(self, ask: Callable[[ClickHouse], Value]) -> Value:
        try:
            client = self._free.get_nowait()
        except queue.Empty:
            client = self._connect()
        try:
            return ask(client)
        finally:
            self._free.put(client)


def _stored(client: ClickHouse) -> tuple[Any, ...]:
    """What tells whether anything was stored since: how much there is."""
    return client.query(_STORED).rows[0]
