"""Whether what an import makes of a file fits into memory, told before it is tried."""

from pathlib import Path
from typing import Final

import psutil

from producers.outcomes.left_out import NotUnderstoodError

SMALL: Final = 16 << 20  # bytes, which fit anywhere
# What a byte of a file takes while its rows and facts are held: measured with reports and exports of 20 MB.
PER_BYTE: Final = 70
_OF_A_CONTAINER: Final = Path("/sys/fs/cgroup/memory.max")


def refuse_too_large(size: int) -> None:
    """Refuse a file of so many bytes if its facts wouldn't fit. Raises NotUnderstoodError."""
    if size <= SMALL:
        return
    free = _free()
    if size * PER_BYTE > free:
        raise NotUnderstoodError(
            f"the file has {_mb(size)} and its rows take about {_mb(size * PER_BYTE)} of memory, of which "
            f"{_mb(free)} are free: split it into files of at most {_mb(max(SMALL, free // PER_BYTE))}, each "
            "with the header, reports by days and CRM exports by records, and import them one by one"
        )


def _free() -> int:
    """Return how many bytes of memory are free here, in the container if this is one."""
    free = int(psutil.virtual_memory().available)
    try:
        most = int(_OF_A_CONTAINER.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free  # no container, or one without a limit
    return min(free, most - int(psutil.Process().memory_info().rss))


def _mb(size: int) -> str:
    return f"{size >> 20:,} MB"
