"""What flows into a disturbed pipeline: a market's records, visitors of a website, a pulse of partitions."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import facts as f

from producers.publishing.publisher import Publisher, PublishError
from schemas.codec import Encoded
from schemas.envelope import natural_id
from schemas.partitions import partition_of
from settings import Settings

VISITORS = 6  # of each partition


def browsed(number: int) -> str:
    """The id of an event that is sent to the collector."""
    return natural_id("browsed", number)


@dataclass
class Load:
    """All that was sent: records to their topics, and event ids that the collector has confirmed."""

    site: Settings
    collector: str
    sent: list[Encoded] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)
    failures: list[Exception] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def flowing(self, records: Sequence[Encoded], seconds: float) -> Iterator[None]:
        """Let everything flow while the block runs; the records take so many seconds."""
        over = threading.Event()
        works: list[Callable[[], None]] = [
            lambda: self.publish(records, seconds),
            lambda: self.pulse(over),
            lambda: self.browse(over),
        ]
        threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.failures.append(error)
            raise

    def publish(self, records: Sequence[Encoded], seconds: float) -> None:
        """Publish these records evenly over so many seconds, as often as it takes."""
        publisher = Publisher(self.site, patience=120)
        began = time.monotonic()
        try:
            for start in range(0, len(records), 50):
                time.sleep(max(0.0, began + seconds * start / len(records) - time.monotonic()))
                self._send(publisher, records[start : start + 50])
        finally:
            publisher.close()

    def pulse(self, until: threading.Event, every: float = 0.5) -> None:
        """Let a visitor of each partition look at a page twice a second: it shows when one stops.

        They are always the same few, in turn, so that a state that is put back loses some of their pages.
        """
        publisher = Publisher(self.site, patience=120)
        number = 0
        try:
            while not until.wait(every):
                self._send(publisher, self._pages(number % VISITORS, number))
                number += 1
        finally:
            publisher.close()

    def publish_last(self, records: Sequence[Encoded]) -> None:
        """Publish these, and one more page of each visitor: what is derived next shows what was kept."""
        publisher = Publisher(self.site, patience=120)
        try:
            for visitor in range(VISITORS):
                self._send(publisher, self._pages(visitor, 100_000 + visitor))
            self._send(publisher, records)
        finally:
            publisher.close()

    def _pages(self, visitor: int, number: int) -> list[Encoded]:
        names = [self._visitor(partition, visitor) for partition in range(self.site.partitions)]
        pages = [f.page(name, number * 1000, f"https://www.site.example/{number}") for name in names]
        return f.records(*pages)

    def _visitor(self, partition: int, number: int) -> str:
        """A name that falls into this partition."""
        candidates = (f"anon:pulse-{number}-{each}" for each in range(10_000))
        return next(
            name for name in candidates if partition_of(name.encode(), self.site.partitions) == partition
        )

    def _send(self, publisher: Publisher, records: Sequence[Encoded]) -> None:
        with self._lock:
            self.sent.extend(records)
        for _ in range(10):
            try:
                publisher.publish(records)
            except PublishError:
                continue
            return
        raise AssertionError("the three nodes do not take records")

    def browse(self, until: threading.Event, per_second: float = 5.0) -> None:
        """Send page views to the collector, each as often as it takes until it is confirmed."""
        number = 0
        while not until.wait(1 / per_second):
            event = {
                "type": "page_viewed",
                "id": browsed(number),
                "anonymous_id": f"browser-{number // 5}",
                "url": f"https://www.site.example/{number % 5}",
                "occurred_at": f.START + number * 1000,
            }
            while not self._post(event):
                if until.wait(0.3):
                    return
            self.confirmed.add(browsed(number))
            number += 1

    def _post(self, event: dict[str, object]) -> bool:
        request = urllib.request.Request(
            f"{self.collector}/v1/events", json.dumps(event).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False
