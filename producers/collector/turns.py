"""Large bodies are worked on in slices, one at a time and callers in turn, so that nobody waits for them."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from producers.publishing.collected import Collected, Steps, step

SLICE_SECONDS: Final = 0.001
BETWEEN_SECONDS: Final = 0.001  # two slices, while other requests are in work
LONGEST_SECONDS: Final = 5.0  # of CPU time that a body may take; the largest of real ones takes a tenth of it
PATIENCE: Final = 10.0  # seconds that a body waits for its turn


class TooMuchWorkError(Exception):
    """A body takes longer to read than any that somebody would send."""


class CrowdedError(Exception):
    """So many large bodies wait that this one's turn did not come."""


class Work:
    """The work on one body: the loop has its way now and then, and it must end some time."""

    def __init__(self, turns: "Turns") -> None:
        self._turns = turns
        self._spent = 0.0
        self._since = time.thread_time()

    async def pause(self) -> None:
        """Let others go on; raise TooMuchWorkError if this body has taken its share."""
        self._spent += time.thread_time() - self._since
        if self._spent > LONGEST_SECONDS:
            raise TooMuchWorkError
        await asyncio.sleep(BETWEEN_SECONDS if self._turns.others else 0)
        self._since = time.thread_time()

    async def through(self, steps: Steps) -> Collected:
        """Go through the steps in slices; return what comes of them."""
        until = time.perf_counter() + SLICE_SECONDS
        while (told := step(steps)) is None:
            if time.perf_counter() >= until:
                await self.pause()
                until = time.perf_counter() + SLICE_SECONDS
        return told


class Turns:
    """Who may work on a large body now: one at a time, and of those who wait each caller in turn.

    `others` counts the requests in work that are no large bodies; for them it stands back.
    """

    def __init__(self) -> None:
        self.others = 0
        self._is_busy = False
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[Work]:
        """Wait for the caller's turn, and have it until the block is left; CrowdedError if none comes."""
        self.others -= 1
        try:
            await self._wait(caller)
            try:
                yield Work(self)
            finally:
                self._next()
        finally:
            self.others += 1

    @contextmanager
    def beside(self) -> Iterator[None]:
        """A request is in work until the block is left."""
        self.others += 1
        try:
            yield
        finally:
            self.others -= 1

    async def _wait(self, caller: str) -> None:
        if not self._is_busy:
            self._is_busy = True
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(mine)
        try:
            async with asyncio.timeout(PATIENCE):
                await mine
        except TimeoutError:
            self._leave(mine)
            raise CrowdedError from None
        except asyncio.CancelledError:
            self._leave(mine)
            raise

    def _leave(self, mine: "asyncio.Future[None]") -> None:
        """Whoever leaves just when the turn is his hands it on."""
        if mine.done() and not mine.cancelled():
            self._next()

    def _next(self) -> None:
        while self._waiting:
            caller, line = self._waiting.popitem(last=False)
            first = line.popleft()
            if line:
                self._waiting[caller] = line
            if not first.done():
                first.set_result(None)
                return
        self._is_busy = False
