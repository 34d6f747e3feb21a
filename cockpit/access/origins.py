"""Whether a request is meant for this cockpit, and one that changes something comes from its pages."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from answers.words import marked
from cockpit.access.refusals import RefusedError
from hosts import host_of, is_loopback
from settings import Settings

SAFE: Final = ("GET", "HEAD")
HEALTH: Final = "/healthz"  # asked by address, of whatever name
WRONG_HOST: Final = marked("The cockpit isn't at this address: LEADTRACE_COCKPIT_PUBLIC_URL says where it is")
ELSEWHERE: Final = marked(
    "This didn't come from a page of the cockpit: open the page again, and repeat it there"
)
_EVERYWHERE: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound


class Origins:
    """The names under which the cockpit is reached, and the origins of its pages."""

    def __init__(self, given: Settings) -> None:
        self._public = given.cockpit_public_url
        named = {urlsplit(self._public).hostname or "", given.cockpit_host.lower()}
        self._hosts = named - set(_EVERYWHERE)

    def check(self, request: web.Request) -> None:
        """Raise RefusedError if a page of another site may be behind a request.

        A site whose name leads to this machine (DNS rebinding) still shows its own name; a form of another
        site says where it stands.
        """
        if request.path != HEALTH and not self._is_ours(request):
            raise RefusedError(421, WRONG_HOST)
        if request.method not in SAFE and not self._is_same(request):
            raise RefusedError(403, ELSEWHERE)

    def is_secure(self) -> bool:
        """Whether browsers reach the cockpit over TLS."""
        return self._public.startswith("https:")

    def _is_ours(self, request: web.Request) -> bool:
        told = request.headers.getall("Host", [])
        host = host_of(told[0]).lower().rstrip(".") if len(told) == 1 else ""
        return is_loopback(host) or host in self._hosts

    def _is_same(self, request: web.Request) -> bool:
        site = request.headers.getall("Sec-Fetch-Site", [])
        if site:
            return site == ["same-origin"]
        # Browsers of before 2023 say only where the page stood.
        origin = request.headers.getall("Origin", [])
        host = request.headers.get("Host", "")
        return len(origin) == 1 and origin[0] in (self._public or None, f"http://{host}")
