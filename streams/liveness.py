"""The signs of life of a consumer: what moved last, what waits for a commit, and the pulse of its thread."""

from time import monotonic

from ending import GAVE_UP, stop_at_once
from streams.pulses import CONSUMER_THREAD, Pulses

# The broker counts from our last heartbeat, which may be older than our last beat.
SILENCE = 0.6


class Liveness:
    """Times are those of the monotonic clock; `session_timeout` is the group's, in seconds.

    Only `beat` may be called by another thread.
    """

    def __init__(self, session_timeout: float, pulses: Pulses) -> None:
        self._longest_silence = session_timeout * SILENCE
        self._pulses = pulses
        self.moved_at = monotonic()
        self.uncommitted_since: float | None = None

    def moved(self) -> None:
        """Something got done, or the group has settled."""
        self.moved_at = monotonic()

    def finished(self) -> None:
        """A batch is done, and waits to be committed."""
        self.moved()
        if self.uncommitted_since is None:
            self.uncommitted_since = self.moved_at

    def committed(self, *, rest: bool) -> None:
        """A commit has succeeded; `rest` says whether more is there to be committed."""
        self.uncommitted_since = monotonic() if rest else None

    def forget(self) -> None:
        """What was uncommitted is another's now."""
        self.uncommitted_since = None
        self.moved()

    def beat(self) -> None:
        """Called by the consumer's thread every second; a long silence means that it stood still."""
        self.check_silence()
        self._pulses.beat(CONSUMER_THREAD)

    def end_beating(self) -> None:
        """The consumer's thread ends."""
        self._pulses.end(CONSUMER_THREAD)

    def check_silence(self) -> None:
        """End the process if its thread has not beaten for so long that the group may have given it up."""
        if self._pulses.silence(CONSUMER_THREAD) > self._longest_silence:
            stop_at_once(
                GAVE_UP, f"{self._pulses.told(CONSUMER_THREAD)}: its partitions may have another owner"
            )
