"""Runs a rebuild, or a part of it: prepares it, has its slices derived, and tells how far it is."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final

from attribution.policy import Policy, parse_policy
from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseError, connect
from sinks.migrations import tables_due
from sinks.rebuild.hands import TIMEOUT, Job, done_by_hands
from sinks.rebuild.preparing import prepare
from sinks.rebuild.progress import (
    Begun,
    Prepared,
    Progress,
    SliceDone,
    Worker,
    note,
    note_complete,
    progress_of,
)
from sinks.rebuild.shadow import RebuildError, Shadow
from sinks.scripts import MigrationError

Say = Callable[[str], None]
LOOK_AGAIN: Final = 2.0  # seconds
TELL_EVERY: Final = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be rebuilt, and by whom: part `part` of `parts`, in `jobs` processes.

    `take_over`: whoever else seems to be at this part has ended.
    """

    shadow: Shadow
    policy_text: str
    part: int
    parts: int
    jobs: int
    take_over: bool = False

    @property
    def policy(self) -> Policy:
        """The policy to derive by. Raises PolicyError."""
        return parse_policy(self.policy_text)

    def is_mine(self, number: int) -> bool:
        """Whether a slice belongs to this part."""
        return number % self.parts == self.part - 1


def rebuild(settings: Settings, request: Request, say: Say) -> Progress:
    """Do what is left of this part, and return how far the whole is.

    The live tables are only read. Raises RebuildError, ClickHouseError, MigrationError or PolicyError.
    """
    client = connect(settings, TIMEOUT)
    try:
        due = tables_due(client, settings)
        if due:
            raise MigrationError(f"the database lacks {', '.join(due)}: run `leadtrace migrate`")
        progress = _begun(client, request)
        if progress.is_complete:
            say(f"the rebuild {request.shadow.name} is complete; to do it anew, drop it first")
            return progress
        mine = _at_work(client, request, progress)
        try:
            plan = progress.prepared or _prepared(client, request, mine, say)
            _derive(client, Job(settings, request.shadow, request.policy_text, plan), request, say)
        finally:
            _leave(client, request, mine)
        return _finished(client, request.shadow)
    finally:
        client.close()


def _begun(client: ClickHouse, request: Request) -> Progress:
    """How far it is, once it is certain that it was begun under this policy."""
    shadow, policy = request.shadow, request.policy
    shadow.create(client, "progress")
    progress = progress_of(client, shadow)
    if progress.begun is None:
        note(client, shadow, Begun(policy.version, policy.name))
        progress = progress_of(client, shadow)
    if progress.begun is not None and progress.begun.policy != policy.version:
        raise RebuildError(
            f"the rebuild {shadow.name} was begun under the policy {progress.begun.policy_name} "
            f"({progress.begun.policy}), and this is {policy.name} ({policy.version}): give that policy with "
            f"--policy, another name, or drop it with `leadtrace rebuild {shadow.name} --drop`"
        )
    return progress


def _at_work(client: ClickHouse, request: Request, progress: Progress) -> Worker:
    """Say who works on this part. Raises RebuildError when somebody else says so, on another machine."""
    host = socket.gethostname()
    other = progress.workers.get(request.part)
    # On this machine the caller's lock tells whether the other one lives.
    if other is not None and other.at_work and other.host != host and not request.take_over:
        raise RebuildError(
            f"part {request.part} of the rebuild {request.shadow.name} is being done on {other.host} "
            f"(process {other.pid}): if that has ended without saying so, give --take-over"
        )
    mine = Worker(host, os.getpid(), secrets.token_hex(8))
    note(client, request.shadow, mine, request.part)
    return mine


def _leave(client: ClickHouse, request: Request, mine: Worker) -> None:
    client.close()  # it may have been interrupted within an answer
    try:
        if progress_of(client, request.shadow).workers.get(request.part) == mine:
            gone = Worker(mine.host, mine.pid, mine.run, at_work=False)
            note(client, request.shadow, gone, request.part)
    except ClickHouseError:
        return  # whoever goes on here finds that nobody holds the lock


def _prepared(client: ClickHouse, request: Request, mine: Worker, say: Say) -> Prepared:
    if request.part > 1:
        return _prepared_by_the_first(client, request, say)
    plan = prepare(client, request.shadow, request.policy, say)
    if progress_of(client, request.shadow).workers.get(request.part) != mine:
        raise RebuildError(f"another process has begun with part 1 of the rebuild {request.shadow.name}")
    note(client, request.shadow, plan)
    return plan


def _prepared_by_the_first(client: ClickHouse, request: Request, say: Say) -> Prepared:
    say(f"waiting until part 1 of the rebuild {request.shadow.name} has prepared it")
    while (plan := progress_of(client, request.shadow).prepared) is None:
        sleep(LOOK_AGAIN)
    return plan


def _derive(client: ClickHouse, job: Job, request: Request, say: Say) -> None:
    done = progress_of(client, job.shadow).slices
    left = [number for number in range(job.plan.slices) if number not in done and request.is_mine(number)]
    if done:
        say(f"{len(done)} of {job.plan.slices} slices were done before")
    if left:
        say(f"deriving {len(left)} of {job.plan.slices} slices of {job.plan.facts:,} facts")
    pace = _Pace(len(left), say)
    for each in done_by_hands(job, left, request.jobs):
        pace.saw(each)


class _Pace:
    """Tells how far it is, now and then."""

    def __init__(self, slices: int, say: Say) -> None:
        self._slices, self._say = slices, say
        self._done = self._facts = 0
        self._began = self._told = monotonic()

    def saw(self, done: SliceDone) -> None:
        self._done += 1
        self._facts += done.facts
        now = monotonic()
        if now - self._told < TELL_EVERY and self._done < self._slices:
            return
        self._told = now
        took = max(now - self._began, 0.001)
        left = took / self._done * (self._slices - self._done)
        self._say(
            f"{self._done} of {self._slices} slices, {self._facts / took:,.0f} facts/s"
            + (f", about {left:,.0f} s left" if left else "")
        )


def _finished(client: ClickHouse, shadow: Shadow) -> Progress:
    progress = progress_of(client, shadow)
    if progress.is_done and not progress.is_complete:
        note_complete(client, shadow)
        shadow.forget_facts(client)
        progress = progress_of(client, shadow)
    return progress
