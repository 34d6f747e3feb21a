"""Questions of pages: once for many who ask, kept as long as nothing new is kept, and answered ahead."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from attribution.policy import parse_policy
from cockpit import asker
from cockpit.asker import Asker
from settings import Settings, policy_text
from sinks.clickhouse import Answer, ClickHouseAwayError
from sinks.report_source import LIVE, Source

POLICY = parse_policy(policy_text(Settings()))
FEEDBACK = ("feedback", {})


@dataclass
class Server:
    """Says how often it was asked, and until when what was stored is kept."""

    minute: int = 0
    stored: int = 1
    is_kept: bool = True
    is_away: bool = False
    takes: float = 0.0
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def query(self, text: str, parameters: object = None) -> Answer:
        if self.is_away:
            raise ClickHouseAwayError("it does not answer")
        if "system.tables" in text:
            return Answer(("rows", "bytes"), ("UInt64", "UInt64"), ((self.stored, self.stored),))
        time.sleep(self.takes)
        with self.lock:
            self.asked.append(text)
            return Answer(("minute",), ("UInt64",), ((self.minute,),))

    def close(self) -> None:
        pass

    def source(self, _: object) -> Source:
        if self.is_away:
            raise ClickHouseAwayError("it does not answer")
        return Source({}, datetime(2026, 10, 5, 1, self.minute, tzinfo=UTC)) if self.is_kept else LIVE


def run(server: Server, story: Callable[[Asker], Awaitable[None]]) -> None:
    async def told() -> None:
        ask = Asker(lambda: server, server.source, lambda: date(2026, 10, 5), POLICY)  # type: ignore[arg-type,return-value]  # a server of tests
        try:
            await story(ask)
        finally:
            await ask.close()

    asyncio.run(told())


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asker, "LOOK_EVERY", 0.01)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


async def minute(ask: Asker) -> Any:
    return (await ask.result(*FEEDBACK)).rows[0][0]


def test_many_who_ask_the_same_ask_once() -> None:
    server = Server(takes=0.05)

    async def story(ask: Asker) -> None:
        answers = await asyncio.gather(*(ask.result(*FEEDBACK) for _ in range(20)))
        assert {answer.rows for answer in answers} == {((0,),)}
        await ask.result("feedback", {"by": "keyword"})  # the default, said
        assert len(server.asked) == 1
        await ask.result("feedback", {"by": "channel"})
        assert len(server.asked) == 2

    run(server, story)


def test_whoever_leaves_takes_the_answer_from_nobody() -> None:
    server = Server(takes=0.1)

    async def story(ask: Asker) -> None:
        first, second = (asyncio.ensure_future(ask.result(*FEEDBACK)) for _ in range(2))
        await asyncio.sleep(0.05)
        first.cancel()
        assert (await second).rows == ((0,),)
        assert len(server.asked) == 1

    run(server, story)


def test_what_was_asked_lately_is_answered_anew_before_the_new_state_is_told() -> None:
    server = Server()

    async def story(ask: Asker) -> None:
        attending = asyncio.ensure_future(ask.attend())
        assert await minute(ask) == 0
        server.minute, server.stored, server.takes = 1, 2, 0.1
        asked = len(server.asked)
        await until(lambda: len(server.asked) > asked)  # nobody asked
        began = time.monotonic()
        await until(lambda: ask.kept_at == datetime(2026, 10, 5, 1, 1, tzinfo=UTC))
        assert await minute(ask) == 1
        assert time.monotonic() - began < 0.1
        attending.cancel()

    run(server, story)


def test_as_long_as_nothing_is_stored_answers_hold_over_refreshes() -> None:
    server = Server()

    async def story(ask: Asker) -> None:
        attending = asyncio.ensure_future(ask.attend())
        await minute(ask)
        for number in range(1, 4):
            server.minute = number
            await until(lambda: ask.kept_at is not None and ask.kept_at.minute == server.minute)
        asked = len(server.asked)
        for number in range(4, 8):
            server.minute = number
            await until(lambda: ask.kept_at is not None and ask.kept_at.minute == server.minute)
            await minute(ask)
        assert len(server.asked) == asked
        # What is stored during a refresh is surely in the one after it: both ask again.
        server.stored = 9
        for number in (8, 9):
            server.minute = number
            await until(lambda: ask.kept_at is not None and ask.kept_at.minute == server.minute)
            assert await minute(ask) == number
        attending.cancel()

    run(server, story)


def test_while_clickhouse_is_away_everybody_is_told_and_afterwards_nobody() -> None:
    server = Server()

    async def story(ask: Asker) -> None:
        attending = asyncio.ensure_future(ask.attend())
        await minute(ask)
        server.is_away = True

        async def is_told() -> bool:
            try:
                await minute(ask)
            except ClickHouseAwayError:
                return True
            return False

        for _ in range(500):
            if await is_told():
                break
            await asyncio.sleep(0.01)
        assert await is_told()
        server.is_away = False
        for _ in range(500):
            if not await is_told():
                break
            await asyncio.sleep(0.01)
        assert await minute(ask) == 0
        attending.cancel()

    run(server, story)


def test_a_failed_answer_is_not_told_again() -> None:
    server = Server()

    async def story(ask: Asker) -> None:
        await minute(ask)
        server.is_away = True
        with pytest.raises(ClickHouseAwayError):
            await ask.query("lead", lambda client: client.query("SELECT 1"), "crm:sales:1")
        server.is_away = False
        await ask.query("lead", lambda client: client.query("SELECT 1"), "crm:sales:1")

    run(server, story)


def test_without_anything_kept_an_answer_holds_for_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(is_kept=False)
    monkeypatch.setattr(asker, "LIVE_FOR", 0.05)

    async def story(ask: Asker) -> None:
        await minute(ask)
        await minute(ask)
        assert len(server.asked) == 1
        await asyncio.sleep(0.06)
        await minute(ask)
        assert len(server.asked) == 2
        assert ask.kept_at is None

    run(server, story)
