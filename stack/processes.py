"""Supervision: starts programs, waits until they are ready, restarts those that die, stops all in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType

from background import start_thread
from stack import logs, tied
from stack.errors import StackError

TICK = 0.05
LONGEST_PAUSE = 10.0
QUICK = 30.0
QUICK_DEATHS = 5


def at_once() -> bool:
    """Be ready as soon as the process runs."""
    return True


def unexplained(_output: str) -> str | None:
    """Know no cause of a failure."""
    return None


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep alive.

    `env` is added to the environment (secrets belong there, never in `argv`); `ready` may be called often
    and returns whether the program does its work; `reason` may explain a death, given the end of what it
    wrote; `held` are open files that the process keeps as long as it lives. Times are seconds.
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool] = at_once
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    ready_within: float = 60.0
    stop_within: float = 10.0
    reason: Callable[[str], str | None] = unexplained
    held: tuple[int, ...] = ()


@dataclass(slots=True)
class Entry:
    """What the supervisor knows of one program."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes] | None = None
    log_from: int = 0
    started: float = 0.0
    start_at: float = 0.0
    deaths: int = 0
    restarts: int = 0
    was_ready: bool = False
    back_in: float | None = None
    stopping: bool = False


class Supervisor:
    """Keeps programs alive until it is stopped; a program that keeps dying ends it with a StackError.

    One thread forks all programs and lives as long as they do: the kernel ties a process to the thread that
    forked it. Each program's output goes to `<logs>/<name>.log`, which never grows beyond `logs.LARGEST`.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._say = say
        self._entries: dict[str, Entry] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._failure: StackError | None = None
        self._keeper = start_thread("supervisor", self._keep, endless=False)

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *programs: Program) -> None:
        """Start the programs side by side and wait until all are ready; StackError if one is not."""
        with self._lock:
            for program in programs:
                if program.name in self._entries:
                    raise StackError(f"{program.name} is running already")
                log = self._folder / f"{program.name}.log"
                self._entries[program.name] = Entry(program, log)
        for program in programs:
            self.wait_ready(program.name)

    def wait_ready(self, name: str, within: float | None = None) -> None:
        """Return when the program answers; StackError when it doesn't within its time."""
        entry = self._entries[name]
        limit = entry.program.ready_within if within is None else within
        deadline = time.monotonic() + limit
        while True:
            self.check()
            process = entry.process
            alive = process is not None and process.poll() is None
            if alive and entry.program.ready() and process is entry.process:
                entry.was_ready = True
                return
            if time.monotonic() > deadline:
                raise StackError(f"{name} was not ready within {limit:g} s; {last_words(entry)}")
            time.sleep(TICK)

    def check(self) -> None:
        """Raise what made the supervisor give up, if anything did."""
        if self._failure is not None:
            raise self._failure

    def wait(self) -> None:
        """Block until a program keeps dying; raises that StackError. Signals interrupt it."""
        while not self._ended.wait(0.5):
            self.check()

    def pid(self, name: str) -> int | None:
        """The process id, or None while the program is down."""
        process = self._entries[name].process
        return process.pid if process is not None and process.poll() is None else None

    def restarts(self, name: str) -> int:
        """How often the program had to be started again."""
        return self._entries[name].restarts

    def kill9(self, name: str, restart_after: float = 0.0) -> int:
        """Kill a program the hard way, as a test of what happens; it is started again after so many seconds.

        Such a death doesn't count as one of the program's own. Returns the process id that was killed.
        """
        with self._lock:
            entry = self._entries[name]
            process = entry.process
            if process is None or process.poll() is not None:
                raise StackError(f"{name} is not running")
            entry.back_in = restart_after
            end_group(process)
            return process.pid

    def stop(self, within: float = 30.0) -> None:
        """Stop all programs, the last one started first; what hasn't ended by then is killed."""
        deadline = time.monotonic() + within
        try:
            for entry in reversed(list(self._entries.values())):
                self._stop_one(entry, deadline)
        finally:
            with self._lock:
                for entry in self._entries.values():
                    entry.stopping = True
                    if entry.process is not None:
                        end_group(entry.process)
                        release(entry.process)
            self._ended.set()
            if threading.current_thread() is not self._keeper:
                self._keeper.join()

    def _stop_one(self, entry: Entry, deadline: float) -> None:
        with self._lock:
            entry.stopping = True
        process = entry.process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        patience = min(entry.program.stop_within, max(0.0, deadline - time.monotonic()))
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        end_group(process)

    def _keep(self) -> None:
        while not self._ended.wait(TICK):
            with self._lock:
                for entry in self._entries.values():
                    if entry.stopping or self._failure is not None:
                        continue
                    try:
                        self._tend(entry)
                    except Exception as error:
                        # This thread must live as long as the programs: the main thread gets to know.
                        self._failure = StackError(f"{entry.program.name} can't be kept running: {error}")

    def _tend(self, entry: Entry) -> None:
        now = time.monotonic()
        logs.limit(entry.log)
        if entry.process is None:
            if now >= entry.start_at:
                entry.log_from = logs.size(entry.log)
                entry.process = spawn(entry.program, entry.log)
                entry.started = now
        elif entry.process.poll() is not None:
            self._died(entry, entry.process, now)

    def _died(self, entry: Entry, process: subprocess.Popen[bytes], now: float) -> None:
        name, code = entry.program.name, process.returncode
        release(process)
        entry.process = None
        if entry.back_in is not None:
            entry.start_at, entry.back_in = now + entry.back_in, None
            entry.restarts += 1
            return
        entry.deaths = entry.deaths + 1 if now - entry.started < QUICK else 1
        if not entry.was_ready or entry.deaths >= QUICK_DEATHS:
            times = "" if not entry.was_ready else f" {entry.deaths} times in a row"
            why = entry.program.reason(logs.tail(entry.log, entry.log_from)) or last_words(entry)
            self._failure = StackError(f"{name} ended{times} with {describe(code)}; {why}")
            return
        pause = min(LONGEST_PAUSE, 0.2 * 2 ** (entry.deaths - 1))
        entry.start_at = now + pause
        entry.restarts += 1
        self._say(f"{name} ended with {describe(code)}; starting it again in {pause:g} s (log: {entry.log})")


def spawn(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start one program, tied to the calling thread's process, in a session of its own."""
    command = [sys.executable, "-I", "-S", tied.__file__, str(os.getpid()), *program.argv]
    with logs.appending(log) as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=program.cwd,
            env={**os.environ, **program.env},
            start_new_session=True,
            pass_fds=program.held,
            umask=0o077,
        )


def last_words(entry: Entry) -> str:
    """Return the end of what a process wrote to its log in this run."""
    return logs.last_words(entry.log, entry.log_from)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a program that has not been waited for, with whatever it started itself."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def release(process: subprocess.Popen[bytes]) -> None:
    """Let go of a process: one that is tied to this pipe ends."""
    if process.stdin is not None:
        process.stdin.close()


def describe(code: int) -> str:
    """An exit code in words: `exit code 70`, or `signal SIGKILL`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


@contextmanager
def orderly_end() -> Iterator[None]:
    """Within it, SIGTERM and SIGHUP interrupt the program as Ctrl-C does, so that everything is stopped."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
