"""From an HTTP request to the bytes of its body, and from these to JSON, or to a refusal in one sentence."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import orjson
from aiohttp import web

from producers.collector.budget import BusyError, Lease
from producers.collector.refusals import RefusedError
from producers.collector.turns import CrowdedError, TooMuchWorkError
from producers.collector.unpacking import MalformedError, TooLargeError, unpacked

STALLED_SECONDS: Final = 10.0  # without a byte
GRACE_SECONDS: Final = 10.0  # before the rate of a body counts
SLOWEST: Final = 8 << 10  # bytes per second
HELD_BACK_SECONDS: Final = 5.0
LIGHT: Final = 8 << 10  # bytes of a body, unpacked, that is worked on at once
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_ROOM: Final = "too many requests are in work: send it again later"
_BOM: Final = b"\xef\xbb\xbf"


async def read_body(request: web.Request, lease: Lease, largest: int) -> bytes:
    """Return the body as it was sent.

    Raises RefusedError: 413 beyond `largest` bytes, 408 if nothing comes for ten seconds or, after ten, it
    comes with less than 8 KB a second, 503 if there is no room for it, or others need its room, 400 if it
    breaks off.
    """
    if (request.content_length or 0) > largest:
        raise _too_large(largest)
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(_CONTINUE)
    try:
        if request.content.is_eof():  # it came with the head, as small ones do
            body = request.content.read_nowait()
            lease.reserve(len(body))
        else:
            body = await _awaited(request, lease, largest)
    except BusyError:
        await _hold_back(request)
        raise RefusedError(503, _NO_ROOM) from None
    except (web.HTTPException, asyncio.CancelledError, RefusedError):
        raise
    except Exception:
        # What aiohttp raises here differs by how the body broke off; to the sender it is the same.
        raise RefusedError(400, "the body could not be read to its end: send it again, whole") from None
    if len(body) > largest:
        raise _too_large(largest)
    return body


async def _awaited(request: web.Request, lease: Lease, largest: int) -> bytes:
    """Read a body that is still on its way."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    body = bytearray()
    is_given_up = False

    def give_up() -> None:
        nonlocal is_given_up
        is_given_up = True
        with suppress(RuntimeError):  # it has just come to its end by itself
            patience.reschedule(began)

    try:
        async with asyncio.timeout_at(began + STALLED_SECONDS) as patience:
            with lease.read(give_up):
                async for chunk in request.content.iter_any():
                    lease.reserve(len(chunk))
                    body += chunk
                    if len(body) > largest:
                        raise _too_large(largest)
                    slowest = began + GRACE_SECONDS + len(body) / SLOWEST
                    patience.reschedule(min(loop.time() + STALLED_SECONDS, slowest))
        return bytes(body)
    except TimeoutError:
        if not is_given_up:
            raise RefusedError(408, "the body came too slowly: send it again, whole") from None
        body.clear()
        await _hold_back(request)
        raise RefusedError(503, _NO_ROOM) from None


async def _hold_back(request: web.Request) -> None:
    """Let a sender wait for his refusal, unread: at once he would only send as much again."""
    if not request.content.is_eof():
        request.protocol.pause_reading()
    await asyncio.sleep(HELD_BACK_SECONDS)


@contextmanager
def understanding(largest: int) -> Iterator[None]:
    """Turn what may go wrong while a body becomes events into refusals."""
    try:
        yield
    except TooLargeError:
        raise _too_large(largest) from None
    except MalformedError as error:
        raise RefusedError(400, f"{error}: send it again, whole") from None
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise RefusedError(400, f"the body is not JSON in UTF-8: {error.msg}, {where}") from None
    except (BusyError, CrowdedError):
        raise RefusedError(503, _NO_ROOM) from None
    except TooMuchWorkError:
        raise RefusedError(413, "reading the body takes too long: send less at once") from None


def light(sent: bytes) -> bytes | None:
    """Return a body, unpacked, if there is little to do with it, else None."""
    if len(sent) > LIGHT:
        return None
    try:
        return unpacked(sent, LIGHT)
    except TooLargeError:
        return None


def parsed(plain: bytes) -> Any:
    """Return the JSON that a body holds, whatever content type it claims to have."""
    # Its values are no garbage yet, and looking for some among them takes ten times as long as reading them.
    gc.disable()
    try:
        return orjson.loads(plain.removeprefix(_BOM))
    finally:
        gc.enable()


def _too_large(largest: int) -> RefusedError:
    return RefusedError(413, f"the body is larger than {largest >> 10} KB: send less at once")
