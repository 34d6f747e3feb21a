"""Who may ask now: each request costs its caller a token, and with a write key one of the key's."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from producers.collector.callers import caller_of
from producers.collector.rates import Rate
from producers.collector.refusals import RefusedError

HEALTH: Final = "/healthz"  # asked by load balancers, and answered from memory
CALLER: Final = web.RequestKey("caller", str)
_TOO_OFTEN: Final = "you send more than is taken from one address: send it again later"
_TOO_OFTEN_WITH_KEY: Final = "more is sent with this key than is taken: send it again later"


class Admission:
    """The limits per address and per key, 0 for none, in requests a second; `proxies` stand before us."""

    def __init__(
        self,
        per_address: float,
        per_key: float,
        proxies: int = 0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._addresses = Rate(per_address)
        self._keys = Rate(per_key)
        self._proxies = proxies
        self._clock = clock or (lambda: asyncio.get_running_loop().time())

    def admit(self, request: web.Request) -> None:
        """Find out who calls, and raise RefusedError (429) if he does so too often; nothing is read yet."""
        caller = caller_of(request, self._proxies)
        request[CALLER] = caller
        if request.path != HEALTH:
            self._take(self._addresses, caller, _TOO_OFTEN)

    def admit_key(self, key: bytes | None) -> None:
        """Raise RefusedError (429) if too much is sent with this key; without one it says nothing."""
        if key:
            self._take(self._keys, key, _TOO_OFTEN_WITH_KEY)

    def _take(self, rate: Rate, caller: str | bytes, sentence: str) -> None:
        now = self._clock()
        if wait := rate.wait(caller, now):
            raise RefusedError(429, sentence, retry_after=wait)
        rate.take(caller, 1, now)
