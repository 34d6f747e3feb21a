"""Reads the small JSON files of a data folder, whatever became of them since they were written."""

import json
import os
import stat
from pathlib import Path
from typing import Any

LARGEST = 256 << 10


class DamagedError(ValueError):
    """A file is there and can't be used; the text completes the sentence "PATH …"."""


def read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object that a file holds; None if there is no file. Raises DamagedError for all else.

    Reads `LARGEST` bytes at most, and never waits for a pipe.
    """
    content = read_bytes(path)
    if content is None:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise DamagedError("is not JSON" if content else "is empty") from None
    if not isinstance(found, dict):
        raise DamagedError("is no JSON object")
    return found


def read_bytes(path: Path) -> bytes | None:
    """The bytes of a small file; None if there is none. Raises DamagedError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedError(f"can't be read ({error.strerror})") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DamagedError("is no file")
        content = os.read(descriptor, LARGEST + 1)
    except OSError as error:
        raise DamagedError(f"can't be read ({error.strerror})") from None
    finally:
        os.close(descriptor)
    if len(content) > LARGEST:
        raise DamagedError(f"is larger than {LARGEST >> 10} KB")
    return content
