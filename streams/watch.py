"""Watches a worker for standing still, and tells the outside by the age of a file that it lives."""

import asyncio
import logging
import threading
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import faust

from streams.lag import has_lag
from streams.limits import Limits
from streams.retry import Retry
from streams.stop import GAVE_UP, stop_at_once

log = logging.getLogger(__name__)

TICK = 1.0
HEALTH_EVERY = 3.0
LAG_EVERY = 15.0


class Watch:
    """A task in the event loop looks at the consumer; a thread looks at the task.

    Whatever stands still for too long ends the process with status 70, and nothing is committed: while
    there is work and none gets done, an acknowledged run is not committed, or the event loop is stuck.
    An outage of the brokers is not standing still, as long as its own budget lasts.
    """

    def __init__(self, app: faust.App, limits: Limits, health: Path) -> None:
        self._app = app
        self._limits = limits
        self._health = health
        self._touched_at = 0.0
        self._ticked_at = monotonic()
        self._lag_known_at = monotonic()
        self._lagging = False
        self._stopping_since: float | None = None

    def start(self) -> None:
        """Start both; call it in the event loop."""
        self._health.parent.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._watch_loop, name="watch", daemon=True).start()
        self._task = asyncio.create_task(self._watch_consumer())

    def stopping(self) -> None:
        """From now on the shutdown has its own limit, which a stuck loop can't outlive either."""
        self._stopping_since = monotonic()
        self._task.cancel()

    def _watch_loop(self) -> None:
        while True:
            sleep(TICK)
            now = monotonic()
            since = self._stopping_since
            if since is not None and now - since > self._limits.shutdown:
                stop_at_once(GAVE_UP, f"the shutdown took longer than {self._limits.shutdown:.0f} s")
            if since is None and now - self._ticked_at > self._limits.loop_lag:
                stop_at_once(GAVE_UP, f"the event loop was stuck for {now - self._ticked_at:.0f} s")

    async def _watch_consumer(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._ticked_at = now = monotonic()
            consumer = self._app.consumer
            if now - self._lag_known_at > LAG_EVERY:
                self._lag_known_at = now
                self._lagging = await has_lag(consumer)
                self._ticked_at = monotonic()
            problem = self._problem(consumer, monotonic())
            if problem:
                stop_at_once(GAVE_UP, problem)
            if (
                consumer.connected()
                and not self._slow(consumer, now)
                and now - self._touched_at > HEALTH_EVERY
            ):
                self._touched_at = now
                self._health.touch()

    def _problem(self, consumer: Any, now: float) -> str | None:
        if self._app.crashed:
            return f"Faust crashed: {type(self._app.crash_reason).__name__}"
        idle = now - consumer.liveness.moved_at
        if Retry.failing == 0 and idle > self._limits.stall:
            if self._lagging or consumer.progress.busy():
                return f"there is work, but nothing got done for {idle:.0f} s"
            if self._app.rebalancing and idle > self._limits.stall + self._limits.rebalance_timeout:
                return f"the group did not settle for {idle:.0f} s"
        since = consumer.liveness.uncommitted_since
        if since is not None and now - since > self._limits.progress_budget:
            return f"nothing could be committed for {now - since:.0f} s"
        return None

    def _slow(self, consumer: Any, now: float) -> bool:
        busy: bool = self._lagging or consumer.progress.busy()
        return busy and bool(now - consumer.liveness.moved_at > self._limits.stall / 4)
