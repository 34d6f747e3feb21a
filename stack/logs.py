"""The log files of supervised programs: appended to, limited in size, quoted in errors."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

LARGEST = 10_000_000
READ = 8192
QUOTED = 300


def appending(path: Path) -> BinaryIO:
    """The log opened for appending, readable by its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "ab")


def limit(path: Path, largest: int = LARGEST) -> None:
    """Keep at most `largest` bytes, and as many of what was written before, in `<path>.1`.

    The program keeps the file open and appends to it, so the file is copied and emptied, not renamed.
    """
    if size(path) > largest:
        with suppress(OSError):  # a full disk: what the limit is there for
            shutil.copyfile(path, path.with_name(path.name + ".1"))
        os.truncate(path, 0)


def size(path: Path) -> int:
    """In bytes; 0 for a log that isn't there yet."""
    return path.stat().st_size if path.exists() else 0


def tail(path: Path, since: int = 0) -> str:
    """The end of the log, without what was there when it had `since` bytes."""
    now = size(path)
    start = max(since if since <= now else 0, now - READ)
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_words(path: Path, since: int = 0) -> str:
    """`its last line was: ... (log: PATH)`, or only where the log is; frames of a Java trace say nothing."""
    lines = [line.strip() for line in tail(path, since).splitlines()]
    telling = [line for line in lines if line and not line.startswith("at ")]
    if not telling:
        return f"it wrote nothing (log: {path})"
    return f"its last line was: {telling[-1][:QUOTED]} (log: {path})"
