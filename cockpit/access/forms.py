"""What a form says: read within bounds, and taken only from a page that we gave to the same browser."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from answers.words import marked
from cockpit.access.cookies import is_same
from cockpit.access.refusals import RefusedError

TOKEN: Final = "token"  # noqa: S105 - the name of a field
SECONDS: Final = 10.0
MOST_FIELDS: Final = 50
OLD: Final = marked("The page was open for too long, or in two windows: open it again, and repeat it there")
LARGE: Final = marked("The form is too large")
NO_FORM: Final = marked("This is no form of the cockpit")


async def form_of(request: web.Request, token: str) -> Mapping[str, str]:
    """The fields of a form that shows this token. Raises RefusedError (400, 403, 408, 413)."""
    is_packed = "Content-Encoding" in request.headers
    if is_packed or request.content_type != "application/x-www-form-urlencoded":
        raise RefusedError(415, NO_FORM)
    if (request.content_length or 0) > request.client_max_size:
        raise RefusedError(413, LARGE)
    try:
        async with asyncio.timeout(SECONDS):
            told = await request.post()
    except TimeoutError:
        raise RefusedError(408, marked("The form came too slowly: send it again")) from None
    except web.HTTPRequestEntityTooLarge:
        raise RefusedError(413, LARGE) from None
    except (web.HTTPException, web.RequestPayloadError, ConnectionError, ValueError, LookupError):
        raise RefusedError(400, NO_FORM) from None
    fields = {name: value for name, value in told.items() if isinstance(value, str)}
    if len(told) > MOST_FIELDS or len(fields) < len(told):
        raise RefusedError(400, NO_FORM)
    if not token or not is_same(fields.get(TOKEN, ""), token):
        raise RefusedError(403, OLD)
    return fields


def moved(path: str) -> web.Response:
    """Send a browser on, so that to load the page again repeats nothing."""
    return web.Response(status=303, headers={"Location": path})
