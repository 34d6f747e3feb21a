"""What a second worker brings: one worker on one core, and two on two cores, on the same facts that wait.

`python -m bench.scaling` takes turns, and prints facts per second and per CPU second, and the ratio.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from bench.memory import PAGES
from bench.site import WORKER, fresh, group_of, produce, running, say, servers
from bench.timed_worker import cpu_of, members
from bench.traffic import traffic
from schemas.topics import WEBSITE
from settings import Settings

# From when all workers have their partitions until the first of them may have nothing left to do.
MEASURED_UNTIL = 0.8
WITHIN = 600.0


def main() -> None:
    """Measure in turns."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--visitors", type=int, default=24_000)
    arguments.add_argument("--rounds", type=int, default=2)
    chosen = arguments.parse_args()
    ratios = []
    with servers() as site:
        for _ in range(chosen.rounds):
            one = rate_of(site, chosen.visitors, (0,))
            two = rate_of(site, chosen.visitors, (0, 1))
            ratios.append((two[0] / one[0], two[1] / one[1]))
            print(
                f"one worker on one core: {one[0]:,.0f} facts/s, {one[1]:,.0f} per CPU second; "
                f"two on two: {two[0]:,.0f}, {two[1]:,.0f}",
                flush=True,
            )
    by_time, by_cpu = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(f"two workers: {by_time:.2f} times one, by CPU second of each {by_cpu:.2f}")


def rate_of(site: Settings, visitors: int, cores: Sequence[int]) -> tuple[float, float]:
    """Facts per second and per CPU second of a worker on each of these cores."""
    mine = fresh(site)
    total = produce(mine, traffic(visitors, PAGES))
    reader = KafkaConsumer(**mine.kafka_options(), group_id=group_of(mine), enable_auto_commit=False)
    with ExitStack() as opened:
        workers = []
        for core in cores:
            own = mine.model_copy(update={"data_dir": mine.data_dir / f"worker-{core}"})
            workers.append(opened.enter_context(running(WORKER, own)))
            workers[-1].cpu_affinity([core])
        wait_for_members(mine, len(cores))
        say(f"{len(cores)} workers have their partitions")
        done, used, began = committed(mine, reader), sum(map(cpu_of, workers)), time.monotonic()
        while (now := committed(mine, reader)) < total * MEASURED_UNTIL:
            if time.monotonic() - began > WITHIN:
                raise SystemExit(f"only {now:,} of {total:,} facts were taken within {WITHIN:.0f} s")
            time.sleep(0.1)
        seconds, cpu = time.monotonic() - began, sum(map(cpu_of, workers)) - used
        if now - done < total / 4:
            raise SystemExit("nearly all was done before all workers had partitions: use more --visitors")
    reader.close(autocommit=False)
    return (now - done) / seconds, (now - done) / cpu


def wait_for_members(mine: Settings, count: int) -> None:
    """Wait until so many workers have partitions."""
    admin = KafkaAdminClient(**mine.kafka_options())
    try:
        for _ in range(1200):
            if members(admin, group_of(mine)) == count:
                return
            time.sleep(0.05)
    finally:
        admin.close()
    raise SystemExit("the workers did not get partitions within a minute")


def committed(mine: Settings, reader: KafkaConsumer) -> int:
    """How many facts the group has committed."""
    topic = mine.topic_prefix + WEBSITE.name
    return sum(reader.committed(TopicPartition(topic, number)) or 0 for number in range(mine.partitions))


if __name__ == "__main__":
    main()
