"""Hits at a chosen rate, of one visitor or of a crowd, sent by a process of its own beside what is measured.

`python -m bench.hits HITS RATE VISITORS` sends them to the site that its environment names.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from random import Random
from typing import Any

from kafka import KafkaProducer

import settings as configuration
from bench.site import environment
from bench.traffic import AGENT, SITE, START, landing
from schemas.codec import Encoded, record_of
from schemas.envelope import natural_id
from schemas.topics import WEBSITE
from schemas.website import PageEngaged, PageViewed
from settings import Settings

# Sent without a pause in between; far less than what a worker takes in one run.
BURST = 40
APART_MS = 2000
DELAY_MS = 200


def main() -> None:
    """Send the hits."""
    count, rate, visitors = map(int, sys.argv[1:])
    mine = configuration.load()
    producer = KafkaProducer(**mine.kafka_options(), acks="all", linger_ms=5, batch_size=1 << 17)
    print("begun", flush=True)
    began = time.monotonic()
    for number, record in enumerate(hits(count, visitors)):
        if number % BURST == 0:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
        producer.send(mine.topic_prefix + record.topic, key=record.key, value=record.value)
    producer.flush(120)
    print("acknowledged", flush=True)
    producer.close()


def visit(mine: Settings, count: int, rate: int, visitors: int) -> tuple[float, float]:
    """Have hits sent by another process; return when it began and when the last one was acknowledged."""
    command = [sys.executable, "-m", "bench.hits", str(count), str(rate), str(visitors)]
    with subprocess.Popen(command, env=environment(mine), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            times = [time.monotonic() for _ in iter(process.stdout.readline, "")]
        finally:
            process.terminate()
    if len(times) != 2:
        raise SystemExit("the hits could not be sent")
    return times[0], times[1]


def name_of(number: int, visitors: int) -> str:
    """Name one of so many visitors."""
    return f"anon:hit-{number % visitors}-of-{visitors}"


def hits(count: int, visitors: int) -> Iterator[Encoded]:
    """Views of many pages, each third hit the time spent on the last one; each 24th is an ad's landing."""
    chance = Random(7)
    pages: dict[str, str] = {}
    for number in range(count):
        name, turn = name_of(number, visitors), number // visitors
        if turn % 3 != 2 or name not in pages:
            page = f"{SITE}/page-{chance.randrange(400)}?from={chance.randrange(9)}"
            pages[name] = page if turn % 24 else landing(chance)
            yield record_of(_viewed(name, number, pages[name]), WEBSITE.name)
        else:
            yield record_of(_engaged(name, number, pages[name]), WEBSITE.name)


def _viewed(name: str, number: int, url: str) -> PageViewed:
    return PageViewed(**_of_hit(name, number, url), title="A page of the website", user_agent=AGENT)


def _engaged(name: str, number: int, url: str) -> PageEngaged:
    return PageEngaged(**_of_hit(name, number, url), dwell_ms=1500)


def _of_hit(name: str, number: int, url: str) -> dict[str, Any]:
    """What every hit tells."""
    return {
        "event_id": natural_id("bench", "hit", name, number),
        "occurred_at": START + number * APART_MS,
        "received_at": received_at(number),
        "source": "bench",
        "subject": name,
        "url": url,
    }


def received_at(number: int) -> int:
    """When a hit was received, by its number; the snapshot with the last one is known at that time."""
    return START + number * APART_MS + DELAY_MS


if __name__ == "__main__":
    main()
