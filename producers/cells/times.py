"""When an event happened, by the clock of whoever sent it and by ours."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from producers.outcomes.left_out import UnusableError

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
SKEW_THAT_COUNTS = MINUTE  # a network takes seconds; a clock that is wrong is wrong by more
FROM_THE_FUTURE = 5 * MINUTE
_SECONDS_END = 100_000_000_000  # as milliseconds this is 1973: nobody means that
_FIRST_MOMENT: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_YEAR_MS: Final = 366 * DAY
_NUMBER = re.compile(r"\d{9,16}(?:\.\d+)?")


def parse_time(value: Any) -> int | None:
    """Return UTC milliseconds of an ISO 8601 text or of a number of (milli)seconds since 1970.

    None if nothing is given. A text without a zone is UTC. Raises UnusableError if it is no time.
    """
    if value is None or value == "":
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


def happened_at(said: int | None, sent_at: int | None, received_at: int) -> int:
    """Return when an event happened: `said`, corrected by what we can know of the sender's clock.

    Nothing said: when it was received. The sender's clock differs from ours by received_at - sent_at; up to
    60 seconds that is the network's doing and nothing is corrected. Beyond, `said` moves by the difference,
    if it was stamped by the same clock: at most a day before it was sent. What lies further back is a time
    that somebody stated, such as in an import of history, and stays as it is. Whatever comes out, nothing
    happens more than five minutes after it was received.
    """
    if said is None:
        return received_at
    if sent_at is not None:
        skew = received_at - sent_at
        stamped_by_the_sender = -MINUTE <= sent_at - said <= DAY
        if abs(skew) > SKEW_THAT_COUNTS and stamped_by_the_sender:
            said += skew
    return max(0, min(said, received_at + FROM_THE_FUTURE))


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
