"""Watches a worker for standing still, and tells the outside by the age of a file that it lives."""

import asyncio
import logging
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import faust

from background import BackgroundTask, end_within, start_thread
from ending import GAVE_UP, stop_at_once
from streams.clients import ended_in_producer
from streams.lag import waiting
from streams.limits import Limits
from streams.pulses import BEAT, EVENT_LOOP, PARTS, WATCH, Pulses
from streams.retry import Retry
from streams.standstill import what_stands

log = logging.getLogger(__name__)

HEALTH_EVERY = 3.0
LAG_EVERY = 15.0


class Watch:
    """A thread looks at the pulses of the event loop and of the consumer's thread; a task looks at what the
    consumer has got done; another asks the brokers what waits, and nothing waits for their answer.

    Whatever stands still for too long ends the process with status 70, and nothing is committed: while
    there is work and none gets done, an acknowledged run is not committed, or a part of the process is
    stuck. An outage of the brokers is not standing still, as long as its own budget lasts.
    """

    def __init__(self, app: faust.App, limits: Limits, health: Path) -> None:
        self._app = app
        self._limits = limits
        self._health = health
        self._pulses: Pulses = app.transport.pulses
        self._touched_at = 0.0
        self._is_stopping = False
        # What the brokers said last, and since when they have said nothing.
        self._waiting: tuple[Any, ...] = ()
        self._unanswered_since: float | None = None
        self._work_since: float | None = None

    def start(self) -> None:
        """Start all of it; call it in the event loop."""
        self._health.parent.mkdir(parents=True, exist_ok=True)
        self._pulses.beat(EVENT_LOOP)
        start_thread("watch of the pulses", self._watch_pulses, endless=False)
        self._tasks = [
            BackgroundTask("pulse of the event loop", self._beat()),
            BackgroundTask("watch of the work", self._watch_work()),
            BackgroundTask("look for what waits", self._ask_what_waits()),
        ]

    def stopping(self) -> None:
        """From now on the shutdown has its own limit, which a stuck loop can't outlive either."""
        self._is_stopping = True
        end_within(self._limits.shutdown)
        for task in self._tasks:
            task.end()

    def _watch_pulses(self) -> None:
        while not self._is_stopping:
            self._pulses.beat(WATCH)
            for part in PARTS:
                if self._pulses.silence(part) > self._limits.loop_lag:
                    stop_at_once(GAVE_UP, self._pulses.told(part))
            sleep(BEAT)

    async def _beat(self) -> None:
        while True:
            self._pulses.beat(EVENT_LOOP)
            await asyncio.sleep(BEAT)

    async def _ask_what_waits(self) -> None:
        while True:
            await asyncio.sleep(LAG_EVERY)
            asked = monotonic()
            answer = await waiting(self._app.consumer)
            self._waiting = answer or ()
            if answer is not None:
                self._unanswered_since = None
            elif self._unanswered_since is None:
                self._unanswered_since = asked

    async def _watch_work(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            now, consumer = monotonic(), self._app.consumer
            self._note_work(consumer, now)
            problem = self._problem(consumer, now)
            if problem:
                stop_at_once(GAVE_UP, problem)
            idle = self._idle(consumer, now)
            if (
                consumer.connected()
                and idle <= self._limits.stall / 4
                and now - self._touched_at > HEALTH_EVERY
            ):
                self._touched_at = now
                self._health.touch()

    def _note_work(self, consumer: Any, now: float) -> None:
        if not self._waiting and not consumer.progress.busy():
            self._work_since = None
        elif self._work_since is None:
            self._work_since = now

    def _idle(self, consumer: Any, now: float) -> float:
        """How long there has been work and none got done. What comes after a long calm is not late."""
        if self._work_since is None:
            return 0.0
        return now - max(float(consumer.liveness.moved_at), self._work_since)

    def _problem(self, consumer: Any, now: float) -> str | None:
        if self._app.crashed:
            return f"Faust crashed: {type(self._app.crash_reason).__name__}"
        ended = ended_in_producer(self._app.producer._producer)
        if ended:
            return ended
        if Retry.failing == 0:
            idle = self._idle(consumer, now)
            if idle > self._limits.stall:
                stands = what_stands(self._app, consumer, self._waiting, now)
                return f"there is work, but nothing got done for {idle:.0f} s: {stands}"
            unsettled = now - consumer.liveness.moved_at
            if self._app.rebalancing and unsettled > self._limits.stall + self._limits.rebalance_timeout:
                stands = what_stands(self._app, consumer, self._waiting, now)
                return f"the group did not settle for {unsettled:.0f} s: {stands}"
        return self._spent(consumer, now)

    def _spent(self, consumer: Any, now: float) -> str | None:
        """What the brokers have owed us for longer than the budget for an outage."""
        since = consumer.liveness.uncommitted_since
        if since is not None and now - since > self._limits.progress_budget:
            return f"nothing could be committed for {now - since:.0f} s"
        since = self._unanswered_since
        if since is not None and now - since > self._limits.progress_budget:
            return f"the brokers have not said for {now - since:.0f} s what waits in the topics"
        return None
