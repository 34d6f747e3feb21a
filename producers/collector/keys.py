"""Which keys there are and what each may do: the one place where a key that is shown meets those we know."""

import hmac
from base64 import b64decode
from collections.abc import Collection, Iterable
from enum import Enum
from typing import Any, Final

from aiohttp import web
from pydantic import SecretStr

from hosts import is_loopback
from producers.collector.refusals import RefusedError
from settings import PREFIX, Settings, SettingsError

_MISSING: Final = "the write key is missing or not one of those accepted here"
_OF_A_CRM: Final = "this key is for webhooks of a CRM: events of websites need one of theirs"


class Scope(Enum):
    """What a key may do; an admin key may do everything."""

    WEBSITE = "website"
    CRM = "crm"
    ADMIN = "admin"


class Keys:
    """The keys of each scope."""

    def __init__(self, settings: Settings) -> None:
        self._by_scope = {
            Scope.WEBSITE: _secret_bytes(settings.collector_write_keys),
            Scope.CRM: _secret_bytes(settings.collector_crm_keys),
            Scope.ADMIN: _secret_bytes(settings.collector_admin_keys),
        }

    def has(self, scope: Scope) -> bool:
        """Whether there is a key with this scope."""
        return bool(self._by_scope[scope])

    def scopes_of(self, shown: Collection[bytes]) -> frozenset[Scope]:
        """What the keys shown may do, in a time that tells nothing about those we know."""
        return frozenset(scope for scope, known in self._by_scope.items() if matches(shown, known))


class WriteKeys:
    """Who may send events of websites; everybody, if there is no key for it.

    A request is asked twice: by its headers before anything of its body is read, so that a wrong key costs
    us nothing, and by its body if the headers showed no key, as browsers can't always set one.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def shown_before(self, shown: tuple[bytes, ...] | None) -> bytes | None:
        """Return which of the keys in its head lets a request in, b"" where none is asked for.

        None if the body has to show one. Raises RefusedError: 401 if a head shows a key that we don't know,
        403 if it is for other things.
        """
        if not self._keys.has(Scope.WEBSITE):
            return b""
        return None if shown is None else self._admitted(shown)

    def shown_within(self, shown: tuple[bytes, ...]) -> bytes:
        """Return which of the keys in its body lets a request in; raise RefusedError (401, 403) if none."""
        return self._admitted(shown) if self._keys.has(Scope.WEBSITE) else b""

    def _admitted(self, shown: Collection[bytes]) -> bytes:
        allowed = {each: self._keys.scopes_of((each,)) for each in shown}
        fit = [each for each, scopes in allowed.items() if scopes & {Scope.WEBSITE, Scope.ADMIN}]
        if fit:
            return fit[0]
        raise RefusedError(403, _OF_A_CRM) if any(allowed.values()) else RefusedError(401, _MISSING)


def matches(shown: Iterable[bytes], known: Iterable[bytes]) -> bool:
    """Whether one of the keys shown is one of those known; each is compared with each, in constant time."""
    known = tuple(known)
    hits = [hmac.compare_digest(mine, theirs) for mine in shown for theirs in known]
    return any(hits)


def credentials_in(request: web.Request) -> tuple[bytes, ...] | None:
    """The keys that the Authorization header shows: the Bearer token; of HTTP Basic user, password and both.

    None without the header, nothing of a scheme that we don't know. Raises RefusedError (401).
    """
    values = [value for name, value in request.raw_headers if name.lower() == b"authorization"]
    if not values or values == [b""]:
        return None
    if len(values) > 1:
        raise RefusedError(401, f"the header Authorization stands there {len(values)} times")
    scheme, _, credentials = values[0].partition(b" ")
    match scheme.lower():
        case b"bearer":
            return (credentials.strip(),)
        case b"basic":
            try:
                both = b64decode(credentials.strip(), validate=True)
            except ValueError:
                raise RefusedError(401, "the Authorization header is not HTTP Basic") from None
            user, _, password = both.partition(b":")
            return user, password, both
        case _:
            return ()


def user_in(request: web.Request) -> tuple[bytes, ...] | None:
    """The key that the Authorization header shows, as SDKs send it: as the user, or the Bearer token."""
    shown = credentials_in(request)
    return None if shown is None else shown[:1]


def keys_in_body(body: Any) -> tuple[bytes, ...]:
    """Return the keys that stand in a body or, as those of browser SDKs, in its first event."""
    given: list[Any] = []
    for holder in (body, *_first(body)):
        if isinstance(holder, dict):
            given += [holder.get("writeKey"), holder.get("write_key")]
    return tuple(key.encode("utf-8", "surrogatepass") for key in given if isinstance(key, str) and key)


def refuse_open_door(settings: Settings) -> None:
    """Raise SettingsError if others than this machine could send and no key says who may."""
    if settings.collector_write_keys or is_loopback(settings.collector_host):
        return
    raise SettingsError(
        f"{PREFIX}COLLECTOR_HOST={settings.collector_host} lets other machines in, and without "
        f"{PREFIX}COLLECTOR_WRITE_KEYS every one of them could send: set it to a key for your websites "
        "(openssl rand -hex 16)"
    )


def _secret_bytes(keys: Iterable[SecretStr]) -> tuple[bytes, ...]:
    return tuple(key.get_secret_value().encode("utf-8", "surrogateescape") for key in keys)


def _first(body: Any) -> list[Any]:
    events = body.get("batch", body.get("events")) if isinstance(body, dict) else body
    return events[:1] if isinstance(events, list) else []
