"""Tries again in place: capped pauses with jitter, until a budget of time is spent."""

import asyncio
import logging
import random
from time import monotonic
from typing import Final

from ending import GAVE_UP, stop_at_once
from streams.limits import Limits

log = logging.getLogger(__name__)


class Retry:
    """One thing that has to succeed; its budget starts with its first failure.

    `Retry.failing` counts those that fail at present: an outage that is being borne, not a stall.
    """

    failing = 0

    def __init__(self, what: str, limits: Limits) -> None:
        self._what: Final = what
        self._limits: Final = limits
        self._since: float | None = None
        self._failures = 0

    async def failed(self, error: BaseException) -> None:
        """Pause before the next try; ends the process with status 70 when the budget is spent."""
        if self._since is None:
            self._since = monotonic()
            Retry.failing += 1
        self._failures += 1
        spent = monotonic() - self._since
        reason = type(error).__name__
        if spent > self._limits.progress_budget:
            stop_at_once(GAVE_UP, f"{self._what}: {reason} for {spent:.0f} s")
        log.warning("%s: %s, trying again", self._what, reason)
        pause = min(self._limits.longest_pause, self._limits.first_pause * 2 ** min(self._failures - 1, 16))
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret

    def over(self) -> None:
        """It has succeeded, or nobody wants it any more."""
        if self._since is not None:
            self._since = None
            Retry.failing -= 1
