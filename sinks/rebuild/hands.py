"""The processes that derive slices: each takes the next one when it is done with one, until none is left."""

import gc
import logging
import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from signal import SIG_IGN, SIGINT, SIGKILL, signal
from time import monotonic
from typing import Final

from attribution.policy import Policy, parse_policy
from settings import Settings
from sinks.clickhouse import ClickHouseAwayError, ClickHouseError, connect
from sinks.rebuild.progress import Prepared, SliceDone
from sinks.rebuild.shadow import RebuildError, Shadow
from sinks.rebuild.slices import SliceWork

PATIENCE: Final = 120.0  # seconds for which slices may fail since ClickHouse is away
PAUSE: Final = 3.0  # seconds before a slice is tried again
TIMEOUT: Final = 300.0  # seconds that one answer of ClickHouse may take


@dataclass(frozen=True, slots=True)
class Job:
    """What every process has to know."""

    settings: Settings
    shadow: Shadow
    policy_text: str
    plan: Prepared


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a slice was not done, and whether it may go better later."""

    number: int
    sentence: str
    passing: bool


@dataclass(slots=True)
class Hand:
    """A process, the line to it, and the slice that it is at."""

    process: BaseProcess
    line: Connection
    slice: int | None = None


def done_by_hands(job: Job, numbers: Sequence[int], hands: int) -> Iterator[SliceDone]:
    """Yield slices as they are done. Raises RebuildError when one can't be.

    Whoever leaves the iterator ends the processes: a slice that was cut short is done anew by the next run.
    """
    waiting = deque(numbers)
    working = [_started(job) for _ in range(min(hands, len(numbers)))]
    failing_since, rests_until = None, 0.0
    try:
        while waiting or any(hand.slice is not None for hand in working):
            if monotonic() >= rests_until:
                _hand_out(working, waiting)
            for told in _heard_from(working):
                if isinstance(told, SliceDone):
                    failing_since = None
                    yield told
                    continue
                now = monotonic()
                failing_since = now if failing_since is None else failing_since
                if not told.passing or now - failing_since > PATIENCE:
                    raise RebuildError(told.sentence)
                waiting.append(told.number)
                rests_until = now + PAUSE
    finally:
        for hand in working:
            hand.process.terminate()
        for hand in working:
            hand.process.join()
            hand.line.close()


def _started(job: Job) -> Hand:
    # A forked process would share connections and locks with this one.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(job, theirs), daemon=True)
    # Ctrl-C at the terminal reaches all processes; this one alone answers it, and ends the others.
    before = signal(SIGINT, SIG_IGN)
    try:
        process.start()
    finally:
        signal(SIGINT, before)
    theirs.close()
    return Hand(process, ours)


def _hand_out(working: Sequence[Hand], waiting: deque[int]) -> None:
    for hand in working:
        if hand.slice is None and waiting:
            hand.slice = waiting.popleft()
            with suppress(OSError):  # it has ended, which shows when it is listened to
                hand.line.send(hand.slice)


def _heard_from(working: Sequence[Hand]) -> Iterator[SliceDone | Failed]:
    ready = wait([hand.line for hand in working], timeout=1.0)
    for hand in working:
        if hand.line not in ready:
            continue
        try:
            told: SliceDone | Failed = hand.line.recv()
        except (EOFError, OSError) as error:
            hand.process.join()
            status = hand.process.exitcode
            hint = "if the machine has too little memory, give fewer --jobs; " if status == -SIGKILL else ""
            raise RebuildError(
                f"a process of the rebuild ended with status {status}: {hint}the same command goes on where "
                "it was"
            ) from error
        hand.slice = None
        yield told


def _work(job: Job, line: Connection) -> None:
    """Do the slices whose numbers come over the line, until it ends with whoever is at its other end."""
    # What ClickHouse's client would print, our own sentences say.
    logging.getLogger().addHandler(logging.NullHandler())
    gc.freeze()
    gc.set_threshold(20_000, 25, 25)
    policy = parse_policy(job.policy_text)
    doing: SliceWork | None = None
    while True:
        try:
            number = line.recv()
            told: SliceDone | Failed
            try:
                doing = doing or _connected(job, policy)
                told = doing.do(number)
            except ClickHouseError as error:
                told = Failed(number, str(error), isinstance(error, ClickHouseAwayError))
            line.send(told)
        except (EOFError, OSError):
            return  # nobody waits for it any more


def _connected(job: Job, policy: Policy) -> SliceWork:
    reader, writer = (connect(job.settings, TIMEOUT) for _ in range(2))
    return SliceWork(reader, writer, job.shadow, policy, job.plan)
