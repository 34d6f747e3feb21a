"""Reads the signs of life of worker and loader: files that they touch while their work goes on."""

import time
from pathlib import Path


def sign(data_dir: Path, name: str) -> Path:
    """The file that the process `name` ('worker', 'loader') touches every few seconds."""
    return data_dir / "health" / name


def alive(data_dir: Path, name: str, since: float, within: float = 60.0) -> bool:
    """Whether it was touched within so many seconds, and after `since` (seconds since 1970)."""
    try:
        touched = sign(data_dir, name).stat().st_mtime
    except OSError:
        return False
    return touched > max(since, time.time() - within)
