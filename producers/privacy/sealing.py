"""Seals what a lead gave of itself under a key, so that only who sends it to a CRM can open it."""

import base64
import hashlib
import secrets
from typing import Any, Final

from settings import Settings, SettingsError

_NONCE: Final = 12  # bytes, of AES-GCM
_NEEDED: Final = "LEADTRACE_CONTACTS_KEY needs the package cryptography: pip install 'leadtrace[outbox]'"


class NotOurSealError(ValueError):
    """It was sealed under another key, or for another place; the text says neither."""


class Sealer:
    """AES-256-GCM; what is sealed `about` one thing can't be taken for something about another."""

    def __init__(self, key: str) -> None:
        """Raises SettingsError without the package that encrypts."""
        self._cipher = _library()(hashlib.sha256(b"leadtrace contacts\n" + key.encode()).digest())

    def seal(self, text: str, about: str) -> str:
        """The text sealed, as base64: another one each time."""
        nonce = secrets.token_bytes(_NONCE)
        sealed: bytes = self._cipher.encrypt(nonce, text.encode(), about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, about: str) -> str:
        """The text. Raises NotOurSealError."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            plain: bytes = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except Exception:  # whatever the library raises, the bytes are not ours
            raise NotOurSealError("it can't be opened with this key") from None
        return plain.decode()


def sealer_of(given: Settings) -> Sealer | None:
    """What seals and opens by the settings; None if contacts are not kept. Raises SettingsError."""
    key = given.contacts_key.get_secret_value()
    return Sealer(key) if key else None


def _library() -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise SettingsError(_NEEDED) from None
    return AESGCM
