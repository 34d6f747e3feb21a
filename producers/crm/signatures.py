"""How a webhook shows that it comes from its CRM: a signature over its body, with a time, and a secret."""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

OLDEST: Final = 5 * 60 * 1000  # milliseconds
AHEAD: Final = 30 * 1000  # as far as two clocks that are set by the network may differ
MOST_SIGNATURES: Final = 8
MADE_FOR: Final = b"leadtrace webhooks of "

Secrets = tuple[bytes, ...]


class SignatureError(Exception):
    """What a request shows is no signature that can be checked; the text is a sentence for its sender."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as its sender saw it, without its body.

    `uri` is the whole URL as it was written, `headers` the values of each header, its name in small letters.
    `received_at` is in UTC milliseconds.
    """

    method: bytes
    uri: bytes
    headers: Mapping[bytes, tuple[bytes, ...]]
    received_at: int

    def header(self, name: str) -> bytes | None:
        """The one value of a header, None if there is none. Raises SignatureError if there are several."""
        values = self.headers.get(name.lower().encode(), ())
        if len(values) > 1:
            raise SignatureError(f"the header {name} stands there {len(values)} times")
        return values[0].strip() if values else None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that is yet to be compared: HMAC-SHA256 in base64, over a frame with the body in it.

    Any of `given` may be right, and any of `frames` may be what was signed: what stands before the body, and
    after it.
    """

    given: tuple[bytes, ...]
    frames: tuple[tuple[bytes, bytes], ...]

    def fits(self, body: bytes, keys: Iterable[bytes]) -> bool:
        """Whether it was made with one of these keys, in a time that tells nothing about them."""
        made = [_signed(key, before, body, after) for key in keys for before, after in self.frames]
        hits = [hmac.compare_digest(mine, theirs) for mine in made for theirs in self.given]
        return any(hits)


Reader = Callable[[Sent, Secrets], Callable[[bytes], bool] | None]


def standard_signature(sent: Sent, secrets: Secrets) -> Callable[[bytes], bool] | None:
    """Read the signature of Standard Webhooks; return what checks it by the body, None if there is none.

    Headers webhook-id, webhook-timestamp (UTC seconds) and webhook-signature (`v1,` and base64, several
    between spaces), over `id.timestamp.body`. A secret that begins with whsec_ is base64 after that.
    Raises SignatureError.
    """
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    name, stamp, listed = (sent.header(each) for each in names)
    if name is None and stamp is None and listed is None:
        return None
    if not name or not stamp or not listed:
        raise SignatureError(f"of the headers {', '.join(names)} one is missing")
    check_time(stamp, 1000, sent.received_at)
    given = tuple(part[3:] for part in listed.split() if part.startswith(b"v1,"))[:MOST_SIGNATURES]
    signature = Signature(given, ((name + b"." + stamp + b".", b""),))
    keys = [_key_of(secret) for secret in secrets]
    return lambda body: signature.fits(body, keys)


def check_time(stamp: bytes, unit: int, now: int) -> None:
    """Raise SignatureError unless a time in units of so many milliseconds is now or a little before."""
    if not re.fullmatch(rb"[0-9]{1,15}", stamp):
        raise SignatureError("the time of the signature is no number")
    age = now - int(stamp) * unit
    if age > OLDEST:
        raise SignatureError("the signature is older than five minutes: sign it again")
    if age < -AHEAD:
        raise SignatureError("the time of the signature lies in the future: set the sender's clock")


def secrets_of(system: str, chosen: Iterable[str], key: str) -> Secrets:
    """The secrets of a system: those chosen for it (SYSTEM=SECRET), else the one that follows from the key.

    None if there is neither. `key` is the secret from which those of all systems are made.
    """
    mine = tuple(
        secret.encode("utf-8", "surrogateescape")
        for name, _, secret in (each.partition("=") for each in chosen)
        if name == system
    )
    if mine or not key:
        return mine
    made = hmac.new(key.encode(), MADE_FOR + system.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return (made.hexdigest().encode(),)


def _signed(key: bytes, before: bytes, body: bytes, after: bytes) -> bytes:
    made = hmac.new(key, before, hashlib.sha256)
    made.update(body)
    made.update(after)
    return b64encode(made.digest())


def _key_of(secret: bytes) -> bytes:
    if not secret.startswith(b"whsec_"):
        return secret
    try:
        return b64decode(secret[6:], validate=True)
    except ValueError:
        return secret
