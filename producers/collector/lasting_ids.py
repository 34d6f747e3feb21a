"""The id of a browser in a cookie that we set: one that a page's script sets, Safari forgets after a week."""

import re
from typing import Final

from aiohttp import web

from attribution.url import site_of
from producers.collector.entrance import told_as_json
from producers.publishing.collected import Collected

COOKIE: Final = "_leadtrace"
SECONDS: Final = 400 * 86_400  # longer, no browser keeps one
_BROWSER: Final = re.compile(rb"anon:([A-Za-z0-9_-]{8,64})")


def told_with_id(request: web.Request, told: Collected) -> web.Response:
    """Answer as usual, and keep the id that the tag has chosen, if it may be kept."""
    response = told_as_json(request, told)
    origin = request.headers.get("Origin", "")
    browsers = (found[1] for each in told.records if (found := _BROWSER.fullmatch(each.key)))
    if origin and (site := site_shared(origin, request.host)) and (known := next(browsers, None)):
        keep_id(response, known.decode(), site, is_secure=origin.startswith("https:"))
    return response


def site_shared(page: str, collector: str) -> str:
    """The site of which both are hosts, "" if they are of two: then no cookie of ours is the page's own."""
    site = site_of(page)
    return site if site == site_of(f"//{collector}") else ""


def keep_id(response: web.StreamResponse, known: str, site: str, *, is_secure: bool) -> None:
    """Set the cookie, for all hosts of a site; its scripts may read it, as they may read the one they set."""
    response.set_cookie(
        COOKIE, known, domain=site, max_age=SECONDS, path="/", secure=is_secure, samesite="Lax"
    )
