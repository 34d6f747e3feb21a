"""The cockpit's cookies, and the tokens of forms that follow from them."""

import hmac
import secrets
from hashlib import sha256
from typing import Final

from aiohttp import web

from hosts import host_of

SESSION: Final = "session"
VISIT: Final = "visit"  # before a login: what its form, or an OIDC provider, has to bring back
DEVICE: Final = "device"
DEVICE_SECONDS: Final = 180 * 86_400
_LONGEST: Final = 200


class Cookies:
    """Cookies that no script and no other host sees.

    Over TLS they have the prefix `__Host-`, so that no neighbouring host can plant them. On one's own machine
    there is no TLS, and not every browser takes a Secure cookie there: they have neither, but the port in
    their name, since browsers share cookies between all ports of a machine.
    """

    def __init__(self, is_secure: bool) -> None:
        self._is_secure = is_secure

    def get(self, request: web.Request, what: str) -> str:
        """What the browser sent, "" if nothing that we gave it."""
        value = request.cookies.get(self._name(request, what), "")
        return value if len(value) <= _LONGEST and value.isascii() else ""

    def put(
        self,
        request: web.Request,
        response: web.StreamResponse,
        what: str,
        value: str,
        seconds: int | None = None,
    ) -> None:
        """Let the browser keep a value, until it is closed or for so many seconds."""
        response.set_cookie(
            self._name(request, what),
            value,
            path="/",
            max_age=seconds,
            secure=self._is_secure,
            httponly=True,
            samesite="Lax",
        )

    def drop(self, request: web.Request, response: web.StreamResponse, what: str) -> None:
        """Let the browser forget a value."""
        response.del_cookie(
            self._name(request, what), path="/", secure=self._is_secure, httponly=True, samesite="Lax"
        )

    def _name(self, request: web.Request, what: str) -> str:
        if self._is_secure:
            return f"__Host-leadtrace-{what}"
        told = request.headers.get("Host", "")
        port = told.rpartition(":")[2] if told.strip("[]") != host_of(told) else "80"
        return f"leadtrace-{what}-{port if port.isdecimal() else '80'}"


def fresh() -> str:
    """A value that nobody can guess."""
    return secrets.token_urlsafe(32)


def derived(secret: str | bytes, purpose: str) -> str:
    """What only who knows the secret can make for a purpose; it tells nothing of the secret."""
    key = secret if isinstance(secret, bytes) else secret.encode("utf-8", "surrogatepass")
    return hmac.new(key, purpose.encode(), sha256).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing about them."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
