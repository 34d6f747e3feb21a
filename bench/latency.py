"""How long from an event's HTTP request to its row in ClickHouse, and to its journey, while events flow.

`python -m bench.latency [--rate 1000 3000] [--seconds 30]` runs the whole pipeline as its processes, sends
batches of ten events at each rate, and prints median and 99th percentile for every 20th request. `--ramp`
goes on, a quarter faster each time, while the 99th percentile stays below 5 s.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from pydantic import SecretStr

import settings as configuration
from bench.site import say
from bench.timed_worker import cpu_of, pipeline_processes
from cli.pipeline import prepare, servers, start_processes
from cli.processes import collector_address
from settings import Settings
from sinks.clickhouse import ClickHouse, connect

BATCH = 10
SAMPLED = 20
POLL_SECONDS = 0.05
LONGEST = 5.0
# A rate counts if so much of it was really sent.
AS_ASKED = 0.95


@dataclass
class Watch:
    """The requests that are still awaited in a table, and how long the others took, in seconds."""

    question: str
    waiting: dict[str, float] = field(default_factory=dict)
    taken: list[float] = field(default_factory=list)

    def look(self, client: ClickHouse) -> None:
        """Ask which of the awaited have arrived by now."""
        if not self.waiting:
            return
        found = client.query(self.question, {"awaited": list(self.waiting)}).rows
        now = time.monotonic()
        for (name,) in found:
            self.taken.append(now - self.waiting.pop(str(name)))


def main() -> None:
    """Run the pipeline, the load and the watch."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rate", type=int, nargs="+", default=[1000, 3000], help="events per second")
    arguments.add_argument("--seconds", type=int, default=30, help="at each rate")
    arguments.add_argument("--ramp", action="store_true", help="go on until it takes longer")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        given = configuration.load().model_copy(
            update={
                "data_dir": Path(folder),
                "collector_port": 0,
                "collector_write_keys": (SecretStr("bench"),),
            }
        )
        with servers(given, say) as running:
            prepare(running, say)
            start_processes(running, say)
            highest = 0
            for rate in ramp(chosen.rate, chosen.ramp):
                sent, waited = asyncio.run(measure(running.given, rate, chosen.seconds))
                if waited >= LONGEST or sent < rate * AS_ASKED:
                    break
                highest = rate
    print(f"highest rate with a 99th percentile below {LONGEST:.0f} s: {highest:,} events/s")


def ramp(rates: Sequence[int], goes_on: bool) -> Iterator[int]:
    """These rates; then, if asked for, each a quarter faster than the one before."""
    yield from rates
    rate = rates[-1]
    while goes_on:
        rate = rate * 5 // 4
        yield rate


async def measure(given: Settings, rate: int, seconds: int) -> tuple[float, float]:
    """Send and watch at the same time, and print what was seen.

    Returns events sent per second, and the 99th percentile of the seconds from a request to the journey.
    """
    events = Watch(
        "SELECT toString(event_id) FROM events WHERE toString(event_id) IN {awaited:Array(String)}"
    )
    journeys = Watch("SELECT person FROM journeys WHERE person IN {awaited:Array(String)}")
    done = asyncio.Event()
    watching = asyncio.create_task(watch(given, (events, journeys), done))
    host, port = collector_address(given)
    sent = 0
    before = used_so_far()
    async with aiohttp.ClientSession(base_url=f"http://{host}:{port}") as session:
        pending: set[asyncio.Task[None]] = set()
        began = time.monotonic()
        for number in range(rate * seconds // BATCH):
            await asyncio.sleep(max(0.0, began + number * BATCH / rate - time.monotonic()))
            task = asyncio.create_task(send(session, f"{rate}-{number}", number, events, journeys))
            pending.add(task)
            task.add_done_callback(pending.discard)
            sent += BATCH
        await asyncio.gather(*pending)
    took = time.monotonic() - began
    done.set()
    await watching
    print(f"{sent:,} events in {took:.1f} s: {sent / took:,.0f} per second")
    cuts: list[float] = []
    for name, seen in (("row in events", events.taken), ("row in journeys", journeys.taken)):
        cuts = statistics.quantiles(seen, n=100)
        print(f"{name:16} median {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s, of {len(seen)} requests")
    rates = (f"{name} {sent / (used - before[name]):,.0f}" for name, used in used_so_far().items())
    print(f"events per CPU second: {', '.join(rates)}", flush=True)
    return sent / took, cuts[98]


def used_so_far() -> dict[str, float]:
    """The CPU seconds of the three processes."""
    return {name: cpu_of(each) for name, each in pipeline_processes().items()}


async def send(
    session: aiohttp.ClientSession, visitor: str, number: int, events: Watch, journeys: Watch
) -> None:
    """Send one batch; a sampled one is awaited from the moment before its request."""
    calls = [
        {
            "type": "page",
            "messageId": str(uuid.uuid4()),
            "anonymousId": f"bench-{visitor}-{each}",
            "context": {"page": {"url": f"https://www.site.example/{each}?utm_source=baidu&utm_medium=cpc"}},
        }
        for each in range(BATCH)
    ]
    if number % SAMPLED == 0:
        events.waiting[str(calls[0]["messageId"])] = time.monotonic()
        journeys.waiting[f"anon:{calls[0]['anonymousId']}"] = time.monotonic()
    async with session.post("/v1/batch", json={"batch": calls, "writeKey": "bench"}) as answer:
        if answer.status != 200:
            raise SystemExit(f"the collector answered {answer.status}: {await answer.text()}")


async def watch(given: Settings, watches: tuple[Watch, ...], done: asyncio.Event) -> None:
    """Look until all that was awaited has come, at most a minute after the last request."""
    client = await asyncio.to_thread(connect, given)
    try:
        until = float("inf")
        while not done.is_set() or any(each.waiting for each in watches):
            if done.is_set() and until == float("inf"):
                until = time.monotonic() + 60
            if time.monotonic() > until:
                raise SystemExit("some events did not arrive within a minute")
            for each in watches:
                await asyncio.to_thread(each.look, client)
            await asyncio.sleep(POLL_SECONDS)
    finally:
        client.close()


if __name__ == "__main__":
    main()
