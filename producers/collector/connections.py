"""How many connections there are, and how long each may make us wait, so that none can keep others out."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from producers.collector.callers import peer_of

MOST_CONNECTIONS: Final = 4096
SHARE_OF_ONE: Final = 2  # one part in so many is what a single address may have
OTHER_FILES: Final = 256  # that a process keeps open beside its connections


@dataclass(slots=True)
class _Peer:
    """The connections of one address: those that make us wait for a head, or for a body, the oldest first."""

    open: set[Any] = field(default_factory=set)
    waiting: dict[Any, None] = field(default_factory=dict)
    reading: dict[Any, None] = field(default_factory=dict)


class Guard:
    """Watches the connections of a server: how many there are, and how long each makes us wait.

    A connection waits from its start, and from the end of a response, until the head of a request is
    complete. After `patience` seconds it is closed. When there are more than `most`, or of one address more
    than `most_of_one`, one makes room that has waited longest, or else whose body has been on its way for
    longest: a client that sends what it came for is never the one.
    """

    def __init__(self, most: int, patience: float, most_of_one: int | None = None) -> None:
        self._most = most
        self._most_of_one = most_of_one or most
        self._patience = patience
        self._waiting: OrderedDict[Any, asyncio.TimerHandle] = OrderedDict()
        self._reading: OrderedDict[Any, None] = OrderedDict()
        self._open: dict[Any, str] = {}
        self._peers: dict[str, _Peer] = {}

    def opened(self, transport: Any) -> bool:
        """Take note of a new connection; False if there is no room for it."""
        address = peer_of(transport)
        peer = self._peers.get(address)
        if peer is not None and len(peer.open) >= self._most_of_one:
            if not self._make_room((peer.waiting, peer.reading)):
                return False
        elif len(self._open) >= self._most and not self._make_room((self._waiting, self._reading)):
            return False
        self._open[transport] = address
        self._peers.setdefault(address, _Peer()).open.add(transport)
        self.waits(transport)
        return True

    def waits(self, transport: Any) -> None:
        """The connection is ours to wait for from now on."""
        if transport in self._open and transport not in self._waiting:
            self._is_read(transport)
            loop = asyncio.get_running_loop()
            self._waiting[transport] = loop.call_later(self._patience, self._cut, transport)
            self._peers[self._open[transport]].waiting[transport] = None

    def asks(self, transport: Any) -> None:
        """The head of a request has come, and its body, if it has one, is on its way."""
        if transport in self._open:
            self._is_heard(transport)
            self._reading[transport] = None
            self._peers[self._open[transport]].reading[transport] = None

    def works(self, transport: Any) -> None:
        """The whole request has come: what takes time now is ours."""
        if transport in self._open:
            self._is_read(transport)

    def closed(self, transport: Any) -> None:
        """The connection is gone."""
        if transport not in self._open:
            return
        self._is_heard(transport)
        self._is_read(transport)
        address = self._open.pop(transport)
        peer = self._peers[address]
        peer.open.discard(transport)
        if not peer.open:
            del self._peers[address]

    def _is_heard(self, transport: Any) -> None:
        timer = self._waiting.pop(transport, None)
        if timer is not None:
            timer.cancel()
            self._peers[self._open[transport]].waiting.pop(transport, None)

    def _is_read(self, transport: Any) -> None:
        if transport in self._reading:
            del self._reading[transport]
            self._peers[self._open[transport]].reading.pop(transport, None)

    def _make_room(self, lines: tuple[Any, Any]) -> bool:
        oldest = next(_first_of(lines), None)
        if oldest is None:
            return False
        self._cut(oldest)
        return True

    def _cut(self, transport: Any) -> None:
        self.closed(transport)
        transport.abort()


def _first_of(lines: tuple[Any, Any]) -> Iterator[Any]:
    for line in lines:
        yield from line


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
