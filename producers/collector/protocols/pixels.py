"""What trackers send in a query or a form, and the picture of one pixel that those want who load one."""

from base64 import b64decode
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from producers.outcomes.left_out import UnusableError
from producers.publishing.collected import Collected

# The smallest picture there is: one transparent pixel.
_PICTURE: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_MOST_FIELDS: Final = 1000


def pixel(_: web.Request, __: Collected) -> web.Response:
    """Answer with a picture that no browser keeps."""
    headers = {"Cache-Control": "no-cache, no-store, must-revalidate, private"}
    return web.Response(body=_PICTURE, content_type="image/gif", headers=headers)


def fields_of(text: str | bytes) -> dict[str, str]:
    """Return the fields of a query or a form, of several of one name the last.

    Raises UnusableError if there are more than any tracker sends.
    """
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        return dict(parse_qsl(plain, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise UnusableError(f"the query has more than {_MOST_FIELDS} fields") from None


def told_in(request: web.Request, plain: bytes) -> dict[str, str]:
    """Return the fields of the request's query and of the form in its body; what the form says wins."""
    query = dict(request.query)
    return query | fields_of(plain) if plain else query


def keys_of(*shown: Any) -> tuple[bytes, ...]:
    """Return those of the values that may be keys, as they are compared."""
    return tuple(each.encode("utf-8", "surrogatepass") for each in shown if isinstance(each, str) and each)
