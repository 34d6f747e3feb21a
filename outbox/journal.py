"""The log for the tasks that send: one writes at a time, in a thread of its own, and all see one ledger."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from outbox.ledger import Event, Ledger
from outbox.log import OutboxLog

T = TypeVar("T")


class Journal:
    """Every method raises SupersededError and KafkaAwayError: then the process must end."""

    def __init__(self, log: OutboxLog) -> None:
        self._log = log
        self._writer = ThreadPoolExecutor(1, "outbox log")

    @property
    def ledger(self) -> Ledger:
        """What is known of every order; it changes only in a call of the journal."""
        return self._log.ledger

    async def say(self, events: Iterable[Event]) -> None:
        """Write down; when this returns, it counts."""
        told = list(events)
        if told:
            await self._in_turn(lambda: self._log.say(told))

    async def catch_up(self) -> None:
        """Read what others said: decisions of people, and claims."""
        await self._in_turn(self._log.look)

    async def run(self, work: Callable[[], T]) -> T:
        """Do something in the thread that reads and writes, so that the ledger stands still meanwhile."""
        return await self._in_turn(work)

    def close(self) -> None:
        """Wait for what is being written."""
        self._writer.shutdown()

    async def _in_turn(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)
