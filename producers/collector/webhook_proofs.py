"""Who may post webhooks of a CRM: whoever signs with the system's secret, or shows it or a key for CRMs."""

import re
from collections.abc import Callable
from typing import Final

from aiohttp import web

from producers.collector.keys import Keys, Scope, credentials_in, matches
from producers.collector.refusals import RefusedError
from producers.crm.hubspot.signature import SIGNATURE as OF_HUBSPOT
from producers.crm.hubspot.signature import hubspot_signature
from producers.crm.signatures import Reader, Secrets, Sent, SignatureError, secrets_of, standard_signature
from settings import PREFIX, Settings

# What each system can show besides a signature by Standard Webhooks or its secret itself.
_READERS: Final[dict[str, Reader]] = {"hubspot": hubspot_signature}
_WRONG_SCOPE: Final = "this key is for events of websites: webhooks of a CRM need the secret of the CRM"


class WebhookProofs:
    """Asks each webhook for a proof; a system without a secret gets nothing in."""

    def __init__(self, settings: Settings, keys: Keys, clock: Callable[[], int]) -> None:
        self._keys = keys
        self._clock = clock
        self._public_url = settings.collector_public_url.encode()
        self._chosen = tuple(each.get_secret_value() for each in settings.webhook_secrets)
        self._key = settings.webhook_key.get_secret_value()

    def shown_before(self, request: web.Request, system: str) -> Callable[[bytes], None]:
        """Look at the headers, before anything of the body is read; return what looks at its bytes, as sent.

        Everything that the request shows has to be right. Raises RefusedError: 401, or 403 if the system has
        no secret, or the key is one for other things; so does what is returned (401).
        """
        secrets = secrets_of(system, self._chosen, self._key)
        if not secrets and not self._keys.has(Scope.CRM) and not self._keys.has(Scope.ADMIN):
            raise RefusedError(403, _closed(system))
        shown = credentials_in(request)
        if shown is not None:
            self._admit(shown, secrets)
        sent = self._sent(request)
        try:
            checks = [
                check
                for reader in (standard_signature, _READERS.get(system, _no_signature))
                if (check := reader(sent, secrets)) is not None
            ]
        except SignatureError as error:
            raise RefusedError(401, str(error)) from None
        if shown is None and not checks:
            raise RefusedError(401, _unsigned(system))

        def look(body: bytes) -> None:
            fit = [check(body) for check in checks]
            if not all(fit):
                raise RefusedError(401, self._misfit(system, sent))

        return look

    def _admit(self, shown: tuple[bytes, ...], secrets: Secrets) -> None:
        scopes = self._keys.scopes_of(shown)
        if matches(shown, secrets) or Scope.CRM in scopes or Scope.ADMIN in scopes:
            return
        if scopes:
            raise RefusedError(403, _WRONG_SCOPE)
        raise RefusedError(401, "the key in the Authorization header is not the secret of this system")

    def _sent(self, request: web.Request) -> Sent:
        headers: dict[bytes, tuple[bytes, ...]] = {}
        for name, value in request.raw_headers:
            headers[name.lower()] = (*headers.get(name.lower(), ()), value)
        base = self._public_url or b"http://" + b"".join(headers.get(b"host", ())[:1])
        target = request.raw_path.encode("utf-8", "surrogateescape")
        return Sent(request.method.encode(), base + target, headers, self._clock())

    def _misfit(self, system: str, sent: Sent) -> str:
        """Say what did not fit, and of HubSpot for which URL, since that is what mostly goes wrong."""
        text = "the signature fits neither this body nor the secrets of this system"
        if system not in _READERS or self._public_url:
            return text
        url = ascii(sent.uri.decode("utf-8", "replace"))[1:-1][:200]
        return (
            f"{text}; it was compared for the URL {url}: if {system} calls another one, set "
            f"{PREFIX}COLLECTOR_PUBLIC_URL to its beginning"
        )


def _no_signature(_sent: Sent, _secrets: Secrets) -> None:
    return None


def _closed(system: str) -> str:
    name = system if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", system) else "SYSTEM"
    return (
        f"webhooks of this system are closed, since it has no secret: set {PREFIX}WEBHOOK_SECRETS="
        f"{name}=SECRET, or {PREFIX}WEBHOOK_KEY, and `leadtrace webhook {name}` says the secret"
    )


def _unsigned(system: str) -> str:
    way = f"signed by {system} ({OF_HUBSPOT}), " if system in _READERS else ""
    return (
        f"webhooks have to be {way}signed by Standard Webhooks (webhook-signature), or to show the secret of "
        "the system as Authorization: Bearer or Basic; one in the URL counts for nothing"
    )
