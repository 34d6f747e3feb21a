"""What is worth a line in the log, once a minute at most: refusals are counted, not written down."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from typing import Final

SECONDS: Final = 60.0
MOST_SENTENCES: Final = 100


class Tally:
    """Counts refusals by their status, and sentences about us; each is logged once a minute at most."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._refused: Counter[int] = Counter()
        self._left_out: Counter[str] = Counter()
        self._said: Counter[str] = Counter()
        self._is_waiting = False

    def refused(self, status: int) -> None:
        """Count a refusal; all of a minute become one line at its end."""
        self._refused[status] += 1
        self._wait()

    def left_out(self, reasons: Iterable[str]) -> None:
        """Count events that were left out of a request that was taken: few trackers tell anybody of them."""
        for reason in reasons:
            if reason in self._left_out or len(self._left_out) < MOST_SENTENCES:
                self._left_out[reason] += 1
            self._wait()

    def say(self, sentence: str) -> None:
        """Log an error, unless the same was logged in this minute: then it is counted."""
        if sentence not in self._said:
            if len(self._said) >= MOST_SENTENCES:
                return
            self._log.error("%s", sentence)
        self._said[sentence] += 1
        self._wait()

    def flush(self) -> None:
        """Log what was counted, and begin anew."""
        self._is_waiting = False
        if self._refused:
            counted = ", ".join(f"{count} with {status}" for status, count in sorted(self._refused.items()))
            self._log.warning("refused in the last minute: %s", counted)
        for reason, count in self._left_out.most_common():
            self._log.warning("events left out in the last minute: %d, as %s", count, reason)
        for sentence, count in self._said.items():
            if count > 1:
                self._log.error("%d more times: %s", count - 1, sentence)
        self._refused.clear()
        self._left_out.clear()
        self._said.clear()

    def _wait(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            asyncio.get_running_loop().call_later(SECONDS, self.flush)
