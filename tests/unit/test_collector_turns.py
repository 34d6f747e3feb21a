"""Whose turn it is among large bodies, and how they stand back for everybody else."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from producers.collector.turns import Turns, Work


async def take(turns: Turns, caller: str, order: list[str], work: Callable[[Work], Awaitable[None]]) -> None:
    async with turns.turn(caller) as mine:
        order.append(caller)
        await work(mine)


async def at_once(_work: Work) -> None:
    await asyncio.sleep(0)


def test_callers_have_their_turns_one_after_another_however_much_one_of_them_sends() -> None:
    async def story() -> None:
        turns, order = Turns(), list[str]()
        async with asyncio.timeout(4), asyncio.TaskGroup() as tasks:
            for caller in ("many", "many", "many", "many", "few", "other"):
                tasks.create_task(take(turns, caller, order, at_once))
        assert order == ["many", "many", "few", "other", "many", "many"]

    asyncio.run(story())


def test_who_leaves_when_it_becomes_his_turn_hands_it_on() -> None:
    async def story() -> None:
        turns, order = Turns(), list[str]()

        async def first() -> None:
            await take(turns, "first", order, at_once)
            gone.cancel()

        tasks = [asyncio.create_task(first())]
        gone = asyncio.create_task(take(turns, "gone", order, at_once))
        tasks.append(asyncio.create_task(take(turns, "last", order, at_once)))
        async with asyncio.timeout(4):
            await asyncio.gather(*tasks)
        assert order == ["first", "last"]

    asyncio.run(story())


def test_a_large_body_stands_back_while_others_are_in_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.collector.turns.BETWEEN_SECONDS", 0.2)

    async def story() -> None:
        turns, loop = Turns(), asyncio.get_running_loop()

        async def took() -> float:
            began = loop.time()
            with turns.beside():
                async with turns.turn("large") as work:
                    await work.pause()
            return loop.time() - began

        assert await took() < 0.2
        with turns.beside():
            assert await took() >= 0.2

    asyncio.run(story())
