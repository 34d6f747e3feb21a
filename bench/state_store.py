"""What a store of states costs: resident memory, the time until a worker is ready again, and speed.

`python -m bench.state_store [--visitors N] [--stores rocksdb memory]` fills the changelog with the states of
N visitors of ten facts each, reads it back onto a new disk, and starts workers on what is there.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil
from kafka import KafkaProducer

from attribution.layout import whose
from attribution.partition_metadata import PartitionMetadata, dump_metadata
from bench.memory import PAGES
from bench.site import (
    WORKER,
    environment,
    fresh,
    group_of,
    produce,
    say,
    servers,
    shipped_policy,
    wait_for_group,
)
from bench.timed_worker import Runner, Speed, cpu_of, facts_of, measure, memory_of
from bench.traffic import traffic
from schemas.codec import Encoded
from schemas.partitions import partition_of
from settings import Settings
from streams.app import changelog_topics
from streams.batches import Batch, Record
from streams.changelog import STAMP, Stamp
from streams.handlers import agent_specs
from streams.maintenance import METADATA

SAMPLE = 2000
ROUNDS = 3
# Longer than the session of a worker that was killed.
MISSED = 11.0
HEADERS = [(STAMP, Stamp(1, 1).packed())]
# The states of one visitor: what follows his key, and the state.
Parts = Sequence[tuple[bytes, bytes]]


def main() -> None:
    """Print a line for each measurement."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--visitors", type=int, default=100_000)
    arguments.add_argument("--touched", type=int, default=20_000, help="visitors who come again")
    arguments.add_argument("--stores", nargs="+", default=["rocksdb", "memory"])
    chosen = arguments.parse_args()
    with servers() as site:
        sample = states_of_visitors(SAMPLE)
        mine = fresh(site)
        say(f"filling the changelog with the states of {chosen.visitors:,} visitors")
        records, size = fill(mine, sample, chosen.visitors)
        print(f"{records:,} records of {chosen.visitors:,} visitors, {size / 1e6:,.0f} MB", flush=True)
        for store in chosen.stores:
            with tempfile.TemporaryDirectory(prefix="leadtrace-states-") as folder:
                follow(mine, store, Path(folder), records, chosen.visitors, chosen.touched)
        compare(site)


def compare(site: Settings) -> None:
    """Print the speed of both stores, which take turns, and the ratio of their medians."""
    stores = ("memory", "rocksdb")
    speeds: dict[str, list[Speed]] = {store: [] for store in stores}
    for store in stores * ROUNDS:
        speeds[store].append(measured(site, store))
    by_time, by_cpu = (
        [median(getattr(speed, figure) for speed in speeds[store]) for store in stores]
        for figure in ("by_time", "by_cpu")
    )
    print(
        f"facts/s with rocksdb against memory: {by_time[1] / by_time[0]:.2f} by time, "
        f"{by_cpu[1] / by_cpu[0]:.2f} by CPU time"
    )


def follow(mine: Settings, store: str, folder: Path, records: int, visitors: int, touched: int) -> None:
    """A worker on a new disk, some work, and its starts on the disk that it has left."""
    empty = fresh(mine.model_copy(update={"topic_prefix": ""}))
    with worker(empty, store, folder / "empty") as (_, ready):
        without = ready()
    tell(store, "ready without any state", without)
    with worker(mine, store, folder / "states") as (process, ready):
        whole = ready()
        tell(store, "ready from the changelog", whole, records, without)
        tell_size(store, "resident", memory_of(process))
        produce(mine, come_again(visitors, touched))
        wait_for_group(mine, group_of(mine), ["website.events"], 900)
        tell_size(store, f"resident after {touched:,} facts", memory_of(process))
    with worker(mine, store, folder / "states") as (process, ready):
        tell(store, "ready after a polite end", ready())
        tell_size(store, "resident", memory_of(process))
        process.kill()
    time.sleep(MISSED)
    with worker(mine, store, folder / "states") as (_, ready):
        tell(store, "ready after a kill", ready())
    used = sum(path.stat().st_size for path in (folder / "states").rglob("*") if path.is_file())
    tell_size(store, "on disk", used)


class Spent(NamedTuple):
    """Seconds since the start of a process, and CPU seconds that it has used."""

    seconds: float
    cpu: float


def tell(store: str, what: str, spent: Spent, records: int = 0, without: Spent | None = None) -> None:
    """Print how long something took, and the rate of records beyond what it takes without any."""
    line = f"{store:8} {what:32} {spent.seconds:>7.1f} s {spent.cpu:>6.1f} CPU s"
    if without is not None:
        by_time = records / max(spent.seconds - without.seconds, 0.1)
        by_cpu = records / max(spent.cpu - without.cpu, 0.1)
        line += f" {by_time:>9,.0f} records/s {by_cpu:>9,.0f} per CPU second"
    print(line, flush=True)


def tell_size(store: str, what: str, size: float) -> None:
    """Print a size in bytes."""
    print(f"{store:8} {what:32} {size / 1e6:>7,.0f} MB", flush=True)


def states_of_visitors(number: int) -> list[Parts]:
    """The states of some visitors of ten facts each, as the journey agent leaves them."""
    handler = agent_specs(shipped_policy(), 1)[0].handler
    states: dict[bytes, bytes] = {}
    facts = enumerate(traffic(number, PAGES))
    while some := list(islice(facts, 1000)):
        records = tuple(Record(at, each.key, each.value, (), 0) for at, each in some)
        for key, value in handler(Batch("website.events", 0, records), states.get).changes.items():
            if value is None:
                states.pop(key, None)
            else:
                states[key] = value
    parts: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for key, state in states.items():
        if key != METADATA:
            visitor = whose(key)
            parts.setdefault(visitor, []).append((key.removeprefix(visitor), state))
    return list(parts.values())


def fill(mine: Settings, sample: Sequence[Parts], visitors: int) -> tuple[int, int]:
    """Write the states of so many visitors to the changelog; return how many records and bytes."""
    topic = next(
        name for name in changelog_topics(mine, agent_specs(shipped_policy(), 1)) if "journey" in name
    )
    producer = KafkaProducer(
        **mine.kafka_options(), acks="all", linger_ms=50, batch_size=1 << 19, compression_type="lz4"
    )
    policy = shipped_policy()
    metadata = PartitionMetadata(
        policy=policy.version, epoch=policy.epoch, derived=True, looked_at=time.time_ns() // 1_000_000
    )
    for partition in range(mine.partitions):
        producer.send(topic, dump_metadata(metadata), METADATA, HEADERS, partition)
    records = size = 0
    for number in range(visitors):
        visitor = b"anon:%08d" % number
        partition = partition_of(visitor, mine.partitions)
        for more, state in sample[number % len(sample)]:
            producer.send(topic, state, visitor + more, HEADERS, partition)
            records, size = records + 1, size + len(visitor) + len(more) + len(state)
    producer.flush(600)
    producer.close()
    return records, size


def come_again(visitors: int, touched: int) -> Iterator[Encoded]:
    """One page view more of visitors here and there."""
    views = (record for record in traffic(visitors, 1, seed=9))
    return islice(views, touched)


@contextmanager
def worker(mine: Settings, store: str, folder: Path) -> Iterator[tuple[psutil.Process, Callable[[], Spent]]]:
    """A worker with this store, and a way to wait until it has taken in a fact."""
    names = {"LEADTRACE_STATE_STORE": store, "LEADTRACE_STATE_DIR": str(folder)}
    folder.parent.mkdir(parents=True, exist_ok=True)
    produce(mine, traffic(1, 1, seed=time.time_ns()))
    began = time.monotonic()
    with folder.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(WORKER, env={**environment(mine), **names}, stderr=log)

    watched = psutil.Process(process.pid)

    def ready() -> Spent:
        wait_for_group(mine, group_of(mine), ["website.events"], 900)
        return Spent(time.monotonic() - began, cpu_of(watched))

    try:
        yield watched, ready
    finally:
        process.terminate()
        process.wait(60)


def measured(site: Settings, store: str) -> Speed:
    """The speed of a worker with this store."""
    with tempfile.TemporaryDirectory(prefix="leadtrace-states-") as folder:
        variables = {"LEADTRACE_STATE_STORE": store, "LEADTRACE_STATE_DIR": f"{folder}/states"}
        found = measure(site, facts_of("traffic", 4000), Runner(variables=variables))
    print(f"{store:8} {found.by_time:>9,.0f} facts/s {found.by_cpu:>9,.0f} per CPU second", flush=True)
    return found


if __name__ == "__main__":
    main()
