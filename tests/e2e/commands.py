"""Runs `leadtrace` as a user does: as a process of its own, with nothing of this process's settings."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

LEADTRACE = (sys.executable, "-P", "-m", "cli.main")


def environment(data_dir: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Any free port, a folder of the test's own, and the downloads that are there already."""
    mine = {"LEADTRACE_DATA_DIR": str(data_dir), "LEADTRACE_COLLECTOR_PORT": "0", **(more or {})}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADTRACE_")}
    cache = os.environ.get("LEADTRACE_CACHE_DIR", "")
    return {**kept, "LEADTRACE_CACHE_DIR": cache, **mine}


def leadtrace(*words: str, env: Mapping[str, str], within: float = 120) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [*LEADTRACE, *words],
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=within,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def wait(condition: Callable[[], bool], within: float, what: str) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"{what}: it did not happen within {within:.0f} s"
        time.sleep(0.2)


def processes_over(folder: Path) -> list[str]:
    """The command lines of all processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            variables = process.environ()
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(folder) in line or str(folder) in variables.get("LEADTRACE_DATA_DIR", ""):
            found.append(line)
    return found
