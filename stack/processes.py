"""Supervision: starts programs, waits until they are ready, restarts those that die, stops all in order."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from background import start_thread
from stack import logs
from stack.errors import StackError
from stack.outages import Outages
from stack.programs import Program, describe, end_group, release, spawn

__all__ = ["Program", "Supervisor", "describe", "orderly_end"]

TICK = 0.05
LOOK = 0.3
LONGEST_PAUSE = 10.0
QUICK = 30.0
# So long a program has to live before it works again; one that kept ending, for QUICK.
STEADY = 1.0


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
    """Keeps programs alive until it is stopped, however often one of them ends: the others go on.

    One thread forks all programs and lives as long as they do: the kernel ties a process to the thread that
    forked it. Each program's output goes to `<logs>/<name>.log`, which never grows beyond `logs.LARGEST`.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._outages = Outages(folder, say)
        self._entries: dict[str, Entry] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._failure: StackError | None = None
        self._keeper = start_thread("supervisor", self._keep, endless=False)
        start_thread("supervisor's look", self._look, endless=False)

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
        """Block until the supervisor itself can't go on; raises that StackError. Signals interrupt it."""
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
                self._outages.forget()
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
                for sign in entry.program.signs:
                    sign.unlink(missing_ok=True)
                # In this order: whoever sees the process must see when it was started.
                entry.started = now
                entry.process = spawn(entry.program, entry.log)
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
        why = f"ended with {describe(code)}; {self._cause(entry)}"
        if not entry.was_ready:
            self._failure = StackError(f"{name} {why}")
            return
        pause = min(LONGEST_PAUSE, 0.2 * 2 ** min(entry.deaths - 1, 10))
        entry.start_at = now + pause
        entry.restarts += 1
        self._outages.begin(name, entry.deaths, why, LONGEST_PAUSE)

    def _cause(self, entry: Entry) -> str:
        return entry.program.reason(logs.tail(entry.log, entry.log_from)) or last_words(entry)

    def _look(self) -> None:
        """Beside the keeper, since to ask a program takes time: notice that one works again, and say it."""
        while not self._ended.wait(LOOK):
            for entry in list(self._entries.values()):
                process, outage = entry.process, self._outages.of(entry.program.name)
                if process is None or outage is None:
                    continue
                lived = time.monotonic() - entry.started
                if lived > (QUICK if outage.lasting else STEADY) and entry.program.ready():
                    with self._lock:
                        if entry.process is process and process.poll() is None and not entry.stopping:
                            self._outages.end(entry.program.name)


def last_words(entry: Entry) -> str:
    """Return the end of what a process wrote to its log in this run."""
    return logs.last_words(entry.log, entry.log_from)


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
