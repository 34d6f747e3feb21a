"""How many bytes of requests may be in work at once, and whose go when there are too many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

SMALL: Final = 16 << 10  # bytes of a request that always finds room beside large ones
KEPT_FOR_SMALL: Final = 4  # one part in so many


class BusyError(Exception):
    """More is in work already than fits into memory."""


class Lease:
    """The bytes of one request.

    While its body is `read` it can lose them to others; `give_up` is called then, and it must come to an end.
    `is_known` says whether a key was shown already.
    """

    def __init__(self, budget: "Budget", is_known: bool, since: float) -> None:
        self.is_known = is_known
        self.since = since
        self.held = 0
        self._budget = budget

    def reserve(self, size: int) -> None:
        """Take so many bytes more; BusyError if there is no room, even if slower ones make some."""
        self._budget.take(self, size)

    @contextmanager
    def read(self, give_up: Callable[[], None]) -> Iterator[None]:
        """Let others have the bytes, if they need them, until the block is left."""
        self._budget.readers[self] = give_up
        try:
            yield
        finally:
            self._budget.readers.pop(self, None)


class Budget:
    """How many bytes of requests may be in work at once, over all connections.

    When they are spent, those bodies make room that are still on their way and have held most bytes for the
    longest time, those that showed no key first. So whoever sends half a body and waits holds nothing that
    anybody needs; and what has come whole is never given up. Large requests leave a part to small ones.
    """

    def __init__(self, total: int, clock: Callable[[], float]) -> None:
        self.total = total
        self.left = total
        self.readers: dict[Lease, Callable[[], None]] = {}
        self._clock = clock

    @contextmanager
    def lease(self, is_known: bool = True) -> Iterator[Lease]:
        """Yield what holds the bytes of one request until the block is left."""
        lease = Lease(self, is_known, self._clock())
        try:
            yield lease
        finally:
            self._release(lease)

    def take(self, lease: Lease, size: int) -> None:
        """Give a lease so many bytes more."""
        kept = 0 if lease.held + size <= SMALL else self.total // KEPT_FOR_SMALL
        if size > self.left - kept:
            self._make_room(lease, size + kept)
        if size > self.left - kept:
            raise BusyError
        self.left -= size
        lease.held += size

    def _make_room(self, lease: Lease, wanted: int) -> None:
        """End the worst of those that are still read, some more at once, as looking for them takes time."""
        now = self._clock()
        mine = _burden(lease, now)
        others = [each for each in self.readers if each is not lease and each.held]
        for each in sorted(others, key=lambda other: _burden(other, now), reverse=True):
            if self.left >= wanted + self.total // 16 or _burden(each, now) <= mine:
                return
            give_up = self.readers.pop(each)
            self._release(each)
            give_up()

    def _release(self, lease: Lease) -> None:
        self.left += lease.held
        lease.held = 0


def _burden(lease: Lease, now: float) -> tuple[bool, float]:
    return not lease.is_known, lease.held * (now - lease.since)
