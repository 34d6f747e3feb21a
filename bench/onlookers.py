"""Many visitors at a steady rate, each page view timed until the snapshot of the journey that holds it."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from bench.traffic import AGENT, SITE, START
from schemas.codec import Encoded, record_of
from schemas.envelope import natural_id
from schemas.topics import JOURNEYS, WEBSITE
from schemas.website import PageViewed
from settings import Settings

# Each visitor comes again after so many seconds.
PAUSE = 20
PATIENCE = 300
QUIET = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """One page view: when it was sent, in which partition, and after how many seconds its snapshot came."""

    sent_at: float
    partition: int
    delay: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest snapshot of the visitor who is watched, when it came, and how many had come by then."""

    came_at: float
    count: int
    partition: int
    value: bytes

    def known_at(self) -> int:
        """When its newest fact was received."""
        return int(orjson.loads(self.value)["known_at"])


class Onlookers:
    """Sends and reads in threads of its own, as long as the block lasts; `watched` names somebody else."""

    def __init__(self, mine: Settings, rate: int, watched: str) -> None:
        self.samples: list[Sample] = []
        self.seen: Snapshot | None = None
        self._mine = mine
        self._rate = rate
        self._watched = watched.encode()
        self._over = threading.Event()
        names = [f"anon:{n}".encode() for n in range(rate * PAUSE)]
        self._waiting: dict[bytes, deque[float]] = {name: deque() for name in names}
        self._arrived = dict.fromkeys(self._waiting, 0)
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._read, self._send)]

    def __enter__(self) -> "Onlookers":
        for thread in self._threads:
            thread.start()
        wait_until(lambda: bool(self.samples))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if kind is None:
            # None may be left out: those that take longest are what is asked for.
            wait_until(lambda: not any(thread.is_alive() for thread in self._threads))

    def between(self, began: float, ended: float) -> list[Sample]:
        """The page views that were sent between two times of the monotonic clock."""
        return [sample for sample in self.samples if began <= sample.sent_at < ended]

    def sent(self, key: bytes, now: float) -> None:
        """Note that a visitor's next page view is on its way."""
        self._waiting[key].append(now)

    def came(self, key: bytes, partition: int, value: bytes, now: float) -> None:
        """Note that a snapshot came."""
        if key == self._watched:
            self.seen = Snapshot(now, 1 + (self.seen.count if self.seen else 0), partition, value)
        if key not in self._waiting:
            return
        # The n-th page view has come when the journey has n facts; several may come at once.
        for _ in range(orjson.loads(value)["facts"] - self._arrived[key]):
            sent_at = self._waiting[key].popleft()
            self.samples.append(Sample(sent_at, partition, now - sent_at))
            self._arrived[key] += 1

    def unseen(self) -> int:
        """How many page views have no snapshot yet."""
        return sum(map(len, self._waiting.values()))

    def wait_for_quiet(self) -> None:
        """Wait until the worker has caught up with all that was sent before."""
        time.sleep(QUIET)
        wait_until(lambda: self.samples[-1].delay < QUIET / 10)
        time.sleep(QUIET)

    def _send(self) -> None:
        producer = KafkaProducer(**self._mine.kafka_options(), acks="all", linger_ms=0)
        names = list(self._waiting)
        began = time.monotonic()
        number = 0
        while not self._over.is_set():
            time.sleep(max(0.0, began + number / self._rate - time.monotonic()))
            name = names[number % len(names)]
            record = viewed(name.decode(), number)
            self.sent(name, time.monotonic())
            producer.send(self._mine.topic_prefix + record.topic, key=record.key, value=record.value)
            number += 1
        producer.close()

    def _read(self) -> None:
        topic = self._mine.topic_prefix + JOURNEYS.name
        reader = KafkaConsumer(**self._mine.kafka_options(), auto_offset_reset="earliest")
        reader.assign([TopicPartition(topic, number) for number in range(self._mine.partitions)])
        while not self._over.is_set() or self.unseen():
            for place, records in reader.poll(200).items():
                now = time.monotonic()
                for record in records:
                    self.came(record.key, place.partition, record.value, now)
        reader.close()


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something has come true."""
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            raise SystemExit(f"the worker did not come so far within {PATIENCE} s")
        time.sleep(0.05)


def viewed(name: str, number: int) -> Encoded:
    """A page view of somebody who comes from an ad."""
    fact = PageViewed(
        event_id=natural_id("bench", "onlooker", number),
        occurred_at=START + number * 1000,
        received_at=START + number * 1000,
        source="bench",
        subject=name,
        url=f"{SITE}/page-{number % 40}?utm_source=baidu&utm_medium=cpc",
        referrer="https://www.baidu.com/",
        user_agent=AGENT,
    )
    return record_of(fact, WEBSITE.name)
