"""From an HTTP request to its JSON, or to a refusal in one sentence."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import orjson
from aiohttp import web

from producers.collector.limits import BusyError, MalformedError, TooLargeError, unpacked
from producers.collector.refusals import RefusedError

BODY_SECONDS: Final = 10.0
_BOM: Final = b"\xef\xbb\xbf"


async def read_json(
    request: web.Request,
    reserve: Callable[[int], None],
    largest: int,
    look: Callable[[bytes], None] | None = None,
) -> tuple[Any, int]:
    """Return the parsed body and its size, whatever content type it claims to have.

    `look` sees its bytes as they were sent, before anything is made of them.

    Raises RefusedError: 413 beyond `largest` bytes as sent or unpacked, 408 if it doesn't come within ten
    seconds, 503 if too much else is in work, 400 if it is not JSON in UTF-8.
    """
    too_large = RefusedError(413, f"the body is larger than {largest >> 10} KB: send less at once")
    if (request.content_length or 0) > largest:
        raise too_large
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read(request, reserve, largest)
        if look is not None:
            look(body)
        plain = unpacked(body, largest)
        reserve(max(0, len(plain) - len(body)))
        return orjson.loads(plain.removeprefix(_BOM)), len(plain)
    except TimeoutError:
        raise RefusedError(408, f"the body did not come within {BODY_SECONDS:.0f} seconds") from None
    except TooLargeError:
        raise too_large from None
    except BusyError:
        raise RefusedError(503, "too many requests are in work: send it again later") from None
    except MalformedError as error:
        raise RefusedError(400, f"{error}: send it again, whole") from None
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise RefusedError(400, f"the body is not JSON in UTF-8: {error.msg}, {where}") from None
    except (web.HTTPException, asyncio.CancelledError, RefusedError):
        raise
    except Exception:
        # What aiohttp raises here differs by how the body broke off; to the sender it is the same.
        raise RefusedError(400, "the body could not be read to its end: send it again, whole") from None


async def _read(request: web.Request, reserve: Callable[[int], None], largest: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        reserve(len(chunk))
        body += chunk
        if len(body) > largest:
            raise TooLargeError
    return bytes(body)
