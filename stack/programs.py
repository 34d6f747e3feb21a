"""One supervised process: what it is, how it is started and ended, and what it sees of its surroundings."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from stack import logs, tied

# Without these a program may not be found, or not find its own parts.
NEEDED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME")


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
    wrote; `held` are open files that the process keeps as long as it lives; `signs` are files by which it
    tells that it works, so those of a former process are removed. A program that is a `stranger`
    gets nothing of this process's environment, which holds our secrets, but what any program needs. Times
    are seconds.
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
    signs: tuple[Path, ...] = ()
    stranger: bool = False


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
            env={**surroundings(program.stranger), **program.env},
            start_new_session=True,
            pass_fds=program.held,
            umask=0o077,
        )


def surroundings(stranger: bool) -> dict[str, str]:
    """What a program sees of this process's environment."""
    return {name: value for name, value in os.environ.items() if not stranger or name in NEEDED}


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
