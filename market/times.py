"""Moments, UTC milliseconds since 1970, and how they are written; the simulated market lives in Shanghai."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
# China keeps one time without daylight saving, so a fixed offset is its calendar.
SHANGHAI_MS = 8 * HOUR_MS
_EPOCH = date(1970, 1, 1)


def midnight(day: date) -> int:
    """Return when a day begins in Shanghai, UTC milliseconds."""
    return (day - _EPOCH).days * DAY_MS - SHANGHAI_MS


def day_of(at: int) -> str:
    """Return the day in Shanghai, YYYY-MM-DD."""
    return _day_text((at + SHANGHAI_MS) // DAY_MS)


def wall_clock(at: int) -> str:
    """Return the time in Shanghai to the second, YYYY-MM-DD HH:MM:SS."""
    return datetime.fromtimestamp((at + SHANGHAI_MS) // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def iso(at: int) -> str:
    """Return the time in UTC with milliseconds, as JavaScript writes it."""
    day, ms = divmod(at, DAY_MS)
    minutes, rest = divmod(ms, MINUTE_MS)
    return f"{_day_text(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(maxsize=512)
def _day_text(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()
