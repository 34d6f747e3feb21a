"""How long to wait: between tries of an order, between requests to an account, and after a refusal."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from outbox.destination import Limits

FIRST_WAIT: Final = 30.0
LONGEST_WAIT: Final = 6 * 3600.0
LONGEST_TOLD: Final = 24 * 3600.0
_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 600.0


def next_wait(attempt: int, schedule: tuple[float, ...]) -> float | None:
    """Seconds from this attempt to the next one, with jitter; None: there is none any more."""
    if schedule:
        if attempt > len(schedule):
            return None
        usual = schedule[attempt - 1]
    else:
        usual = min(FIRST_WAIT * 4.0 ** min(attempt - 1, 20), LONGEST_WAIT)
    return usual * random.uniform(0.9, 1.2)  # noqa: S311 - no secret


def told_wait(headers: Mapping[str, str], now: int) -> float | None:
    """Seconds that an answer's Retry-After asks for, a day at most; None if it asks for nothing."""
    told = headers.get("retry-after", "").strip()
    if told.isdigit():
        return min(float(told), LONGEST_TOLD)
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return None
    seconds = at.replace(tzinfo=at.tzinfo or UTC).timestamp() - now / 1000
    return min(max(seconds, 0.0), LONGEST_TOLD)


@dataclass(slots=True)
class Pace:
    """When an account may be asked next, by its limits and by how it has answered. Times are milliseconds."""

    limits: Limits
    next_at: float = 0.0
    paused_until: float = 0.0
    _failures: int = 0

    def wait(self, now: int) -> float:
        """Seconds until it may be asked."""
        return max(0.0, max(self.next_at, self.paused_until) - now) / 1000

    def asked(self, now: int) -> None:
        """A request goes out now."""
        gaps = [0.0]
        if self.limits.per_second:
            gaps.append(1000 / self.limits.per_second)
        if self.limits.per_minute:
            gaps.append(60_000 / self.limits.per_minute)
        self.next_at = max(self.next_at, now) + max(gaps)

    def pause(self, now: int, seconds: float) -> None:
        """Nothing goes out for so long."""
        self.paused_until = max(self.paused_until, now + seconds * 1000)

    def failed(self, now: int) -> None:
        """It can't be reached, is silent or overloaded: leave it alone, longer each time."""
        self._failures += 1
        self.pause(now, min(_FIRST_PAUSE * 2.0 ** min(self._failures - 1, 20), _LONGEST_PAUSE))

    def answered(self) -> None:
        """It answers like one that works."""
        self._failures = 0
