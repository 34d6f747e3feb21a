"""The log files of supervised programs: appended to, limited in size, quoted in errors."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LARGEST = 10_000_000
QUOTED = 300


def appending(path: Path) -> BinaryIO:
    """The log opened for appending, readable by its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "ab")


def limit(path: Path, largest: int = LARGEST) -> None:
    """Keep at most `largest` bytes, and as many of what was written before, in `<path>.1`.

    The program keeps the file open and appends to it, so the file is copied and emptied, not renamed.
    """
    if path.exists() and path.stat().st_size > largest:
        shutil.copyfile(path, path.with_name(path.name + ".1"))
        os.truncate(path, 0)


def last_words(path: Path) -> str:
    """`its last line was: ... (log: PATH)`, or only where the log is."""
    written = [line.strip() for line in tail(path).splitlines() if line.strip()]
    if not written:
        return f"it wrote nothing (log: {path})"
    return f"its last line was: {written[-1][:QUOTED]} (log: {path})"


def known_cause(path: Path, ports: tuple[int, ...]) -> str | None:
    """What the end of a server's log says in words that a person can act on; None if nothing known."""
    text = tail(path)
    if "ddress already in use" in text:
        listed = " or ".join(map(str, ports))
        return f"port {listed} is taken by another program: stop that one, or start again to get other ports"
    if "No space left on device" in text:
        return f"the disk is full: make room, then start again (log: {path})"
    if "Too many open files" in text:
        return f"too many files are open: raise the limit (ulimit -n), then start again (log: {path})"
    return None


def tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8192))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
