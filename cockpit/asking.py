"""Asks reports for pages: over few connections, once for the same question, and never twice at a time."""

import asyncio
import queue
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Protocol, TypeVar

from attribution.policy import Policy
from sinks.clickhouse import ClickHouse
from sinks.report_files import Report, list_reports
from sinks.report_source import LIVE, Source
from sinks.report_values import check, find
from sinks.reports import Result, run

CONNECTIONS: Final = 4
# How long an answer is given again: a kept one until the tables are refreshed, any other for so many seconds.
LIVE_FOR: Final = 15.0
LOOK_EVERY: Final = 10.0
MOST_KEPT: Final = 600

Value = TypeVar("Value")
Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A report by its name, and what it is asked."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class Ask(Protocol):
    """What pages need to ask; tests have one that tells stored answers."""

    @property
    def policy(self) -> Policy:
        """The policy by which journeys are read."""
        ...

    async def result(self, name: str, parameters: Mapping[str, str]) -> Result:
        """The answer of a report. Raises ReportError and ClickHouseError."""
        ...

    async def query(self, what: str, look_up: Callable[[ClickHouse], Value], *key: str) -> Value:
        """What a look-up of `sinks.lookups` finds, for example about one person; `what` and `key` name it."""
        ...

    @property
    def kept_at(self) -> datetime | None:
        """Until when what was stored is in the answers; None: until now."""
        ...


async def ask_all(ask: Ask, questions: Mapping[str, Question]) -> dict[str, Result]:
    """All answers, by the names of the questions. Raises as the first one that fails does."""
    asked = [ask.result(each.name, each.parameters) for each in questions.values()]
    return dict(zip(questions, await asyncio.gather(*asked), strict=True))


def records(result: Result) -> list[Row]:
    """The rows of an answer, by the names of its columns."""
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


class Asker:
    """Asks the real server. `connect` opens a connection; `choose` says where reports are read."""

    def __init__(
        self,
        connect: Callable[[], ClickHouse],
        choose: Callable[[ClickHouse], Source],
        today: Callable[[], date],
        policy: Policy,
    ) -> None:
        self._policy = policy
        self._connect, self._choose, self._today = connect, choose, today
        self._free: queue.SimpleQueue[ClickHouse] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="ask")
        self._reports = {report.name: report for report in list_reports()}
        self._source, self._looked_at = LIVE, 0.0
        self._looking = asyncio.Lock()
        self._answers: OrderedDict[Key, tuple[float, asyncio.Future[Any]]] = OrderedDict()

    @property
    def policy(self) -> Policy:
        """The policy by which journeys are read."""
        return self._policy

    @property
    def kept_at(self) -> datetime | None:
        """Until when what was stored is in the answers; None: until now."""
        return self._source.kept_at

    async def result(self, name: str, parameters: Mapping[str, str]) -> Result:
        """The answer of a report. Raises ReportError and ClickHouseError."""
        report: Report = find(self._reports.values(), name)
        today = self._today()
        values = check(report, parameters, today)
        source = await self._current_source()
        key = ("report", name, tuple(sorted(values.items())))
        return await self._once(key, lambda client: run(client, report, values, today, source))

    async def query(self, what: str, look_up: Callable[[ClickHouse], Value], *key: str) -> Value:
        """What a look-up finds; the same for a moment. Raises ClickHouseError."""
        return await self._once(("query", what, *key), look_up)

    async def close(self) -> None:
        """Close all connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with suppress(queue.Empty):
            while True:
                self._free.get_nowait().close()

    async def _current_source(self) -> Source:
        async with self._looking:
            if time.monotonic() - self._looked_at > LOOK_EVERY:
                self._source = await self._in_thread(self._choose)
                self._looked_at = time.monotonic()
        return self._source

    async def _once(self, key: Key, answer: Callable[[ClickHouse], Value]) -> Value:
        kept_at = self._source.kept_at
        key = (*key, kept_at)
        now = time.monotonic()
        found = self._answers.get(key)
        if found is not None and (now < found[0] or not found[1].done()):
            self._answers.move_to_end(key)
            value: Value = await asyncio.shield(found[1])
            return value
        task = self._in_thread(answer)
        is_report = key[0] == "report"
        until = float("inf") if kept_at is not None and is_report else now + LIVE_FOR
        self._answers[key] = (until, task)
        self._answers.move_to_end(key)
        while len(self._answers) > MOST_KEPT:
            self._answers.popitem(last=False)
        task.add_done_callback(lambda done: self._forget_failed(key, done))
        # Whoever leaves must not take the answer from those who wait for the same one.
        return await asyncio.shield(task)

    def _forget_failed(self, key: Key, done: asyncio.Future[Any]) -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and key in self._answers and self._answers[key][1] is done:
            del self._answers[key]

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
