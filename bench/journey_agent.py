"""How fast the journey agent is, from topic to acknowledged snapshot, against what a user would take instead.

`python -m bench.journey_agent [--mix traffic]` takes turns with each peer on the same facts, and prints facts
per second and per CPU second of all its processes, and the ratios. What is not installed is skipped.
"""

import argparse
import sys
from collections.abc import Sequence
from zlib import crc32

import settings as configuration
from bench.peers import TOPICS, Peer, peers
from bench.site import say, servers, shipped_policy
from bench.timed_worker import MIXES, Speed, facts_of, measure
from schemas.codec import Encoded
from settings import Settings
from streams.handlers import agent_specs
from streams.worker import run_worker


def main() -> None:
    """Measure on one broker, in turns."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--mix", choices=MIXES, nargs="+", default=list(MIXES))
    arguments.add_argument("--visitors", type=int, help="12,000 of the traffic, 4,000 of the market")
    arguments.add_argument("--peers", choices=list(peers()), nargs="+", default=list(peers()))
    arguments.add_argument("--be-the-worker", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.be_the_worker:
        mine = configuration.load()
        sys.exit(run_worker(mine, agent_specs(shipped_policy(), mine.partitions)))
    able = []
    for peer in (peers()[name] for name in chosen.peers):
        if reason := peer.missing():
            print(f"{peer.name}: skipped, {reason}")
        else:
            able.append(peer)
    with servers() as site:
        for mix in chosen.mix:
            visitors = chosen.visitors or {"traffic": 12_000, "market": 4_000}[mix]
            compare(site, mix, facts_of(mix, visitors), able)


def compare(site: Settings, mix: str, records: Sequence[Encoded], able: Sequence[Peer]) -> None:
    """Print what each peer does on this mix, and what Leadtrace did just before it."""
    for peer in able:
        say(f"{mix}: Leadtrace and {peer.name}")
        ours = measure(site, records)
        theirs = measure(site, some_of(records, peer.facts), peer.runner)
        report(mix, "Leadtrace", ours)
        report(mix, peer.name, theirs)
        by_time, by_cpu = ours.by_time / theirs.by_time, ours.by_cpu / theirs.by_cpu
        print(f"{mix:8} ratio: {by_time:.1f} by time, {by_cpu:.1f} by CPU time", flush=True)


def some_of(records: Sequence[Encoded], count: int) -> list[Encoded]:
    """About so many of the facts that a peer reads: all of some keys, so that journeys stay whole."""
    read = [record for record in records if record.topic in TOPICS]
    every = max(1, round(len(read) / count))
    return [record for record in read if crc32(record.key) % every == 0]


def report(mix: str, name: str, speed: Speed) -> None:
    """Print one line of results."""
    print(
        f"{mix:8} {name:12} {speed.by_time:>9,.0f} facts/s {speed.by_cpu:>9,.0f} per CPU second "
        f"{speed.memory:>6,.0f} MB resident"
    )


if __name__ == "__main__":
    main()
