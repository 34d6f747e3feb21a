"""A worker, Leadtrace's or a peer's, on facts that wait for it: how fast it is, and its CPU time."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psutil
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError

import market
from bench.market_records import records_of
from bench.memory import PAGES
from bench.site import WORKER, fresh, group_of, produce, running, say, wait_for_group
from bench.traffic import traffic
from schemas.codec import Encoded
from schemas.topics import JOURNEYS
from settings import Settings
from streams.handlers import JOURNEY_TOPICS

MIXES = ("traffic", "market")
WITHIN = 900.0


@dataclass(frozen=True, slots=True)
class Runner:
    """How to start a worker: its command, its consumer group without prefix (None: Leadtrace's own), the
    topics that it reads, and variables that it is told besides."""

    command: Sequence[str] = WORKER
    group: str | None = None
    topics: Sequence[str] = JOURNEY_TOPICS
    variables: Mapping[str, str] = field(default_factory=dict)

    def group_in(self, mine: Settings) -> str:
        """The name of its consumer group."""
        return mine.topic_prefix + self.group if self.group else group_of(mine)


@dataclass(frozen=True, slots=True)
class Speed:
    """Facts per second, facts per CPU second of the worker and its children, and their memory in MB."""

    by_time: float
    by_cpu: float
    memory: float


OURS = Runner()


def facts_of(mix: str, visitors: int) -> list[Encoded]:
    """The facts to measure on: website traffic alone, or all that the simulated market leads to.

    The market's facts make the worker do more than its peers: links, hand-overs, clicks and deals.
    """
    if mix == "traffic":
        return list(traffic(visitors, PAGES))
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        played = market.simulate(7, visitors, date(2026, 3, 2), 90)
        market.write(played, Path(folder))
        return records_of(Path(folder), played.end_ms + 1000)


def measure(site: Settings, records: Sequence[Encoded], runner: Runner = OURS) -> Speed:
    """Put the records on fresh topics and time a worker from its first work to its last commit."""
    mine = fresh(site)
    say(f"producing {len(records):,} facts")
    produce(mine, records)
    with running(runner.command, mine, runner.variables) as watched:
        idle = started_up(mine, watched, runner)
        began = time.monotonic()
        wait_for_group(mine, runner.group_in(mine), runner.topics, WITHIN)
        seconds = time.monotonic() - began
        used = cpu_of(watched) - idle
        return Speed(len(records) / seconds, len(records) / used, memory_of(watched) / 1e6)


def started_up(mine: Settings, watched: psutil.Process, runner: Runner = OURS) -> float:
    """Wait until the group has partitions, or a snapshot is there; what was used until then is start-up."""
    admin = KafkaAdminClient(**mine.kafka_options())
    reader = KafkaConsumer(**mine.kafka_options())
    journeys = [
        TopicPartition(mine.topic_prefix + JOURNEYS.name, number) for number in range(mine.partitions)
    ]
    name = runner.group_in(mine)
    try:
        for _ in range(1200):
            time.sleep(0.05)
            if not watched.is_running() or watched.status() == psutil.STATUS_ZOMBIE:
                raise SystemExit(f"{' '.join(runner.command)} has ended before it began")
            if members(admin, name) or any(reader.end_offsets(journeys).values()):
                break
        return cpu_of(watched)
    finally:
        admin.close()
        reader.close()


def members(admin: KafkaAdminClient, group: str) -> int:
    """How many members of a group have partitions."""
    try:
        found = admin.describe_groups([group]).get(group, {}).get("members", [])
    except CoordinatorNotAvailableError:  # the very first group of a broker makes it create a topic
        return 0
    return sum(bool(each.get("member_assignment")) for each in found)


def pipeline_processes() -> dict[str, psutil.Process]:
    """Collector, worker and loader, which are among the processes that this one has started."""
    names = {"collect": "collector", "worker": "worker", "load": "loader"}
    children = ((each.cmdline() or [""], each) for each in psutil.Process().children(recursive=True))
    return {names[line[-1]]: each for line, each in children if line[-1] in names}


def cpu_of(watched: psutil.Process) -> float:
    """The CPU seconds that a process and its children have used."""
    used = [each.cpu_times() for each in (watched, *watched.children(recursive=True))]
    return sum(each.user + each.system for each in used)


def memory_of(watched: psutil.Process) -> float:
    """The bytes that a process and its children hold in memory."""
    return float(sum(each.memory_info().rss for each in (watched, *watched.children(recursive=True))))
