"""What it costs that a superseded worker's late writes don't count: claims in the log, and transactions.

`python -m bench.fencing` writes states to a changelog in three ways that take turns: as they are, with the
stamps of a claim, and in a transaction for each write, by a producer for each partition. With `--against DIR`
it also times whole workers, in turns with those of DIR, another checkout.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from aiokafka import AIOKafkaProducer

from bench.site import WORKER, fresh, say, servers, shipped_policy
from bench.timed_worker import Runner, facts_of, measure
from settings import Settings
from streams.app import changelog_topics, client_options
from streams.batches import Output
from streams.changelog import Changelog
from streams.handlers import agent_specs
from streams.states import Checkpoint

STATE = bytes(range(256)) * 4
ROUNDS = 5
SIZES = {1: 600, 200: 120}
Write = Callable[[int, Sequence[Output]], Awaitable[None]]


def main() -> None:
    """Measure in turns."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--against", type=Path, help="another checkout, whose workers are timed, too")
    arguments.add_argument("--visitors", type=int, default=4_000)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = arguments.parse_args()
    with servers() as site:
        asyncio.run(compare_writes(site, chosen.rounds))
        if chosen.against:
            compare_workers(site, chosen.against.resolve(), chosen.visitors, chosen.rounds)


async def compare_writes(site: Settings, rounds: int) -> None:
    """Print writes per second and the median time of a write, each way against plain writes."""
    for size, count in SIZES.items():
        rates: dict[str, list[float]] = defaultdict(list)
        waits: dict[str, list[float]] = defaultdict(list)
        for number in range(rounds + 1):
            for way in ("plain", "claims", "transactions"):
                rate, wait = await timed(fresh(site), way, size, count)
                if number:  # the first round warms up
                    rates[way].append(rate)
                    waits[way].append(wait)
        for way in rates:
            rate, wait = statistics.median(rates[way]), statistics.median(waits[way])
            ratio = statistics.median(one / two for one, two in zip(rates[way], rates["plain"], strict=True))
            print(f"writes of {size:>3} {way:13} {rate:>7,.0f}/s ({ratio:.2f}), each {wait * 1e3:.1f} ms")


async def timed(mine: Settings, way: str, size: int, count: int) -> tuple[float, float]:
    """Writes per second, all partitions at once, and the median time of one."""
    topic = next(iter(changelog_topics(mine, agent_specs(shipped_policy(), mine.partitions))))
    async with AsyncExitStack() as opened:
        write = await writer(mine, topic, way, opened)
        waits: list[float] = []
        began = time.perf_counter()
        await asyncio.gather(
            *(keep_writing(write, p, way, size, count, waits) for p in range(mine.partitions))
        )
        return len(waits) / (time.perf_counter() - began), statistics.median(waits)


async def keep_writing(
    write: Write, partition: int, way: str, size: int, count: int, waits: list[float]
) -> None:
    """Write the same keys again and again, each time when the write before it is acknowledged."""
    changelog = Changelog()
    changes: dict[bytes, bytes | None] = {b"anon:%d" % number: STATE for number in range(size)}
    for _ in range(count):
        began = time.perf_counter()
        if way == "claims":
            records = changelog.next_write(changes)
            await write(partition, records)
            changelog.wrote(records, (changelog.end or 0) + len(records))
        else:
            await write(partition, [Output("", key, value) for key, value in changes.items()])
            changelog.states.write(changes, Checkpoint())
        waits.append(time.perf_counter() - began)


async def writer(mine: Settings, topic: str, way: str, opened: AsyncExitStack) -> Write:
    """Write by one producer, or in transactions of one for each partition."""
    ids = [f"{topic}-{number}" if way == "transactions" else None for number in range(mine.partitions)]
    options = {**client_options(mine), "acks": "all", "max_batch_size": 1 << 20}
    made = {each: AIOKafkaProducer(**options, transactional_id=each) for each in dict.fromkeys(ids)}
    for producer in made.values():
        await producer.start()
        opened.push_async_callback(producer.stop)

    async def send(producer: AIOKafkaProducer, partition: int, records: Sequence[Output]) -> None:
        batch = producer.create_batch()
        for each in records:
            batch.append(key=each.key, value=each.value, timestamp=None, headers=list(each.headers))
        batch.close()
        await (await producer.send_batch(batch, topic, partition=partition))

    async def write(partition: int, records: Sequence[Output]) -> None:
        producer = made[ids[partition]]
        if way != "transactions":
            await send(producer, partition, records)
            return
        async with producer.transaction():
            await send(producer, partition, records)

    return write


def compare_workers(site: Settings, other: Path, visitors: int, rounds: int) -> None:
    """Print facts per second and per CPU second of whole workers, ours against the other checkout's."""
    records = facts_of("traffic", visitors)
    ratios: list[tuple[float, float]] = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        rates = {}
        for path in (other, Path.cwd()) if number % 2 else (Path.cwd(), other):
            command = (sys.executable, "-P", *WORKER[1:])
            rates[path] = measure(site, records, Runner(command, variables={"PYTHONPATH": str(path)}))
        ours, theirs = rates[Path.cwd()], rates[other]
        ratios.append((ours.by_time / theirs.by_time, ours.by_cpu / theirs.by_cpu))
        print(
            f"worker: {ours.by_time:,.0f} facts/s against {theirs.by_time:,.0f}, "
            f"per CPU second {ours.by_cpu:,.0f} against {theirs.by_cpu:,.0f}"
        )
    by_time, by_cpu = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(f"worker: ratio {by_time:.2f} by time, {by_cpu:.2f} by CPU time")


if __name__ == "__main__":
    main()
