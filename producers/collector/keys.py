"""Who may send: the write key that a request shows, looked at before its body wherever a header shows one."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from producers.collector.refusals import RefusedError

_REFUSED: Final = "the write key is missing or not one of those accepted here"


class WriteKeys:
    """The keys that are accepted; none at all means that everybody may send.

    A request is asked twice: by its headers before anything of its body is read, so that a wrong key costs
    us nothing, and by its body if the headers showed no key, as browsers can't always set one.
    """

    def __init__(self, accepted: Iterable[str]) -> None:
        self._accepted = tuple(key.encode() for key in accepted)

    def shown_before(self, request: web.Request) -> bool:
        """Tell whether the headers are enough to let the request in; False if its body has to show a key.

        Raises RefusedError (401) if a header shows a key that isn't accepted.
        """
        if not self._accepted:
            return True
        shown = _key_in_header(request.headers.get("Authorization", ""))
        if shown is None:
            return False
        if not self._accepts([shown]):
            raise RefusedError(401, _REFUSED)
        return True

    def shown_within(self, body: Any) -> None:
        """Raise RefusedError (401) unless the parsed body shows a key that is accepted."""
        if self._accepted and not self._accepts(_keys_in_body(body)):
            raise RefusedError(401, _REFUSED)

    def _accepts(self, given: Iterable[str]) -> bool:
        """Tell whether one of the keys given is accepted, in a time that tells nothing about them."""
        hits = [
            hmac.compare_digest(mine.encode("utf-8", "replace"), key)
            for mine in given
            for key in self._accepted
        ]
        return any(hits)


def _key_in_header(header: str) -> str | None:
    """Return the user of HTTP Basic or the Bearer token; "" of a header that holds neither, None of none."""
    if not header:
        return None
    scheme, _, credentials = header.partition(" ")
    match scheme.lower():
        case "bearer":
            return credentials.strip()
        case "basic":
            try:
                return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[0]
            except (binascii.Error, ValueError):  # no base64, no ASCII, or no UTF-8 within
                raise RefusedError(401, "the Authorization header is not HTTP Basic") from None
        case _:
            return ""


def _keys_in_body(body: Any) -> list[str]:
    """Return the keys that stand in a body or, as those of browser SDKs, in its first event."""
    given: list[Any] = []
    for holder in (body, *_first(body)):
        if isinstance(holder, dict):
            given += [holder.get("writeKey"), holder.get("write_key")]
    return [key for key in given if isinstance(key, str) and key]


def _first(body: Any) -> list[Any]:
    events = body.get("batch", body.get("events")) if isinstance(body, dict) else body
    return events[:1] if isinstance(events, list) else []
