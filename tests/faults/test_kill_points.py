"""Killed at any point of the delivery path, worker and loader leave effects as if nothing had happened.

Points have numbers; a program is killed at the first, then at the second, and so on, until a story ends
before a point with that number comes. `FAULT_DOSE=full` tries all of them, otherwise every few.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import facts as f
import pytest
from cluster import whole_snapshots
from databases import drop_database
from faults import mortal, pipeline
from faults.dosage import FULL, STORE
from faults.kafka_nodes import Nodes
from faults.oracle import insert, read
from faults.report import Report, summary
from running import connected, groups_of

from attribution.policy import Policy
from attribution.replay import Replay
from cli.topic_plan import wanted_topics
from cli.variables import environment
from producers.publishing.lag import lag_of
from producers.publishing.publisher import Publisher
from producers.publishing.topics import create_topics
from schemas.codec import Encoded, decode
from schemas.envelope import Fact
from schemas.topics import DEAD_LETTERS, JOURNEYS, LINKS, OPPORTUNITIES, WEBSITE
from settings import Settings
from sinks.clickhouse import connect
from sinks.proof import content_hash
from streams.app import app_id

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.faults]

PATIENCE = 180.0


def story(number: int) -> list[Encoded]:
    """A person in short: an ad, two devices, a form, the CRM, a deal; everything of it names the number."""
    one, two, lead = f"anon:a{number}", f"anon:b{number}", f"crm:crm:{number}"
    mail, gclid = f"email:{number:064x}", f"click{number}aaaaaaaaaa"
    url = f"https://www.site.example/story-{number}-"
    told: tuple[Fact, ...] = (
        f.page(one, 0, f"{url}?gclid={gclid}"),
        f.form(one, f.MINUTE, mail, url=url),
        f.page(two, f.HOUR, url),
        f.form(two, f.HOUR + f.MINUTE, mail, url=url),
        f.click(gclid, 0, keyword="pump", campaign=f"story-{number}-"),
        f.lead(lead, f.DAY, mail),
        f.stage(lead, f.DAY + f.MINUTE, "MQL"),
        f.deal(f"deal:crm:{number}", 2 * f.DAY, "won", lead, amount_minor=1000, currency="EUR"),
    )
    return f.records(*told)


def to_be_loaded(number: int) -> list[Encoded]:
    """The story, the cost of a day, and a record that nobody can read."""
    cost = f.ad_day("2026-01-01", f"pump {number}", number, campaign=f"story-{number}-")
    return [
        *story(number),
        *f.records(cost),
        Encoded(WEBSITE.name, b"anon:x", f"no story-{number}-".encode()),
    ]


class Mortals:
    """Orders programs from the process that forks them; may be used by several threads."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lock = threading.Lock()

    def order(self, **order: object) -> int:
        """Start a program; returns its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            pid: int = json.loads(self._process.stdout.readline())["pid"]
            return pid


@pytest.fixture(scope="module")
def mortals() -> Iterator[Mortals]:
    with subprocess.Popen(
        [sys.executable, mortal.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Mortals(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Lane:
    """A site of its own, on which one program after the other is killed, each at a later point."""

    site: Settings
    role: str
    mortals: Mortals
    tell: Callable[[int], list[Encoded]]
    told: list[Encoded] = field(default_factory=list)
    killed_at: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def walk(self, numbers: Iterator[int]) -> None:
        """Kill at each of these points until one is not reached: that program finishes its work."""
        if self.role == "worker":
            create_topics(self.site, wanted_topics(self.site))
        else:
            pipeline.prepare(self.site)
        self.site.data_dir.mkdir(exist_ok=True)
        for number in numbers:
            if not self._killed_at(number):
                return

    def _killed_at(self, number: int) -> bool:
        with self._alive(number) as (pid, log):
            self._settle()  # what the one before has left
            self._publish(self.tell(number))
            until = time.monotonic() + PATIENCE
            while is_running(pid):
                assert time.monotonic() < until, f"neither killed nor done at {number}: {log}"
                if self._left() == 0:
                    time.sleep(0.5)
                    if is_running(pid):
                        return False
                time.sleep(0.2)
            last = log.read_text("utf-8", "replace").strip().splitlines()[-1]
            assert f"died at {number}:" in last, f"ended by itself at {number}: {last} ({log})"
            self.killed_at.append(last.split("died at ")[1])
            return True

    @contextmanager
    def _alive(self, number: int) -> Iterator[tuple[int, Path]]:
        log = self.site.data_dir / f"{self.role}-{number}.log"
        began = time.monotonic()
        pid = self.mortals.order(
            role=self.role,
            log=str(log),
            settings={name: value for name, value in environment(self.site).items() if value},
            marker=f"story-{number}-",
            at=number,
        )
        try:
            ready = "assigned: " if self.role == "worker" else "loading "
            while not log.exists() or ready not in log.read_text("utf-8", "replace"):
                assert time.monotonic() < began + PATIENCE, f"not ready: {log}"
                assert is_running(pid), f"not alive: {log}"
                time.sleep(0.1)
            self.waits.append(time.monotonic() - began)
            yield pid, log
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _publish(self, records: Sequence[Encoded]) -> None:
        publisher = Publisher(self.site)
        publisher.publish(records)
        publisher.close()
        self.told += records

    def _left(self) -> int:
        name = app_id(self.site) if self.role == "worker" else f"{app_id(self.site)}-loader"
        return sum(lag_of(self.site, {name: groups_of(self.site)[name]}).values())

    def _settle(self) -> None:
        until = time.monotonic() + PATIENCE
        while self._left():
            assert time.monotonic() < until, f"not settled: {self.site.data_dir}"
            time.sleep(0.2)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def walk(
    site: Settings,
    role: str,
    mortals: Mortals,
    tell: Callable[[int], list[Encoded]],
    stride: int,
    lanes_at_once: int,
) -> list[Lane]:
    """Try every `stride`-th point, on several lanes at once."""
    names = [f"{role}{number}" for number in range(lanes_at_once)]
    lanes = [
        Lane(
            site.model_copy(
                update={
                    "topic_prefix": f"{site.topic_prefix}{name}.",
                    "clickhouse_database": f"{site.clickhouse_database}_{name}",
                    "data_dir": site.data_dir / name,
                    "partitions": 1,
                    # Of every day's few points half are tried with states on a disk.
                    "state_store": STORE if FULL or number % 2 == 0 else "rocksdb",
                }
            ),
            role,
            mortals,
            tell,
        )
        for number, name in enumerate(names)
    ]
    with ThreadPoolExecutor(lanes_at_once) as pool:
        walks = [
            pool.submit(lane.walk, itertools.count(1 + number * stride, lanes_at_once * stride))
            for number, lane in enumerate(lanes)
        ]
        for each in walks:
            each.result()
    return lanes


def test_a_worker_killed_at_any_point_has_the_effects_of_one_that_was_not(
    disturbed: Settings,
    nodes: Nodes,
    mortals: Mortals,
    policy: Policy,
    report: Report,
    dose: Callable[[int, int], int],
) -> None:
    lanes = walk(disturbed, "worker", mortals, story, dose(12, 1), dose(2, 4))
    sent = 0
    for lane in lanes:
        replay = Replay(policy)
        replay.feed(lane.told)
        replay.drain(500)
        snapshots = whole_snapshots(each.record for each in read(lane.site, JOURNEYS.name))
        deals = [decode(each.record.topic, each.record.value) for each in read(lane.site, OPPORTUNITIES.name)]
        links = {decode(LINKS.name, each.record.value).event_id for each in read(lane.site, LINKS.name)}
        sent += len(snapshots) + len(deals)
        assert newest(snapshots, "person") == newest(replay.journeys.values(), "person")
        assert newest(deals, "deal") == newest(replay.opportunities.values(), "deal")
        assert links == set(replay.links)
        assert read(lane.site, DEAD_LETTERS.name) == []
    tell(report, lanes, snapshots=sent)


def newest(snapshots: Iterable[Any], name: str) -> dict[str, Any]:
    """What counts: of each person or deal the snapshot with the highest version, whose content is the same
    as often as it was sent; the version itself counts deliveries."""
    some: dict[str, list[Any]] = {}
    for each in snapshots:
        some.setdefault(getattr(each, name), []).append(each)
    highest = {key: max(each.version for each in those) for key, those in some.items()}
    counting = {key: [each for each in those if each.version == highest[key]] for key, those in some.items()}
    assert all(each == those[0] for those in counting.values() for each in those)
    return {key: replace(those[0], version=0) for key, those in counting.items()}


def test_a_loader_killed_at_any_point_has_the_effects_of_one_that_was_not(
    disturbed: Settings,
    nodes: Nodes,
    mortals: Mortals,
    report: Report,
    dose: Callable[[int, int], int],
) -> None:
    lanes = walk(disturbed, "loader", mortals, to_be_loaded, dose(9, 1), dose(2, 4))
    for lane in lanes:
        pure = lane.site.model_copy(update={"clickhouse_database": f"{lane.site.clickhouse_database}_pure"})
        unreadable = [each for each in lane.told if each.value.startswith(b"no story")]
        insert(pure, [each for each in lane.told if each not in unreadable])
        with connected(connect(lane.site)) as found, connected(connect(pure)) as expected:
            for table in ("events", "ad_performance"):
                assert content_hash(found, table) == content_hash(expected, table)
            (letters,) = found.query("SELECT count() FROM dead_letters FINAL").rows
        assert letters == (len(unreadable),)
        drop_database(pure)
        drop_database(lane.site)
    tell(report, lanes)


def tell(report: Report, lanes: Sequence[Lane], **more: object) -> None:
    points = [point for lane in lanes for point in lane.killed_at]
    assert points
    last = max(int(each.split(":")[0]) for each in points)
    report.add(
        dose=f"killed at {len(points)} of {last} points",
        start=summary([seconds for lane in lanes for seconds in lane.waits]),
        events=sum(len(lane.told) for lane in lanes),
        lost=0,
        phantom=0,
        hash_equal=True,
        **more,
    )
    report.tell()
