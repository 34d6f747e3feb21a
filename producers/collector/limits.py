"""What a caller may cost us: bytes, time and connections, so that one of them can't starve the others."""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

MOST_CONNECTIONS: Final = 4096
OTHER_FILES: Final = 256  # that a process keeps open beside its connections
ENCODED_BY: Final = {b"\x1f\x8b": 31, b"\x78": 15}  # gzip and zlib, by their first bytes → zlib's window bits


class TooLargeError(ValueError):
    """A body is larger than it may be, as sent or unpacked."""


class MalformedError(ValueError):
    """A body is not what its first bytes say."""


class BusyError(Exception):
    """More is in work already than fits into memory."""


class Budget:
    """How many bytes of requests may be in work at once, over all connections."""

    def __init__(self, total: int) -> None:
        self.left = total

    @contextmanager
    def lease(self) -> Iterator[Callable[[int], None]]:
        """Yield a function that reserves bytes until the block is left; BusyError if none are left."""
        taken = 0

        def reserve(size: int) -> None:
            nonlocal taken
            if size > self.left:
                raise BusyError
            self.left -= size
            taken += size

        try:
            yield reserve
        finally:
            self.left += taken


def unpacked(body: bytes, largest: int) -> bytes:
    """Return a body without its compression, which shows in its first bytes: JSON never starts like that.

    Senders forget the header or set it twice, so it isn't asked. Never holds more than `largest` bytes:
    raises TooLargeError before, MalformedError if the body is truncated or damaged.
    """
    bits = ENCODED_BY.get(body[:2]) or ENCODED_BY.get(body[:1])
    if bits is None:
        return body
    unpacker = zlib.decompressobj(bits)
    try:
        plain = unpacker.decompress(body, largest + 1)
    except zlib.error:
        raise MalformedError("the compressed body is damaged") from None
    if len(plain) > largest:
        raise TooLargeError
    if not unpacker.eof:
        raise MalformedError("the compressed body is not complete")
    return plain


class Guard:
    """Watches the connections of a server: how many there are, and how long each makes us wait.

    A connection waits from its start, and from the end of a response, until the head of a request is
    complete. After `patience` seconds it is closed. When there are more than `most`, the one that has waited
    longest makes room: a client that sends what it came for is never the one.
    """

    def __init__(self, most: int, patience: float) -> None:
        self._most = most
        self._patience = patience
        self._waiting: OrderedDict[Any, asyncio.TimerHandle] = OrderedDict()
        self._open: set[Any] = set()

    def opened(self, transport: Any) -> bool:
        """Take note of a new connection; False if there is no room for it."""
        if len(self._open) >= self._most:
            if not self._waiting:
                return False
            oldest = next(iter(self._waiting))
            self.closed(oldest)
            oldest.abort()
        self._open.add(transport)
        self.waits(transport)
        return True

    def waits(self, transport: Any) -> None:
        """The connection is ours to wait for from now on."""
        if transport in self._open and transport not in self._waiting:
            loop = asyncio.get_running_loop()
            self._waiting[transport] = loop.call_later(self._patience, self._expired, transport)

    def asks(self, transport: Any) -> None:
        """The head of a request has come."""
        timer = self._waiting.pop(transport, None)
        if timer is not None:
            timer.cancel()

    def closed(self, transport: Any) -> None:
        """The connection is gone."""
        self.asks(transport)
        self._open.discard(transport)

    def _expired(self, transport: Any) -> None:
        self.closed(transport)
        transport.abort()


class Guarded(asyncio.Protocol):
    """The protocol of one connection, with the guard told of its start and end."""

    def __init__(self, inner: Any, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._guard.opened(transport):
            transport.abort()  # type: ignore[attr-defined]  # a server's transports all have it
            return
        self._transport = transport
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        done: bool | None = self._inner.eof_received() if self._transport is not None else None
        return done

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._guard.closed(self._transport)
            self._inner.connection_lost(error)


def room_for_connections() -> int:
    """Return how many connections the process may keep, after asking the system for as many as we want."""
    try:
        import resource
    except ImportError:  # no such limit on this system
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):  # some systems have a limit below the one they tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(16, min(MOST_CONNECTIONS, soft - OTHER_FILES))
