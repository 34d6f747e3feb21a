"""What a visitor who never stops costs all others: how long their page views take, alone and beside it.

`python -m bench.hot_visitor [--hits N]` runs a worker, sends page views of many visitors at a steady
rate and times each from its publication to the snapshot that holds it: alone, beside a crowd that makes as
many hits a second as the one will, and beside the one.
"""

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence

import psutil
from kafka import KafkaConsumer, TopicPartition

from attribution.layout import load_layout, whose
from bench.hits import name_of, received_at, visit
from bench.onlookers import Onlookers, Sample, wait_until
from bench.site import WORKER, fresh, group_of, running, say, servers, shipped_policy, wait_for_group
from schemas.topics import WEBSITE
from settings import Settings
from streams.app import changelog_topics
from streams.handlers import agent_specs

HOT = name_of(0, 1)
CROWD = 20_000


def main() -> None:
    """Run a worker and measure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hits", type=int, default=100_000, help="of the one visitor")
    arguments.add_argument("--hit-rate", type=int, default=2500, help="hits per second")
    arguments.add_argument("--rate", type=int, default=200, help="page views of all others per second")
    arguments.add_argument(
        "--seconds", type=int, default=30, help="how long the others are alone, how long the crowd is there"
    )
    chosen = arguments.parse_args()
    with servers() as site:
        mine = fresh(site)
        with running(WORKER, mine) as worker:
            measure(mine, worker, chosen)


def measure(mine: Settings, worker: psutil.Process, chosen: argparse.Namespace) -> None:
    """Take the others' delays through the three phases, and print what was seen."""
    with Onlookers(mine, chosen.rate, HOT) as others:
        others.wait_for_quiet()
        say("the others alone")
        alone = (time.monotonic(), time.monotonic() + chosen.seconds)
        time.sleep(chosen.seconds)
        say("beside a crowd")
        crowd = visit(mine, chosen.hit_rate * chosen.seconds, chosen.hit_rate, CROWD)
        others.wait_for_quiet()
        say("beside one visitor")
        size, used = worker.memory_info().rss, cpu_of(worker)
        one = visit(mine, chosen.hits, chosen.hit_rate, 1)
        used = cpu_of(worker) - used
        wait_until(lambda: others.seen is not None and others.seen.known_at() == received_at(chosen.hits - 1))
    wait_for_group(mine, group_of(mine), [WEBSITE.name], 60)
    last = others.seen
    assert last is not None
    took = one[1] - one[0]
    print(f"{chosen.hits:,} hits of one visitor at {chosen.hits / took:,.0f} per second, ", end="")
    print(f"{chosen.hits / last.count:,.0f} to a step; ", end="")
    print(f"the last one is in its journey {last.came_at - one[1]:.2f} s after it was acknowledged")
    print(f"worker: {used / took:.0%} of a core meanwhile, ", end="")
    print(f"{size / 1e6:,.0f} MB resident before, {worker.memory_info().rss / 1e6:,.0f} MB after")
    phases = {"alone": alone, "beside a crowd": crowd, "beside one visitor": one}
    report({name: others.between(*times) for name, times in phases.items()}, last.partition)
    state = newest_state(mine, last.partition)
    facts = load_layout(HOT, state[HOT.encode()], state.get).facts
    print(
        f"its state: {sum(map(len, state.values())):,} bytes in {len(state)} records, {facts:,} facts; ",
        end="",
    )
    print(f"its snapshot: {len(last.value):,} bytes")


def report(phases: Mapping[str, Sequence[Sample]], hot: int) -> None:
    """Print the others' delays in each phase, and how many times those of the first one they are."""
    for where in ("same partition", "other partitions"):
        first: tuple[float, float] | None = None
        for name, samples in phases.items():
            delays = [
                each.delay for each in samples if (each.partition == hot) == (where == "same partition")
            ]
            cuts = statistics.quantiles(delays, n=100)
            middle, high = cuts[49], cuts[98]
            first = first or (middle, high)
            print(
                f"{where:16} {name:18} median {middle * 1e3:>6,.0f} ms ({middle / first[0]:.1f}), "
                f"p99 {high * 1e3:>6,.0f} ms ({high / first[1]:.1f}), of {len(delays):,}"
            )


def newest_state(mine: Settings, partition: int) -> dict[bytes, bytes]:
    """Return the records of the visitor's newest state in the changelog of the worker's table."""
    topic = next(iter(changelog_topics(mine, agent_specs(shipped_policy(), mine.partitions))))
    place = TopicPartition(topic, partition)
    reader = KafkaConsumer(**mine.kafka_options(), auto_offset_reset="earliest")
    reader.assign([place])
    end = reader.end_offsets([place])[place]
    found: dict[bytes, bytes] = {}
    while reader.position(place) < end:
        for record in reader.poll(500).get(place, ()):
            if whose(record.key) == HOT.encode():
                found[record.key] = record.value
    reader.close()
    return {key: value for key, value in found.items() if value}


def cpu_of(process: psutil.Process) -> float:
    """The CPU seconds that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
