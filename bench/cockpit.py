"""How long people wait for pages while twenty of them reload all of these, and events flow in.

`python -m bench.cockpit --data-dir DEMO [--people 20] [--seconds 60] [--rate 20]` serves the data of a demo
that was run before, asks for each page twice, and then lets everybody reload one page after another, as
browsers do: with the name of the version that they have. `--anew` asks for each page as a browser that has
none. Events of websites arrive at the rate, so that something new is kept at each refresh.
"""

import argparse
import asyncio
import statistics
import time
import uuid
from pathlib import Path
from random import Random

import aiohttp

from bench.site import say
from cli.pipeline import prepare, serve_pages, servers, start_processes
from cli.processes import cockpit_url, collector_url
from cli.surroundings import given_settings
from cockpit.menu import PAGES
from stack.processes import orderly_end

PLAIN = tuple(page.path for page in PAGES if "{" not in page.path and page.name)
ONE = ("/leads/crm:sales:L900001", "/deals/deal:sales:D90001")


async def measure(address: str, collector: str, asked: argparse.Namespace) -> None:
    """Print the seconds of first and second loads, and those of many people at once."""
    async with aiohttp.ClientSession() as session:
        for path in (*PLAIN, *ONE):
            times = [await load(session, address + path, {}) for _ in range(2)]
            say(f"{path}: first load {times[0]:.2f} s, second {times[1]:.2f} s")
        until = time.monotonic() + asked.seconds
        flowing = asyncio.create_task(flow(session, collector, asked.rate, until))
        people = [reload_all(session, address, until, Random(n), asked.anew) for n in range(asked.people)]
        taken = sorted(each for times in await asyncio.gather(*people) for each in times)
        await flowing
    p95 = taken[int(len(taken) * 0.95)]
    say(
        f"{asked.people} people reloaded {len(taken):,} pages in {asked.seconds} s: median "
        f"{statistics.median(taken):.2f} s, 95 % within {p95:.2f} s, longest {taken[-1]:.2f} s"
    )


async def load(session: aiohttp.ClientSession, url: str, versions: dict[str, str]) -> float:
    """Load a page; return the seconds."""
    headers = {"If-None-Match": versions[url]} if url in versions else {}
    began = time.monotonic()
    async with session.get(url, headers=headers) as answer:
        await answer.read()
        if answer.status not in (200, 304):
            raise SystemExit(f"{url} is answered with {answer.status}")
        if "ETag" in answer.headers:
            versions[url] = answer.headers["ETag"]
    return time.monotonic() - began


async def reload_all(
    session: aiohttp.ClientSession, address: str, until: float, chance: Random, is_anew: bool
) -> list[float]:
    """One person: reload all pages, in any order, until the time is over; return the seconds of each."""
    paths, versions, taken = [*PLAIN, *ONE], dict[str, str](), []
    while time.monotonic() < until:
        chance.shuffle(paths)
        for path in paths:
            if time.monotonic() < until:
                taken.append(await load(session, address + path, {} if is_anew else versions))
    return taken


async def flow(session: aiohttp.ClientSession, collector: str, rate: int, until: float) -> None:
    """Send page views at a rate until the time is over."""
    while rate and time.monotonic() < until:
        event = {"type": "page_viewed", "anonymous_id": f"{uuid.uuid4()}", "url": "https://www.site.example/"}
        async with session.post(f"{collector}/v1/events", json=event) as answer:
            answer.raise_for_status()
        await asyncio.sleep(1 / rate)


def main() -> None:
    """Serve the folder, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=20)
    parser.add_argument("--anew", action="store_true")
    asked = parser.parse_args()
    given = given_settings(asked.data_dir).model_copy(update={"collector_port": 0, "cockpit_port": 0})
    with orderly_end(), servers(given, say) as running:
        prepare(running, say)
        start_processes(running, say)
        serve_pages(running, say)
        asyncio.run(measure(cockpit_url(running.given), collector_url(running.given), asked))


if __name__ == "__main__":
    main()
