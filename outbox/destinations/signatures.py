"""Signatures of webhooks by Standard Webhooks: HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes of a secret


def secret_of(text: str) -> bytes | None:
    """The bytes of a secret as it is shown to people, whsec_ and base64; None if it is none."""
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if _SHORTEST <= len(secret) <= _LONGEST else None


def signature(secret: bytes, message: str, seconds: int, body: bytes) -> str:
    """The signature of one attempt, with its version before it."""
    signed = f"{message}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
