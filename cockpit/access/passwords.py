"""Passwords: hashed so that guessing one costs time and memory, and verified a few at a time."""

import asyncio
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 1000
AT_ONCE: Final = 2  # each takes 64 MB and a CPU
MOST_WAITING: Final = 16
# Of no password: what is verified for a name that nobody has, so that it takes as long.
_NOBODY: Final = (  # of a random text that nobody kept
    "$argon2id$v=19$m=65536,t=3,p=4$/gsz1o0sDlFkNlbFYMR4EQ$oWsoxQmvsppeotWqGnCaVq05jtXOvbHlhvX6F8gko9g"
)


class PasswordError(ValueError):
    """This can't be a password; the text says why."""


class BusyError(RuntimeError):
    """More passwords wait to be verified than should."""


def hashed(password: str) -> str:
    """Return the hash of a password (argon2id). Raises PasswordError."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError(
            f"a password has {SHORTEST} to {LONGEST} characters: take a sentence, or several words"
        )
    return PasswordHasher().hash(_normal(password))


def is_hash(text: str) -> bool:
    """Whether a text is a hash that `verify` understands."""
    try:
        PasswordHasher().check_needs_rehash(text)
    except InvalidHashError:
        return False
    return text.startswith("$argon2id$")


def verify(known: str | None, password: str) -> bool:
    """Whether the password is the one of this hash; without a hash it isn't, and takes as long to say so."""
    try:
        is_right = PasswordHasher().verify(known or _NOBODY, _normal(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return is_right and known is not None


class Verifier:
    """Verifies passwords beside the loop that serves pages, so that many take no more than their share."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def verify(self, known: str | None, password: str) -> bool:
        """As `verify` says. Raises BusyError."""
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.to_thread(verify, known, password)
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    """The same text for the same keys pressed, whichever way a system puts accents."""
    return unicodedata.normalize("NFC", password)
