"""What a page view waits for its answer while strangers keep the collector busy, as a ratio to calm minutes.

`python -m bench.abuse [--seconds 15] [--port PORT]` starts a collector, sends it one event twenty times a
second over connections of their own, and attacks it with each kind of bench.attacks in turn. Before and after
each attack it is calm for a while: that is what the attack is compared with.
"""

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.attacks import HOST, KINDS
from bench.site import environment, fresh, servers
from settings import Settings

EVERY = 0.05
CALM_SECONDS = 5.0
LONGEST = 30.0
EVENT = b'{"type": "page_viewed", "anonymous_id": "healthy-%d", "url": "https://www.site.example/"}'


@dataclass
class Seen:
    """How long the answers took, in seconds, and what they were."""

    took: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.took, n=100)[98]


def main() -> None:
    """Attack a collector in every way, and print what its others see of it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=15, help="of each attack")
    arguments.add_argument("--port", type=int, help="of a collector on this machine that runs already")
    arguments.add_argument("--kinds", default=",".join(KINDS), help="of attacks, comma-separated")
    chosen = arguments.parse_args()
    kinds = chosen.kinds.split(",")
    if chosen.port:
        asyncio.run(measure(chosen.port, chosen.seconds, kinds))
        return
    with servers() as given, collector(fresh(given)) as port:
        asyncio.run(measure(port, chosen.seconds, kinds))


async def measure(port: int, seconds: float, kinds: Iterable[str]) -> None:
    """Print a line for each kind of attack."""
    print(f"{'':18} {'calm p50':>9} {'calm p99':>9} {'p50':>9} {'p99':>9} {'p99 ratio':>9}  refused")
    await healthy(port, 2)
    before = await healthy(port, CALM_SECONDS)
    for kind in kinds:
        command = [sys.executable, "-m", "bench.attacks", kind, str(port), str(seconds)]
        attack = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
        await asyncio.sleep(1)
        seen = await healthy(port, seconds - 2)
        await attack.wait()
        await asyncio.sleep(1)
        after = await healthy(port, CALM_SECONDS)
        calm = Seen(before.took + after.took)
        refused = {answer: count for answer, count in seen.answers.items() if answer != "200"}
        figures = (statistics.median(calm.took), calm.p99, statistics.median(seen.took), seen.p99)
        shown = " ".join(f"{figure * 1000:6.0f} ms" for figure in figures)
        print(
            f"{kind:18} {shown} {seen.p99 / calm.p99:9.1f}  {refused or 'none'} of {len(seen.took)}",
            flush=True,
        )
        before = after


async def healthy(port: int, seconds: float) -> Seen:
    """Send an event every 50 ms, each over a connection of its own."""
    seen = Seen()
    began = time.monotonic()
    sending: list[asyncio.Task[None]] = []
    for number in range(round(seconds / EVERY)):
        await asyncio.sleep(max(0.0, began + number * EVERY - time.monotonic()))
        sending.append(asyncio.create_task(send(port, number, seen)))
    await asyncio.gather(*sending)
    return seen


async def send(port: int, number: int, seen: Seen) -> None:
    """Send one event and note its answer, or why there is none."""
    body = EVENT % number
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    began = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(head.encode() + body)
            answer = (await reader.read())[9:12].decode() or "closed"
            writer.close()
    except (OSError, TimeoutError) as error:
        answer = type(error).__name__
    seen.took.append(time.monotonic() - began)
    seen.answers[answer] += 1


@contextmanager
def collector(site: Settings) -> Iterator[int]:
    """Run a collector of its own on these servers, and yield its port once it answers."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    names = {
        **environment(site),
        "LEADTRACE_TOKEN_KEY": "a key that only measurements use",
        "LEADTRACE_COLLECTOR_PORT": str(port),
    }
    command = [sys.executable, "-m", "cli.main", "collect"]
    process = subprocess.Popen(command, env=names, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        asyncio.run(answering(port))
        yield port
    finally:
        process.terminate()
        process.wait(60)


async def answering(port: int) -> None:
    """Wait until the collector accepts an event."""
    for _ in range(200):
        seen = Seen()
        await send(port, 0, seen)
        if seen.answers["200"]:
            return
        await asyncio.sleep(0.1)
    raise SystemExit("the collector did not begin to answer")


if __name__ == "__main__":
    main()
