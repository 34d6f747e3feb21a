"""Reads journeys all the time that a pipeline is disturbed, and finds every one that is not whole."""

import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from schemas.closed_touchpoints import is_closed_touchpoint, whole
from schemas.codec import Encoded, decode, decode_closed
from schemas.journey import Journey, Touchpoint
from schemas.topics import JOURNEYS
from settings import Settings
from sinks.clickhouse import ClickHouse, ClickHouseError, connect

EVERY = 0.5
SHARES = 3
# What is known now, and in turn what was known some seconds ago: a share of all people each time.
NOW, THEN = "journeys FINAL", "journeys_as_of(as_of = '{as_of}')"
QUERY = """
SELECT person, version, touchpoints.id, arrayFirst((id, stage) -> stage = 'visitor', stages.id, stages.stage)
FROM {journeys}
WHERE cityHash64(person) % {shares} = {share}
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A journey as a reader saw it: its touchpoints, and which of them made the person a visitor, if any."""

    person: str
    version: int
    touchpoints: tuple[str, ...]
    visitor: str


class Reader:
    """Somebody who reads while the block runs."""

    def __init__(self, site: Settings) -> None:
        self.seen: set[Seen] = set()
        self.reads = 0
        self._site = site
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)

    def _read(self) -> None:
        client: ClickHouse | None = None
        for number in count():
            if self._ended.wait(EVERY):
                break
            # ClickHouse may be what is struck.
            with suppress(ClickHouseError):
                client = client or connect(self._site, timeout=10.0)
                self._look(client, number)
        if client:
            client.close()

    def _look(self, client: ClickHouse, number: int) -> None:
        ago = datetime.fromtimestamp(time.time() - 3.0, ZoneInfo(self._site.timezone))
        journeys = (NOW, THEN.format(as_of=f"{ago:%Y-%m-%d %H:%M:%S}"))[number % 2]
        share = number // 2 % SHARES
        found = client.query(QUERY.format(journeys=journeys, shares=SHARES, share=share))
        self.seen |= {
            Seen(person, version, tuple(ids), visitor) for person, version, ids, visitor in found.rows
        }
        self.reads += 1

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()


def not_whole(seen: Iterable[Seen], published: Iterable[Encoded]) -> list[Seen]:
    """Which of the journeys that somebody saw are none that was published, whole, in the topic of journeys.

    Nor is one without the visit that it says made the person a visitor, whatever was published.
    """
    all_of = whole_of(published)
    return [
        each
        for each in seen
        if each.touchpoints not in all_of.get((each.person, each.version), set())
        or (each.visitor and each.visitor not in each.touchpoints)
    ]


def whole_of(published: Iterable[Encoded]) -> Mapping[tuple[str, int], set[tuple[str, ...]]]:
    """The touchpoints of every snapshot with those that it names, by person and version."""
    closed: dict[str, Touchpoint] = {}
    snapshots: list[Journey] = []
    for record in published:
        if record.value is not None and is_closed_touchpoint(record.key):
            part = decode_closed(record.value)
            closed[part.ref] = part.touchpoint
        elif record.value is not None:
            snapshots.append(decode(JOURNEYS.name, record.value))
    found: dict[tuple[str, int], set[tuple[str, ...]]] = {}
    for snapshot in snapshots:
        touchpoints = tuple(each.id for each in whole(snapshot, closed).touchpoints)
        found.setdefault((snapshot.person, snapshot.version), set()).add(touchpoints)
    return found
