"""How often a password may be tried: by address and by account, so that no stranger locks anybody out."""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from producers.collector.rates import Rate


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries: the name, the network it comes from, and what its browser shows of an earlier login."""

    name: str
    caller: str
    device: str = ""


class Attempts:
    """Counts attempts. A browser in which somebody has logged in before is counted by itself.

    So whoever tries passwords of an account makes other strangers wait, and not the one whose account it is
    (device cookies, as OWASP describes them).
    """

    def __init__(self, key: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        self._key, self._clock = key, clock
        # Twenty at once from an address, five with a name; then one in a quarter of a minute, or a minute.
        self._addresses = Rate(1 / 15, burst=300)
        self._pairs = Rate(1 / 60, burst=300)
        self._strangers = Rate(1 / 15, burst=300)
        self._devices = Rate(1 / 60, burst=300)

    def wait(self, attempt: Attempt) -> float:
        """Take an attempt; the seconds to wait if it must not be made now."""
        now = self._clock()
        counted = [(self._addresses, attempt.caller)]
        if self.is_known(attempt):
            counted.append((self._devices, attempt.device))
        else:
            counted += [
                (self._pairs, f"{attempt.name}\n{attempt.caller}"),
                (self._strangers, attempt.name),
            ]
        longest = max(rate.wait(who, now) for rate, who in counted)
        if not longest:
            for rate, who in counted:
                rate.take(who, 1, now)
        return longest

    def succeeded(self, attempt: Attempt) -> None:
        """Forget what was counted against somebody who turned out to be who he says."""
        self._pairs.forgive(f"{attempt.name}\n{attempt.caller}")
        self._devices.forgive(attempt.device)

    def device(self, name: str) -> str:
        """What a browser keeps after a login with this name."""
        made = secrets.token_urlsafe(16)
        return f"{made}.{self._sign(made, name)}"

    def is_known(self, attempt: Attempt) -> bool:
        """Whether somebody has logged in with this name in this browser."""
        made, _, signature = attempt.device.partition(".")
        expected = self._sign(made, attempt.name).encode()
        return hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass"))

    def _sign(self, made: str, name: str) -> str:
        told = f"{made}\n{name}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, told, sha256).hexdigest()
