"""How much of this machine a server may use: of its memory, or of what its container has of it."""

import os
from dataclasses import dataclass
from pathlib import Path

LEAST_MEMORY = 1 << 30
CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of memory, and processors."""

    memory: int
    processors: int


def room() -> Room:
    """Half of the memory, a gigabyte at least, and all processors."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = min([machine, *filter(None, map(_limit, CONTAINER_LIMITS))])
    return Room(max(LEAST_MEMORY, memory // 2), os.cpu_count() or 1)


def _limit(path: Path) -> int | None:
    """The bytes that a control group allows; None where it allows all, or isn't there."""
    try:
        told = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(told) if told.isdigit() else None
