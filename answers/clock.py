"""The clock and the calendar of the person at the terminal."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.terms import Millis


def now() -> Millis:
    """This moment, UTC milliseconds."""
    return time.time_ns() // 1_000_000


def as_millis(local: datetime, timezone: str) -> Millis:
    """The UTC milliseconds of a time that was given without a zone, in the zone of the settings."""
    return int(local.replace(tzinfo=ZoneInfo(timezone)).timestamp() * 1000)


def as_local(at: datetime, timezone: str) -> str:
    """A UTC time as `2026-03-02 10:12:41` in the zone of the settings."""
    return at.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S")
