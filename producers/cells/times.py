"""When an event happened, by the clock of whoever sent it and by ours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from producers.outcomes.left_out import UnusableError

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
CLOCKS_DIFFER = MINUTE  # ahead of ours: no network delivers before it was sent
SLOW_ON_ITS_WAY = 15 * MINUTE  # a clock that is behind by less does no harm
FROM_THE_FUTURE = 5 * MINUTE
_SECONDS_END = 100_000_000_000  # as milliseconds this is 1973: nobody means that
_FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_YEAR_MS: Final = 366 * DAY
_ZERO_TIMES: Final = ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z")  # nothing said, in Go and .NET
_NUMBER = re.compile(r"\d{9,16}(?:\.\d+)?")


def parse_time(value: Any) -> int | None:
    """Return UTC milliseconds of an ISO 8601 text or of a number of (milli)seconds since 1970.

    None if nothing is given. A text without a zone is UTC. Raises UnusableError if it is no time.
    """
    if value is None or value == "" or value in _ZERO_TIMES:
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        millis = int(value * 1000 if abs(value) < _SECONDS_END else value)
    elif isinstance(value, str):
        millis = _from_iso(value.strip())
    else:
        raise UnusableError("the time is neither a text nor a number")
    if not 0 <= millis < 4_102_444_800_000:
        raise UnusableError(
            "the time is not between 1970 and 2100; times are ISO 8601 or milliseconds since 1970"
        )
    return millis


def is_plausible(at: int, received_at: int) -> bool:
    """Whether a time, in UTC milliseconds, is one at which a CRM may have been used."""
    return _FIRST_MOMENT <= at <= received_at + _YEAR_MS


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, UTC milliseconds; `stated_at` is what its sender said, where that can't be."""

    occurred_at: int
    stated_at: int | None = None


def happened_at(said: int | None, sent_at: int | None, received_at: int) -> Moment:
    """Return when an event happened: `said`, corrected by what we can know of the sender's clock.

    Nothing said: when it was received. The sender's clock differs from ours by received_at - sent_at. What
    was sent less than 15 minutes ago was only slow on its way, and nothing is corrected: its events keep
    their order among those that were faster. Beyond, and for what was sent in the future, `said` moves by the
    difference, if it was stamped by the same clock: at most a day before it was sent. What lies further back
    is a time that somebody stated, such as in an import of history, and stays as it is. Whatever comes out,
    nothing happens before 2000, or more than five minutes after it was received: it happens then instead.
    """
    if said is None:
        return Moment(received_at)
    at = said
    if sent_at is not None:
        skew = received_at - sent_at
        stamped_by_the_sender = -MINUTE <= sent_at - said <= DAY
        if not -CLOCKS_DIFFER < skew < SLOW_ON_ITS_WAY and stamped_by_the_sender:
            at += skew
    if not _FIRST_MOMENT <= at <= received_at + FROM_THE_FUTURE:
        at = received_at
    return Moment(at, None if _is_believed(said, received_at) else said)


def sent_by_their_own(times: Iterable[int | None], received_at: int) -> int | None:
    """Return when events were sent by a clock that can't be right, where nobody said; None if it can.

    The newest of them can't be before 2000 or ahead of ours: then it has just happened by that clock, and the
    others keep their distance from it.
    """
    newest = max((at for at in times if at is not None), default=None)
    return None if newest is None or _is_believed(newest, received_at) else newest


def _is_believed(at: int, received_at: int) -> bool:
    return _FIRST_MOMENT <= at <= received_at + FROM_THE_FUTURE


def _from_iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnusableError("the time is not ISO 8601, such as 2026-03-01T09:30:00.000Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # From the difference, since timestamp() of a float loses the last millisecond now and then.
    passed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000
