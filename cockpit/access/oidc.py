"""Login by an OpenID Connect provider: authorization code with PKCE, state and nonce.

Nothing is kept here between the two halves of a login: all three follow from one secret in a cookie.
"""

import asyncio
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp

from cockpit.access.cookies import derived, is_same
from cockpit.access.id_tokens import IdTokenError, UnknownKeyError, claims_of
from hosts import is_loopback
from settings import Settings

BACK: Final = "/login/oidc/back"
LARGEST: Final = 1 << 20
SECONDS: Final = 10.0
FRESH_FOR: Final = 3600.0
KEYS_EVERY: Final = 60.0
_NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class OidcError(RuntimeError):
    """A login by the provider fails; the text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as the provider knows him, and where he wanted to."""

    name: str
    groups: tuple[str, ...]
    wanted: str


class Provider:
    """The provider of the settings; what it says of itself is read when somebody logs in, and then kept."""

    def __init__(self, given: Settings, clock: Callable[[], float] = time.time) -> None:
        self._given, self._clock = given, clock
        self._told: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None
        self._reading = asyncio.Lock()

    async def start(self, secret: str, wanted: str) -> str:
        """The URL of the provider's login for the browser that keeps this secret. Raises OidcError."""
        told = await self._metadata()
        challenge = sha256(derived(secret, "verifier").encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._given.cockpit_oidc_client,
            "redirect_uri": self._back(),
            "scope": "openid profile email",
            "state": _state(secret, wanted),
            "nonce": derived(secret, "nonce"),
            "code_challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        at = told["authorization_endpoint"]
        return f"{at}{'&' if '?' in at else '?'}{urlencode(query)}"

    async def finish(self, secret: str, query: Mapping[str, str]) -> Identity:
        """Who comes back from the provider, with the secret of the start. Raises OidcError."""
        wanted = _wanted(query.get("state", ""))
        if not secret or not is_same(_state(secret, wanted), query.get("state", "")):
            raise OidcError("the login was begun in another browser, or is over")
        told = await self._metadata()
        if query.get("iss", told["issuer"]) != told["issuer"]:
            raise OidcError("another provider answered")
        if "error" in query or not query.get("code"):
            raise OidcError(f"the provider says {query.get('error', 'nothing')[:60]!r}")
        token = await self._id_token(told, query["code"], derived(secret, "verifier"))
        claims = await self._claims(told, token, derived(secret, "nonce"))
        return Identity(_name(claims), _groups(claims.get(self._given.cockpit_oidc_groups)), wanted)

    async def _id_token(self, told: Mapping[str, Any], code: str, verifier: str) -> str:
        client, secret = self._given.cockpit_oidc_client, self._given.cockpit_oidc_secret.get_secret_value()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back(),
            "code_verifier": verifier,
            "client_id": client,
        }
        headers = {}
        if secret and "client_secret_basic" in told.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            shown = aiohttp.encode_basic_auth(quote_plus(client), quote_plus(secret))
            headers = {"Authorization": shown}
        elif secret:
            form["client_secret"] = secret
        answer = await _asked("POST", told["token_endpoint"], data=form, headers=headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcError("the provider gave no id token")
        return token

    async def _claims(self, told: Mapping[str, Any], token: str, nonce: str) -> Mapping[str, Any]:
        client, now = self._given.cockpit_oidc_client, int(self._clock())
        try:
            try:
                keys = await self._known_keys(told["jwks_uri"], FRESH_FOR)
                return claims_of(token, keys, told["issuer"], client, nonce, now)
            except UnknownKeyError:
                # The provider may sign with new ones; whoever sends us tokens of his own makes us ask seldom.
                keys = await self._known_keys(told["jwks_uri"], KEYS_EVERY)
                return claims_of(token, keys, told["issuer"], client, nonce, now)
        except IdTokenError as error:
            raise OidcError(str(error)) from None

    async def _metadata(self) -> Mapping[str, Any]:
        async with self._reading:
            if self._told is None or self._clock() - self._told[0] > FRESH_FOR:
                issuer = self._given.cockpit_oidc_issuer
                told = await _asked("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
                if not all(isinstance(told.get(name), str) for name in _NEEDED):
                    raise OidcError(f"{issuer} doesn't say its {', '.join(_NEEDED)}")
                if told["issuer"].rstrip("/") != issuer.rstrip("/"):
                    raise OidcError(f"{issuer} says that it is another issuer")
                self._told = (self._clock(), told)
            return self._told[1]

    async def _known_keys(self, url: str, fresh_for: float) -> Mapping[str, Any]:
        async with self._reading:
            if self._keys is None or self._clock() - self._keys[0] > fresh_for:
                self._keys = (self._clock(), await _asked("GET", url))
            return self._keys[1]

    def _back(self) -> str:
        return self._given.cockpit_public_url + BACK


async def _asked(method: str, url: str, **options: Any) -> Mapping[str, Any]:
    """What the provider answers, as JSON. Raises OidcError."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise OidcError(f"the provider names {parts.scheme}://{parts.netloc}, where others could listen")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
            session.request(method, url, allow_redirects=False, **options) as answer,
        ):
            body = await answer.content.read(LARGEST + 1)
            while len(body) <= LARGEST and (more := await answer.content.read(LARGEST)):
                body += more
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise OidcError(f"{parts.netloc} can't be asked: {type(error).__name__}") from None
    if answer.status != 200 or len(body) > LARGEST:
        raise OidcError(f"{parts.netloc}{parts.path} answers {answer.status}")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise OidcError(f"{parts.netloc}{parts.path} answers no JSON object")
    return told


def _state(secret: str, wanted: str) -> str:
    return f"{derived(secret, f'state {wanted}')}.{urlsafe_b64encode(wanted.encode()).decode()}"


def _wanted(state: str) -> str:
    try:
        return urlsafe_b64decode(state.partition(".")[2].encode("ascii")).decode("utf-8")
    except ValueError:
        return ""


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("preferred_username", "email", "sub"):
        name = claims.get(claim)
        if isinstance(name, str) and 0 < len(name.strip()) <= 128 and name.isprintable():
            return name.strip()
    raise OidcError("the id token names nobody")


def _groups(told: Any) -> tuple[str, ...]:
    if isinstance(told, str):
        return (told,)
    return tuple(each for each in told if isinstance(each, str)) if isinstance(told, list) else ()
