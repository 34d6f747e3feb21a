"""How large every topic and table is after a month of a simulated market, whose facts came one by one.

`python -m bench.sizing [--visitors N …]` runs the whole pipeline on a market of each size, prints a line of
JSON for each, and appends it to docs/sizing.jsonl, of which docs/generate_sizing.py makes docs/sizing.md.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

import market
import settings as configuration
from attribution.policy import parse_policy
from bench.market_records import records_of
from bench.site import produce, say
from bench.timed_worker import cpu_of, pipeline_processes
from cli.pipeline import prepare, servers, start_processes
from cli.settling import wait_settled
from cli.topic_plan import wanted_topics
from schemas.codec import Encoded, decode, encode
from schemas.terms import DAY_MS
from settings import Settings
from sinks.clickhouse import connect
from stack.processes import Supervisor
from streams.handlers import agent_specs

DAYS = 30
MARKET_DAYS = 60  # so long its stories take
DELAY_MS = 1000
SEED = 7
# Slow enough that a worker takes facts as they come, and hardly two of one journey in a step.
FACTS_PER_SECOND = 700
FIGURES = Path(__file__).parents[1] / "docs" / "sizing.jsonl"
SIZES = """
    SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts
    WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table
"""


def main() -> None:
    """Measure each size."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--visitors", type=int, nargs="+", default=[2_000, 5_000])
    arguments.add_argument("--rate", type=int, default=FACTS_PER_SECOND, help="facts per second")
    chosen = arguments.parse_args()
    for visitors in chosen.visitors:
        line = measured(visitors, chosen.rate)
        print(json.dumps(line), flush=True)
        with FIGURES.open("a", encoding="utf-8") as figures:
            figures.write(json.dumps(line) + "\n")


def measured(visitors: int, rate: int) -> dict[str, Any]:
    """Run the pipeline on a market of so many visitors; return what it leaves behind."""
    records = spread(market_of(visitors))
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        given = configuration.load().model_copy(update={"data_dir": Path(folder), "collector_port": 0})
        with servers(given, say) as running:
            prepare(running, say)
            start_processes(running, say)
            say(f"sending {len(records):,} facts")
            before = {name: cpu_of(each) for name, each in pipeline_processes().items()}
            produce(running.given, paced(records, rate))
            settle(running.given, running.supervisor)
            used = {name: cpu_of(each) - before[name] for name, each in pipeline_processes().items()}
            return {
                "visitors": visitors,
                "days": DAYS,
                "measured": f"{datetime.now(UTC):%Y-%m-%d}",
                "facts": len(records),
                "by_topic": dict(Counter(record.topic for record in records)),
                "fact_bytes": sum(len(record.key) + len(record.value) for record in records),
                "topics": topics_of(running.given),
                "tables": tables_of(running.given),
                "per_cpu_second": {name: round(len(records) / used[name]) for name in ("worker", "loader")},
            }


def market_of(visitors: int) -> list[Encoded]:
    """The records of the last month of a market that ends today; each is received as it happened, also those
    that it tells in files at its end."""
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        first = datetime.now(UTC).date() - timedelta(MARKET_DAYS)
        played = market.simulate(SEED, visitors, first, MARKET_DAYS)
        market.write(played, Path(folder))
        records = records_of(Path(folder), played.end_ms + 1000)
    begin = played.end_ms - DAYS * DAY_MS
    facts = ((record, decode(record.topic, record.value)) for record in records)
    return [
        replace(record, value=encode(fact.model_copy(update={"received_at": fact.occurred_at + DELAY_MS})))
        for record, fact in facts
        if fact.occurred_at >= begin
    ]


def spread(records: Sequence[Encoded]) -> list[Encoded]:
    """The facts of each key in their order and far from one another, as when a month takes a month."""
    chance = Random(SEED)
    total = Counter(record.key for record in records)
    begins = {key: chance.random() for key in total}
    before: Counter[bytes] = Counter()
    placed = []
    for number, record in enumerate(records):
        placed.append(((before[record.key] + begins[record.key]) / total[record.key], number))
        before[record.key] += 1
    return [records[number] for _, number in sorted(placed)]


def paced(records: Iterable[Encoded], rate: int) -> Iterator[Encoded]:
    """The records at a steady rate."""
    began = time.monotonic()
    for number, record in enumerate(records):
        if number % 20 == 0:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
        yield record


def settle(given: Settings, supervisor: Supervisor) -> None:
    """Wait until everything has arrived."""
    agents = agent_specs(parse_policy(configuration.policy_text(given)), given.partitions)
    wait_settled(given, agents, supervisor.check, lambda _: None)


def topics_of(given: Settings) -> dict[str, dict[str, int]]:
    """Of each topic: its records, its bytes on the broker's disk, its keys, and the bytes that are left once
    only the newest record of each key is."""
    admin = KafkaAdminClient(**given.kafka_options())
    try:
        sizes = log_sizes(admin.describe_log_dirs(list(wanted_topics(given))))
    finally:
        admin.close()
    found = {}
    for name in sorted(wanted_topics(given)):
        records, keys, newest, all_bytes = read_through(given, name)
        disk = sizes[name]
        found[name.removeprefix(given.topic_prefix)] = {
            "records": records,
            "bytes": disk,
            "keys": keys,
            "compacted": round(disk * newest / all_bytes) if all_bytes else 0,
        }
    return found


def log_sizes(described: Sequence[Any]) -> Counter[str]:
    """The bytes of each topic on the disks of the brokers."""
    sizes: Counter[str] = Counter()
    for broker in described:
        for folder in broker["log_dirs"] if "log_dirs" in broker else broker["results"]:
            for topic in folder["topics"]:
                name = topic["name"] if "name" in topic else topic["topic"]
                sizes[name] += sum(each["partition_size"] for each in topic["partitions"])
    return sizes


def read_through(given: Settings, topic: str) -> tuple[int, int, int, int]:
    """Records; keys that aren't deleted, and the bytes of the newest record of each; and the bytes of all."""
    reader = KafkaConsumer(**given.kafka_options(), auto_offset_reset="earliest", enable_auto_commit=False)
    places = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ()]
    reader.assign(places)
    ends = reader.end_offsets(places)
    newest: dict[bytes | None, int] = {}
    records = total = 0
    while any(reader.position(place) < ends[place] for place in places):
        for batch in reader.poll(500).values():
            for record in batch:
                size = len(record.key or b"") + len(record.value or b"")
                records += 1
                total += size
                if record.value is None:
                    newest.pop(record.key, None)
                else:
                    newest[record.key] = size
    reader.close()
    return records, len(newest), sum(newest.values()), total


def tables_of(given: Settings) -> dict[str, dict[str, int]]:
    """Rows and bytes on disk of each table, once all its parts are merged into one."""
    client = connect(given)
    try:
        for table, *_ in client.query(SIZES).rows:
            client.query(f"OPTIMIZE TABLE {table} FINAL")
        return {
            str(table): {"rows": int(rows), "bytes": int(size)}
            for table, rows, size in client.query(SIZES).rows
        }
    finally:
        client.close()


if __name__ == "__main__":
    main()
