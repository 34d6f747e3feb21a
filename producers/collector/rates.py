"""How often a caller may ask: token buckets, one for each caller, that take no more memory than they must."""

from collections import OrderedDict
from typing import Final

BURST_SECONDS: Final = 10.0  # of a full bucket
MOST_CALLERS: Final = 50_000


class Rate:
    """A bucket for each caller, into which `per_second` tokens fall and which holds those of `burst` seconds.

    0 stands for no limit. Only the moment at which a bucket will be full again is kept of each; of more
    callers than `MOST_CALLERS` those are forgotten who have not asked for longest.
    """

    def __init__(self, per_second: float, burst: float = BURST_SECONDS) -> None:
        self._burst = burst
        self._cost = 1 / per_second if per_second else 0.0
        self._full_at: OrderedDict[str | bytes, float] = OrderedDict()

    def wait(self, caller: str | bytes, now: float) -> float:
        """Return after how many seconds the caller has a token: 0 if he has one now."""
        if not self._cost:
            return 0.0
        return max(0.0, self._full_at.get(caller, 0.0) - now + self._cost - self._burst)

    def forgive(self, caller: str | bytes) -> None:
        """Fill a caller's bucket up."""
        self._full_at.pop(caller, None)

    def take(self, caller: str | bytes, tokens: float, now: float) -> None:
        """Take tokens out of a caller's bucket, also those that he is only going to have."""
        if not self._cost:
            return
        self._full_at[caller] = max(now, self._full_at.get(caller, 0.0)) + tokens * self._cost
        self._full_at.move_to_end(caller)
        if len(self._full_at) > MOST_CALLERS:
            self._full_at.popitem(last=False)
