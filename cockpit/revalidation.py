"""Pages that a browser has already: as long as what is kept is the same, nothing is made or sent again."""

import hashlib
import secrets
from typing import Final

from aiohttp import web

from cockpit.access.gate import USER
from cockpit.asked import Asked
from cockpit.asking import Ask

# Another process may have other templates.
_PROCESS: Final = secrets.token_hex(8)


def version_of(request: web.Request, ask: Ask, asked: Asked) -> str:
    """What tells a page from all that it could be else: the data, the address, the language, who looks.

    Empty if answers hold for a moment only.
    """
    if not ask.state:
        return ""
    told = (_PROCESS, ask.state, request.path_qs, asked.language, asked.newest, request.get(USER))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def is_there(request: web.Request, version: str) -> bool:
    """Whether the browser has this version."""
    return bool(version) and any(each.value == version for each in request.if_none_match or ())


def unchanged(version: str) -> web.Response:
    """The answer that the browser's page is the one of now."""
    return marked_with(web.Response(status=304), version)


def marked_with(response: web.Response, version: str) -> web.Response:
    """An answer that only this browser may keep, and asks about each time."""
    response.headers["Cache-Control"] = "private, no-cache"
    if version:
        response.etag = version
    return response
