"""How long nothing comes after a worker is killed with -9: from the kill to the next snapshot.

`python -m bench.recovery [--kills 20]` kills a lone worker, which is started again at once, and one of two.
Page views of visitors who are always new are published to every partition all the time. A kill is over when
each partition has given a snapshot of a visitor who was published after it; that is what is timed, so the
session timeout of the group, the rebalance, the start of the process and the changelogs are all in it.
"""

import argparse
import itertools
import random
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaConsumer, KafkaProducer

from bench.site import fresh, say, servers
from cli.processes import LEADTRACE
from cli.variables import environment
from schemas.codec import record_of
from schemas.envelope import natural_id
from schemas.partitions import partition_of
from schemas.topics import JOURNEYS, WEBSITE
from schemas.website import PageViewed
from settings import Settings

EVERY = 0.05
START_AGAIN_AFTER = 0.3
WITHIN = 120.0
# Each kill falls into another moment between two heartbeats, and finds everything settled.
CALM = (6.0, 10.0)


class Traffic:
    """Publishes a page view to each partition in turn, and knows when each has given a snapshot again."""

    def __init__(self, site: Settings) -> None:
        self._site = site
        self._since = 0.0
        self._left: set[int] = set()
        self._published: dict[bytes, float] = {}
        self._over = threading.Event()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._send, self._read)]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(10)

    def await_all(self, since: float) -> float:
        """Seconds from a moment until each partition has given a snapshot of a visitor published after it."""
        self._over.clear()
        self._since, self._left = since, set(range(self._site.partitions))
        if not self._over.wait(WITHIN):
            raise TimeoutError(f"partitions {sorted(self._left)} gave nothing for {WITHIN:.0f} s")
        return time.monotonic() - since

    def _send(self) -> None:
        producer = KafkaProducer(**self._site.kafka_options(), acks="all", metrics_enabled=False)
        names = (f"anon:r{number}" for number in itertools.count())
        for partition in itertools.cycle(range(self._site.partitions)):
            if self._stopped.wait(EVERY):
                break
            name = next(
                each for each in names if partition_of(each.encode(), self._site.partitions) == partition
            )
            record = record_of(page_of(name), WEBSITE.name)
            self._published[record.key] = time.monotonic()
            producer.send(self._site.topic_prefix + record.topic, key=record.key, value=record.value)
        producer.close(timeout=5)

    def _partition_of(self, name: str) -> int:
        return partition_of(name.encode(), self._site.partitions)

    def _read(self) -> None:
        topic = self._site.topic_prefix + JOURNEYS.name
        consumer = KafkaConsumer(topic, **self._site.kafka_options(), auto_offset_reset="latest")
        while not self._stopped.is_set():
            for records in consumer.poll(timeout_ms=200).values():
                for record in records:
                    if self._published.get(record.key, 0.0) > self._since:
                        self._left.discard(record.partition)
            if not self._left:
                self._over.set()
        consumer.close()


def page_of(name: str) -> PageViewed:
    """A page view of a visitor, now."""
    now = time.time_ns() // 1_000_000
    return PageViewed(
        event_id=natural_id("bench", name),
        occurred_at=now,
        received_at=now,
        source="bench",
        subject=name,
        url="https://www.site.example/",
    )


class Worker:
    """A worker process, which is started again when it has been killed."""

    def __init__(self, site: Settings, name: str) -> None:
        self._site = site.model_copy(update={"data_dir": site.data_dir / f"worker-{name}"})
        self._process = self._started()

    def kill(self) -> float:
        """Kill it with -9 and start it again; returns the moment."""
        self._process.kill()
        at = time.monotonic()
        self._process.wait()
        time.sleep(START_AGAIN_AFTER)
        self._process = self._started()
        return at

    def end(self) -> None:
        """End it for good."""
        self._process.terminate()
        self._process.wait(60)

    def _started(self) -> subprocess.Popen[bytes]:
        self._site.data_dir.mkdir(parents=True, exist_ok=True)
        with (self._site.data_dir / "worker.log").open("ab") as log:
            return subprocess.Popen([*LEADTRACE, "worker"], env=environment(self._site), stderr=log)


@contextmanager
def workers(site: Settings, count: int) -> Iterator[list[Worker]]:
    """So many workers of one group, until the block is left."""
    started = [Worker(site, str(number)) for number in range(count)]
    try:
        yield started
    finally:
        for each in started:
            each.end()


def measure(site: Settings, count: int, kills: int, chance: random.Random) -> list[float]:
    """Seconds without a snapshot after each kill of one of `count` workers."""
    taken = []
    with workers(site, count) as group, Traffic(site) as traffic:
        traffic.await_all(time.monotonic())
        for number in range(kills):
            time.sleep(chance.uniform(*CALM))
            traffic.await_all(time.monotonic())
            taken.append(traffic.await_all(chance.choice(group).kill()))
            say(f"{count} workers, kill {number + 1}: {taken[-1]:.1f} s")
    return taken


def main() -> None:
    """Kill and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=20, help="of each kind")
    arguments.add_argument("--seed", type=int, default=20261128)
    chosen = arguments.parse_args()
    with servers() as given:
        print("| killed | kills | median | 95th percentile | longest |\n|---|---|---|---|---|")
        for count, what in ((1, "the only worker"), (2, "one of two workers")):
            taken = sorted(measure(fresh(given), count, chosen.kills, random.Random(chosen.seed)))
            most = taken[max(0, -(-95 * len(taken) // 100) - 1)]
            middle = statistics.median(taken)
            print(
                f"| {what} | {len(taken)} | {middle:.1f} s | {most:.1f} s | {taken[-1]:.1f} s |", flush=True
            )


if __name__ == "__main__":
    main()
