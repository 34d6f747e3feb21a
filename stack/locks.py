"""Files that say that something is at work, as long as the process lives that does it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.errors import StackError


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold a lock file, with its folder, until the block is left; yields False if another process holds it.

    Raises StackError when there can be no such file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StackError(
            f"{path} can't be opened ({error.strerror}): set LEADTRACE_DATA_DIR, or --data-dir, to a folder "
            "that can be written"
        ) from error
    try:
        yield _is_locked(descriptor)
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    """Lock a file; False if another process has it locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
