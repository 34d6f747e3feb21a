"""How fast the journey agent is, from topic to acknowledged snapshot, against stock Faust on the same facts.

`python -m bench.journey_agent [--mix market]` prints facts per second and per CPU second, and the ratio.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import psutil
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import CoordinatorNotAvailableError

import market
import settings as configuration
from bench.market_records import records_of
from bench.memory import PAGES
from bench.site import (
    WORKER,
    fresh,
    group_of,
    produce,
    running,
    say,
    servers,
    shipped_policy,
    wait_for_group,
)
from bench.stock_faust import TABLE
from bench.traffic import traffic
from schemas.codec import Encoded
from settings import Settings
from streams.app import CHANGELOG_CONFIG
from streams.handlers import JOURNEY_TOPICS, agent_specs
from streams.worker import run_worker

STOCK_TOPICS = ("website.events", "utm.events", "crm.events")


def main() -> None:
    """Measure both, one after the other."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mix", choices=["traffic", "market"], default="traffic")
    arguments.add_argument("--visitors", type=int, default=12_000)
    arguments.add_argument(
        "--stock-facts", type=int, default=20_000, help="stock Faust gets the first so many"
    )
    arguments.add_argument("--be-the-worker", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.be_the_worker:
        mine = configuration.load()
        sys.exit(run_worker(mine, agent_specs(shipped_policy(), mine.partitions)))
    with servers() as site:
        records = facts_of(chosen.mix, chosen.visitors)
        few = [record for record in records if record.topic in STOCK_TOPICS][: chosen.stock_facts]
        ours = measure(site, records, WORKER, None)
        command = (sys.executable, "-m", "bench.stock_faust", ",".join(STOCK_TOPICS))
        stock = measure(site, few, command, "stock")
    report("leadtrace", ours)
    report("stock Faust", stock)
    print(f"ratio: {ours[0] / stock[0]:.1f} by time, {ours[1] / stock[1]:.1f} by CPU time")


def facts_of(mix: str, visitors: int) -> list[Encoded]:
    """The facts to measure on: website traffic alone, or all that the simulated market leads to.

    The market's facts make the worker do more than stock Faust: links, hand-overs, clicks and deals.
    """
    if mix == "traffic":
        return list(traffic(visitors, PAGES))
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        played = market.simulate(7, visitors, date(2026, 3, 2), 90)
        market.write(played, Path(folder))
        return records_of(Path(folder), played.end_ms + 1000)


def report(name: str, rates: tuple[float, float, float]) -> None:
    """Print one line of results."""
    print(
        f"{name:12} {rates[0]:>9,.0f} facts/s {rates[1]:>9,.0f} per CPU second {rates[2]:>6,.0f} MB resident"
    )


def measure(
    site: Settings, records: list[Encoded], command: Sequence[str], group: str | None
) -> tuple[float, float, float]:
    """Put the records on fresh topics and time a worker from its first commit to its last.

    Returns facts per second, facts per CPU second of the worker's process, and its resident memory in MB.
    """
    mine = fresh(site)
    if group:
        _create_stock_changelog(mine)
    say(f"producing {len(records):,} facts")
    produce(mine, records)
    with running(command, mine) as watched:
        idle = started_up(mine, watched, group)
        began = time.monotonic()
        wait_for_group(mine, name_of(mine, group), STOCK_TOPICS if group else JOURNEY_TOPICS, 900)
        seconds = time.monotonic() - began
        used = watched.cpu_times()
        memory = watched.memory_info().rss / 1e6
        return len(records) / seconds, len(records) / (used.user + used.system - idle), memory


def started_up(mine: Settings, watched: psutil.Process, group: str | None) -> float:
    """Wait until the group has partitions; what the process used until then is start-up."""
    admin = KafkaAdminClient(**mine.kafka_options())
    name = name_of(mine, group)
    try:
        for _ in range(600):
            time.sleep(0.05)
            try:
                members = admin.describe_groups([name]).get(name, {}).get("members", [])
            except CoordinatorNotAvailableError:  # the very first group of a broker makes it create a topic
                continue
            if any(member.get("member_assignment") for member in members):
                break
        used = watched.cpu_times()
        return used.user + used.system
    finally:
        admin.close()


def name_of(mine: Settings, group: str | None) -> str:
    """The consumer group: Leadtrace's own, or that of another app."""
    return mine.topic_prefix + group if group else group_of(mine)


def _create_stock_changelog(mine: Settings) -> None:
    admin = KafkaAdminClient(**mine.kafka_options())
    topic = NewTopic(
        name=f"{mine.topic_prefix}stock-{TABLE}-changelog",
        num_partitions=mine.partitions,
        replication_factor=1,
        topic_configs=CHANGELOG_CONFIG,
    )
    admin.create_topics([topic])
    admin.close()


if __name__ == "__main__":
    main()
