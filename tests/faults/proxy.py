"""A network that can be made slow, silent or broken: TCP between programs of this machine, by way of us."""

import asyncio
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType

LOOPBACK = "127.0.0.1"
CHUNK = 64 << 10
# What one direction of a connection may keep waiting; whoever sends more has to wait as well.
ROOM = 16 << 20
PARTING = 10.0


@dataclass(frozen=True, slots=True)
class Weather:
    """What a way does to the bytes on it. Times in seconds, sizes in bytes.

    `latency` is added in each direction. `bandwidth` is that of each direction of each connection; 0 is no
    limit. `held` bytes wait, and arrive when the weather clears, even if who sent them is gone by then.
    In a `black_hole` connections are accepted and whatever is said in them disappears, in both directions;
    with `deaf` only the answers do: a server does as it was asked, and nobody hears of it. `closed` refuses
    new connections.
    """

    latency: float = 0.0
    bandwidth: int = 0
    held: bool = False
    black_hole: bool = False
    deaf: bool = False
    closed: bool = False


FAIR = Weather()


class Way:
    """One client's way to its servers. All methods may be called from any thread, and take effect at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.weather = FAIR
        self.changed = asyncio.Event()
        self.connections: set[Connection] = set()
        self.ports: list[int] = []
        self._watched: tuple[bytes, Weather] | None = None
        self._seen = threading.Event()

    def change(self, **faults: float | bool) -> None:
        """Let the weather be like this from now on."""
        self._in_loop(lambda: self.become(Weather(**faults)))

    def clear(self) -> None:
        """Let everything through again.

        Held bytes arrive now. A connection of which bytes disappeared can't go on: it is reset.
        """
        self._watched = None
        self._in_loop(self._clear)

    def reset(self) -> None:
        """Cut every connection that there is."""
        self._in_loop(lambda: [each.cut() for each in tuple(self.connections)])

    def when_said(self, words: bytes, **faults: float | bool) -> threading.Event:
        """Change the weather when a client says this; these words are the first that meet it.

        The event that is returned says that it has happened. With `deaf` they still reach the server.
        """
        self._seen.clear()
        self._watched = (words, Weather(**faults))
        return self._seen

    def heard(self, said: bytes) -> None:
        """Look at what a client says."""
        if self._watched is not None and self._watched[0] in said:
            self.become(self._watched[1])
            self._watched = None
            self._seen.set()

    def become(self, weather: Weather) -> None:
        self.weather = weather
        self.changed.set()
        self.changed = asyncio.Event()

    def _clear(self) -> None:
        self.become(FAIR)
        for each in tuple(self.connections):
            if each.spoiled:
                each.cut()

    def _in_loop(self, do: Callable[[], object]) -> None:
        async def done() -> None:
            do()

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(10)


class Connection:
    """Two streams, from a client to a server and back."""

    def __init__(self, way: Way, client: "Stream", server: "Stream") -> None:
        self.way = way
        self.spoiled = False
        self._client, self._server = client, server

    async def run(self) -> None:
        """Carry bytes until both sides have ended, or one breaks off."""
        there = asyncio.create_task(self._carry(self._client, self._server, to_server=True))
        back = asyncio.create_task(self._carry(self._server, self._client, to_server=False))
        try:
            await there
            # Who asked has gone, and everything it said has arrived: the server ends the connection now.
            await asyncio.wait({back}, timeout=PARTING)
        finally:
            there.cancel()
            back.cancel()
            self.cut()

    def cut(self) -> None:
        """Break off, as when a machine on the way loses its memory: both sides get a reset."""
        for _, writer in (self._client, self._server):
            reset(writer)

    async def _carry(self, source: "Stream", target: "Stream", *, to_server: bool) -> None:
        pipe = Pipe(self.way)
        delivery = asyncio.create_task(pipe.deliver(target[1]))
        try:
            while (said := await self._next(source[0])) and not delivery.done():
                if to_server:
                    self.way.heard(said)
                weather = self.way.weather
                if weather.black_hole or (weather.deaf and not to_server):
                    self.spoiled = True
                else:
                    await pipe.take(said)
            pipe.end()
            await delivery
        finally:
            delivery.cancel()

    @staticmethod
    async def _next(reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(CHUNK)
        except OSError:
            return b""


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset instead of a farewell."""
    if not writer.transport.is_closing():
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Pipe:
    """One direction of a connection: what was said, each with the moment at which it may arrive."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._ended = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    async def take(self, said: bytes) -> None:
        self._waiting.append((self._way.loop.time() + self._way.weather.latency, said))
        self._size += len(said)
        self._news.set()
        while self._size > ROOM:
            self._room.clear()
            await self._room.wait()

    def end(self) -> None:
        """Nothing more will be said; what was said still arrives."""
        self._ended = True
        self._news.set()

    async def deliver(self, writer: asyncio.StreamWriter) -> None:
        """Write everything in its order, as the weather allows, then say that this was all."""
        try:
            while await self._something():
                at, said = self._waiting[0]
                await self._held_back(at)
                await self._paced(writer, said)
                self._waiting.popleft()
                self._size -= len(said)
                self._room.set()
            if writer.can_write_eof():
                writer.write_eof()
            else:  # TLS knows no half-closed connection
                writer.close()
        except OSError:
            # The other side is gone; what is still said to it is lost, as in any network.
            self._room.set()

    async def _something(self) -> bool:
        while not self._waiting and not self._ended:
            self._news.clear()
            await self._news.wait()
        return bool(self._waiting)

    async def _held_back(self, at: float) -> None:
        while self._way.weather.held:
            await self._way.changed.wait()
        if (left := at - self._way.loop.time()) > 0:
            await asyncio.sleep(left)
            await self._held_back(at)

    async def _paced(self, writer: asyncio.StreamWriter, said: bytes) -> None:
        for start in range(0, len(said), CHUNK >> 4):
            piece = said[start : start + (CHUNK >> 4)]
            if bandwidth := self._way.weather.bandwidth:
                await asyncio.sleep(len(piece) / bandwidth)
                await self._held_back(0.0)
            writer.write(piece)
            await writer.drain()


class Network:
    """Named ways to servers, in one thread; use it as a context."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._servers: list[asyncio.Server] = []
        self.ways: dict[str, Way] = {}

    def __enter__(self) -> "Network":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def way(self, name: str, ports: Mapping[int, int], tls: ssl.SSLContext | None = None) -> Way:
        """Open a way: who connects to one of these ports of loopback speaks to the port beside it.

        Port 0 is any free one; `ports` of the way tells which. With `tls` clients have to speak TLS.
        """
        way = self.ways[name] = Way(self._loop)
        for port, target in ports.items():
            server = asyncio.run_coroutine_threadsafe(
                self._listen(way, port, target, tls), self._loop
            ).result(10)
            self._servers.append(server)
            way.ports.append(server.sockets[0].getsockname()[1])
        return way

    async def _listen(self, way: Way, port: int, target: int, tls: ssl.SSLContext | None) -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await carry(way, (reader, writer), target)

        return await asyncio.start_server(serve, LOOPBACK, port, ssl=tls)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for way in self.ways.values():
            for each in tuple(way.connections):
                each.cut()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def carry(way: Way, client: Stream, target: int) -> None:
    """Serve one connection of a client."""
    if way.weather.closed:
        reset(client[1])
        return
    while way.weather.held or way.weather.black_hole:
        # A connection that is opened in silence: nobody answers before the weather clears.
        await way.changed.wait()
    try:
        server = await asyncio.open_connection(LOOPBACK, target)
    except OSError:
        reset(client[1])
        return
    connection = Connection(way, client, server)
    way.connections.add(connection)
    try:
        await connection.run()
    finally:
        way.connections.discard(connection)
