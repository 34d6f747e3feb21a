"""How long and how often delivery tries before it gives up, as one frozen value."""

from dataclasses import dataclass

from schemas.topics import MAX_RECORD_BYTES

HEADROOM = 64 << 10
HANDLER_ERROR = "handler_error"
TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds.

    More than `consecutive_dead_letters` in a row in one partition stop the process: either we are broken, or
    what is sent is; with 0 none do. A state that is damaged or full counts once, however many records come.
    """

    record_bytes: int = MAX_RECORD_BYTES - HEADROOM
    batch_bytes: int = 1 << 20
    consecutive_dead_letters: int = 100
    commit_interval: float = 1.0
    session_timeout: float = 10.0
    rebalance_timeout: float = 60.0
    first_pause: float = 0.1
    longest_pause: float = 5.0
    progress_budget: float = 600.0
    stall: float = 120.0
    loop_lag: float = 30.0
    shutdown: float = 20.0
    quiet_period: float = 60.0
