"""What strangers may do to a collector: `python -m bench.attacks KIND PORT SECONDS`, on this machine only.

Every kind is bounded, in connections and in time, and ends by itself.
"""

import asyncio
import gzip
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

HOST: Final = "127.0.0.1"
SLOW: Final = 500
BUSY: Final = 4
# As many as a budget of 64 MB has no room for.
LARGE_HALVES: Final = (511_000,) * 131 + (20_000,) * 8 + (1_000,) * 7 + (60,) * 14

Attack = Callable[[int, float], Coroutine[Any, Any, int]]


def main() -> None:
    """Attack, and print how many connections or requests it was."""
    kind, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    print(asyncio.run(KINDS[kind](port, time.monotonic() + seconds)))


async def slow_sockets(port: int, until: float, first: bytes, more: bytes, pause: float) -> int:
    """Keep 500 connections, each with its beginning sent, and say a little more now and then."""
    opened = 0

    async def one() -> None:
        nonlocal opened
        while time.monotonic() < until:
            with suppress(OSError):
                async with connected(port) as (_, writer):
                    opened += 1
                    writer.write(first)
                    while time.monotonic() < until:
                        await asyncio.sleep(min(pause, max(0.0, until - time.monotonic())))
                        if writer.transport.is_closing():
                            break
                        writer.write(more)
            await asyncio.sleep(0.05)

    await asyncio.gather(*(one() for _ in range(SLOW)))
    return opened


async def slow_readers(port: int, until: float) -> int:
    """Ask on 500 connections for one answer after another, and read none."""
    ask = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    opened = 0

    async def one() -> None:
        nonlocal opened
        while time.monotonic() < until:
            with suppress(OSError, TimeoutError):
                async with connected(port) as (_, writer), asyncio.timeout(left(until)):
                    opened += 1
                    writer.transport.pause_reading()  # type: ignore[attr-defined]  # of every stream
                    writer.write(ask * 200)
                    await writer.wait_closed()
            await asyncio.sleep(0.05)

    await asyncio.gather(*(one() for _ in range(SLOW)))
    return opened


async def half_bodies(port: int, until: float) -> int:
    """Keep 160 connections with a part of a large body each; whatever is closed is opened again."""
    head = b"POST /v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 512000\r\n\r\n"
    opened = 0

    async def one(size: int) -> None:
        nonlocal opened
        while time.monotonic() < until:
            with suppress(OSError):
                async with connected(port) as (reader, writer):
                    opened += 1
                    writer.write(head + b" " * size)
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(asyncio.get_running_loop().time() + left(until)):
                            await reader.read()
            await asyncio.sleep(0.03)

    await asyncio.gather(*(one(size) for size in LARGE_HALVES))
    return opened


async def busy_senders(port: int, until: float, bodies: tuple[tuple[str, bytes], ...]) -> int:
    """Send bodies that take time, on four connections one after the other, and wait for each answer."""
    sent = 0

    async def one(first: int) -> None:
        nonlocal sent
        number = first
        while time.monotonic() < until:
            path, body = bodies[number % len(bodies)]
            head = (
                f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            with suppress(OSError):
                async with connected(port) as (reader, writer):
                    writer.write(head.encode() + body)
                    await reader.read()
            sent += 1
            number += BUSY

    await asyncio.gather(*(one(first) for first in range(BUSY)))
    return sent


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that is gone, whatever is still to be said, when the block is left."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def left(until: float) -> float:
    """The seconds that are left."""
    return max(0.0, until - time.monotonic())


def packed(value: Any) -> bytes:
    """A value as JSON, compressed: little to send and much to read."""
    return gzip.compress(json.dumps(value, ensure_ascii=False).encode())


def numbers() -> tuple[tuple[str, bytes], ...]:
    """15 forms whose telephone is 30 KB long."""
    forms = [
        {"type": "form_submitted", "anonymous_id": f"p{each}", "phone": "13812345678," * 2600}
        for each in range(15)
    ]
    return (("/v1/events", packed(forms)),)


def heavy() -> tuple[tuple[str, bytes], ...]:
    """One body of each kind that takes long to unpack, to parse or to understand."""
    many = {f"phone_{each}": "13812345678 13912345678" for each in range(600)}
    words = {"phone" + "你的" * 20 + chr(97 + each): "x" for each in range(26)}
    form = {"type": "form_submitted", "anonymous_id": "a", "attributes": many}
    call = {"type": "page", "anonymousId": "a"}
    url = "https://x.cn/?" + "&q=13812345678&r=someone@acme.cn" * 700
    return (
        ("/v1/events", packed([form] * 20)),
        ("/v1/events", packed([form | {"attributes": words}] * 100)),
        ("/v1/batch", packed({"batch": [call] * 2500, "context": {"traits": many}})),
        ("/v1/batch", packed({"batch": [call | {"context": {"page": {"url": url}}}] * 15})),
        ("/v1/batch", packed({"batch": [call | {"properties": {"title": "a@b.cc " * 4000}}] * 15})),
        ("/v1/batch", packed({"batch": [call] * 2500, "context": {str(each): 1 for each in range(30_000)}})),
        ("/v1/events", gzip.compress(b"[" + b"[]," * 160_000 + b"1]")),
        ("/v1/events", gzip.compress(b"[" * 500_000)),
        ("/v1/events", gzip.compress(bytes(100 << 20))),
        ("/v1/events", gzip.compress(b"") * 20_000),
        ("/v1/events", packed([{"type": "page_viewed", "anonymous_id": "a", "url": "https://x.cn/"}] * 2500)),
    )


KINDS: Final[dict[str, Attack]] = {
    "silent": lambda port, until: slow_sockets(port, until, b"", b"", 1),
    "half heads": lambda port, until: slow_sockets(port, until, b"POST /v1/ev", b"e", 2),
    "half bodies": lambda port, until: slow_sockets(
        port, until, b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n[", b" ", 2
    ),
    "slow readers": slow_readers,
    "large half bodies": half_bodies,
    "numbers": lambda port, until: busy_senders(port, until, numbers()),
    "heavy bodies": lambda port, until: busy_senders(port, until, heavy()),
}

if __name__ == "__main__":
    main()
