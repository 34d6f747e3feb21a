"""How much memory a worker needs: its resident size after N visitors with ten facts each, and how it grows.

`python -m bench.memory [--visitors N …]` feeds a worker in steps and prints its size after each.
"""

import argparse
import time

import psutil

from bench.site import WORKER, fresh, group_of, produce, running, say, servers, wait_for_group
from bench.traffic import traffic
from settings import Settings

PAGES = 7  # of which three are measured: ten facts


def main() -> None:
    """Print one line for each number of visitors."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--visitors", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    steps = sorted(arguments.parse_args().visitors)
    with servers() as site:
        mine = fresh(site)
        with running(WORKER, mine) as worker:
            follow(mine, worker, steps)


def follow(mine: Settings, worker: psutil.Process, steps: list[int]) -> None:
    """Feed up to each step, wait until the worker has committed it, and print its size."""
    feed = traffic(steps[-1], PAGES)
    sent = 0
    for visitors in steps:
        wanted = visitors * (PAGES + PAGES // 2) - sent
        say(f"producing {wanted:,} facts")
        sent += produce(mine, (record for record, _ in zip(feed, range(wanted), strict=False)))
        wait_for_group(mine, group_of(mine), ["website.events"], 1800)
        time.sleep(2)
        size = worker.memory_info().rss / 1e6
        print(f"{sent:>10,} facts of {steps[-1]:,} visitors {size:>7,.0f} MB resident", flush=True)


if __name__ == "__main__":
    main()
