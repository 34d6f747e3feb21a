"""Keeps the programs of a pipeline running, as a container runtime does, and remembers how they ended."""

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from stack.processes import Program, end_group, release, spawn

TICK = 0.2
PAUSE = 0.5


@dataclass
class Kept:
    """One program: its process, how it ended so far, and how large it was at most."""

    program: Program
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    wanted: bool = True
    start_at: float = 0.0
    exits: Counter[int] = field(default_factory=Counter)
    sizes: list[tuple[float, int, int]] = field(default_factory=list)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def largest(self) -> int:
        """The most memory that it ever had, in bytes."""
        return max((size for _, size, _ in self.sizes), default=0)


class Keeper:
    """Starts what has ended again after half a second, whatever its exit status, for ever.

    One thread forks all programs and lives as long as they do, since the kernel ties them to it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._kept: dict[str, Kept] = {}
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __getitem__(self, name: str) -> Kept:
        return self._kept[name]

    def __iter__(self) -> Iterator[Kept]:
        return iter(tuple(self._kept.values()))

    def keep(self, *programs: Program) -> None:
        """Start these, and keep them running."""
        with self._lock:
            for program in programs:
                self._kept[program.name] = Kept(program, self._folder / f"{program.name}.log")

    def join(self, name: str) -> None:
        """Have a program running that was told to leave."""
        self._kept[name].wanted = True

    def leave(self, name: str) -> None:
        """End a program politely, and don't start it again."""
        self._kept[name].wanted = False
        self.signal(name, signal.SIGTERM)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal, if the program is running."""
        with self._lock:
            pid = self._kept[name].pid
            if pid is not None:
                with suppress(ProcessLookupError):
                    psutil.Process(pid).send_signal(number)

    def wait(self, *names: str, saying: str, within: float = 60.0) -> None:
        """Return when each of these programs has said this in its log."""
        until = time.monotonic() + within
        while waiting := [name for name in names if saying not in self[name].said()]:
            assert time.monotonic() < until, f"not said within {within} s by {waiting}: {saying}"
            time.sleep(TICK)

    def stop(self) -> None:
        """Kill everything."""
        self._ended.set()
        self._thread.join()
        for each in self:
            if each.process is not None:
                end_group(each.process)
                release(each.process)

    def _keep(self) -> None:
        while not self._ended.wait(TICK):
            with self._lock:
                for each in self:
                    self._tend(each)

    def _tend(self, kept: Kept) -> None:
        now = time.monotonic()
        if kept.process is None:
            if kept.wanted and now >= kept.start_at:
                kept.process = spawn(kept.program, kept.log)
        elif (status := kept.process.poll()) is not None:
            kept.exits[status] += 1
            release(kept.process)
            kept.process, kept.start_at = None, now + PAUSE
        else:
            with suppress(psutil.Error):
                process = psutil.Process(kept.process.pid)
                kept.sizes.append((now, process.memory_info().rss, process.num_fds()))

    def __enter__(self) -> "Keeper":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


@contextmanager
def keeping(folder: Path, *programs: Program) -> Iterator[Keeper]:
    """Keep programs running until the block is left."""
    with Keeper(folder) as keeper:
        keeper.keep(*programs)
        yield keeper
