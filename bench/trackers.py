"""How many events per CPU second the collector takes of each tracker, as a ratio to Segment's batches.

`python -m bench.trackers [--events 5000] [--rounds 3] [--only NAME …]` starts a collector on servers,
lets each tracker's requests come over eight connections, and divides the events by the CPU seconds of the
collector's process: reading, keys, facts, tokens, the broker's confirmation, the answer. The trackers take
turns, and of the rounds the median counts. With `--profile` it runs in this process and without a broker, and
says where the time goes.
"""

import argparse
import asyncio
import cProfile
import pstats
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import psutil
from pydantic import SecretStr

from bench.attacks import HOST
from bench.site import fresh, running, servers
from bench.tracker_loads import KEY, Load, Request, Visit, loads
from producers.collector.server import build_collector, listening
from producers.privacy.personal_data import Tokeniser
from schemas.codec import Encoded
from settings import Settings

CONNECTIONS = 8
WITHOUT_LIMIT = {"collector_address_rate": 0.0, "collector_key_rate": 0.0}


class Nowhere:
    """Takes records and says at once that they are kept."""

    async def apublish(self, records: Iterable[Encoded]) -> None:
        for _ in records:
            pass

    def answers(self) -> bool:
        return True


def main() -> None:
    """Let all trackers send in turns, and print a line for each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=5_000, help="of each tracker in each round")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", nargs="+", help="beginnings of their names, besides Segment's batches")
    arguments.add_argument("--profile", action="store_true", help="say where the time goes")
    chosen = arguments.parse_args()
    first, *others = loads()
    wanted = [each for each in others if not chosen.only or each.name.startswith(tuple(chosen.only))]
    if chosen.profile:
        asyncio.run(profiled([first, *wanted], chosen.events))
        return
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    names = {f"LEADTRACE_{name.upper()}": str(value) for name, value in WITHOUT_LIMIT.items()} | {
        "LEADTRACE_TOKEN_KEY": "a key that only measurements use",
        "LEADTRACE_COLLECTOR_PORT": str(port),
        "LEADTRACE_COLLECTOR_WRITE_KEYS": KEY,
    }
    command = [sys.executable, "-m", "cli.main", "collect"]
    with servers() as given, running(command, fresh(given), names) as process:
        asyncio.run(measured(port, [first, *wanted], chosen.events, chosen.rounds, process))


async def measured(
    port: int, trackers: Sequence[Load], events: int, rounds: int, process: psutil.Process
) -> None:
    """Send in turns, and print events per CPU second of each tracker and their ratio to the first's."""

    def used() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    reached: dict[str, list[float]] = {each.name: [] for each in trackers}
    async with connected(port) as session:
        await answering(session)
        for number in range(rounds):
            for load in trackers:
                took = await sending(session, load, visits(number * events, events), used)
                reached[load.name].append(events / took)
    ratios = {
        name: statistics.median(
            mine / first for mine, first in zip(rates, reached[trackers[0].name], strict=True)
        )
        for name, rates in reached.items()
    }
    print(f"{'':26} {'events per CPU second':>22} {'ratio':>7}")
    for name, rates in reached.items():
        print(f"{name:26} {statistics.median(rates):>22,.0f} {ratios[name]:>7.2f}", flush=True)


async def profiled(trackers: Iterable[Load], events: int) -> None:
    """Send to a collector in this process, and print where its time goes for each tracker."""
    given = Settings(collector_write_keys=(SecretStr(KEY),), **WITHOUT_LIMIT)
    tokeniser = Tokeniser("a key that only measurements use")
    app = build_collector(given, Nowhere(), tokeniser, lambda: time.time_ns() // 1_000_000)
    async with listening(app, HOST, 0) as port, connected(port) as session:
        for load in trackers:
            with cProfile.Profile() as profile:
                took = await sending(session, load, visits(0, events), time.process_time)
            print(
                f"== {load.name}: {events / took:,.0f} events per CPU second, with who sends and is watched"
            )
            pstats.Stats(profile).sort_stats("cumulative").print_stats("producers|schemas|attribution", 25)


def visits(start: int, count: int) -> list[Visit]:
    """Make events of now, those of each start others."""
    now = time.time_ns() // 1_000_000
    return [Visit(start + number, now) for number in range(count)]


async def sending(
    session: aiohttp.ClientSession, load: Load, events: list[Visit], used: Callable[[], float]
) -> float:
    """Send events over several connections; return the CPU seconds that this took."""
    requests = iter(list(load.requests(events)))
    before = used()

    async def one() -> None:
        for request in requests:
            await send(session, request)

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return used() - before


async def send(session: aiohttp.ClientSession, request: Request) -> None:
    """Send a request, which must be taken."""
    method = "GET" if request.body is None else "POST"
    async with session.request(method, request.path, data=request.body, headers=request.headers) as answer:
        said = await answer.read()
        if answer.status not in (200, 204) or b'"index"' in said:
            raise SystemExit(f"{request.path[:40]} was answered {answer.status}: {said[:200]!r}")


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the collector that keeps no cookies."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(f"http://{HOST}:{port}", connector=connector, cookie_jar=jar) as session:
        yield session


async def answering(session: aiohttp.ClientSession) -> None:
    """Wait until the collector is well."""
    for _ in range(300):
        try:
            async with session.get("/healthz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("the collector did not begin to answer")


if __name__ == "__main__":
    main()
