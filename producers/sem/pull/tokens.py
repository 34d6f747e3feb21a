"""Access tokens that end: fetched anew in time, or when one is refused, and kept where they change."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from producers.sem.pull.platform import PullError

_EARLY: Final = 60.0  # seconds before its end a token is no longer used


@dataclass(frozen=True, slots=True)
class Granted:
    """A token for so many seconds; `refresh` is the one to ask for the next, "" if it stays the same."""

    access: str = field(repr=False)
    seconds: float
    refresh: str = field(default="", repr=False)


Fetch = Callable[[str], Awaitable[Granted]]


class Kept(Protocol):
    """Where refresh tokens stand that a platform exchanged for others; by a name that is no secret."""

    def read(self, name: str) -> str:
        """Return what is kept, "" if nothing is."""

    def write(self, name: str, token: str) -> None:
        """Keep a token in place of what was kept."""


class Nowhere:
    """Keeps nothing beyond this process."""

    def read(self, name: str) -> str:  # noqa: ARG002 - of the interface
        """Return what is kept: nothing."""
        return ""

    def write(self, name: str, token: str) -> None:
        """Keep a token in place of what was kept: nowhere."""


class Tokens:
    """The access tokens of one login, of which any number of tasks make use.

    `fetch` asks for the next with a refresh token, which at first is the one that was configured: where the
    platform exchanges them, the newest is kept for it, until another one is configured.
    """

    def __init__(self, configured: str, fetch: Fetch, kept: Kept, fixed: str = "") -> None:
        self._fetch = fetch
        self._kept = kept
        self._name = hashlib.sha256(configured.encode()).hexdigest()[:16]
        self._refresh = kept.read(self._name) or configured
        self._access = fixed
        self._until = float("inf") if fixed else 0.0
        self._is_renewable = bool(configured)
        self._lock = asyncio.Lock()

    async def access(self) -> str:
        """Return a token that is good for a while. Raises PullError."""
        async with self._lock:
            if time.monotonic() > self._until and self._is_renewable:
                await self._renew()
            return self._access

    async def after(self, refused: str) -> str:
        """Return another token than one that the platform has refused; the same if there is none to be had.

        Raises PullError.
        """
        async with self._lock:
            if self._access == refused and self._is_renewable:
                await self._renew()
            return self._access

    async def _renew(self) -> None:
        # Another process may have exchanged it meanwhile, even while this one asks.
        self._refresh = self._kept.read(self._name) or self._refresh
        try:
            granted = await self._fetch(self._refresh)
        except PullError:
            newer = self._kept.read(self._name)
            if newer in ("", self._refresh):
                raise
            self._refresh = newer
            granted = await self._fetch(newer)
        self._access = granted.access
        self._until = time.monotonic() + granted.seconds - _EARLY
        if granted.refresh and granted.refresh != self._refresh:
            self._refresh = granted.refresh
            self._kept.write(self._name, granted.refresh)
