"""Watches how far worker and loader are behind while a pipeline is disturbed."""

import threading
import time
from contextlib import suppress

from running import groups_of

from producers.publishing.lag import lag_of
from producers.publishing.topics import TopicsError
from settings import Settings

EVERY = 3.0


class Lags:
    """The most records that ever waited, of worker and loader together; use it as a context."""

    def __init__(self, site: Settings) -> None:
        self.most = 0
        self.seen: list[tuple[float, int]] = []
        self._site = site
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lags", daemon=True)

    def _watch(self) -> None:
        groups = groups_of(self._site)
        while not self._ended.wait(EVERY):
            with suppress(TopicsError):
                waiting = sum(lag_of(self._site, groups).values())
                self.seen.append((time.monotonic(), waiting))
                self.most = max(self.most, waiting)

    def __enter__(self) -> "Lags":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()
