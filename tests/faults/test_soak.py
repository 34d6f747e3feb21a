"""Hours of the same load leave memory, open files and lag as they were: nothing grows with time.

FAULT_SOAK_MINUTES says for how long: thirty by `make soak`.
"""

import os
import threading
import time
from collections.abc import Sequence

import facts as f
import pytest
from faults import pipeline
from faults.kafka_nodes import Nodes
from faults.lags import Lags
from faults.proxy import Network
from faults.report import MEGABYTE, Report
from running import settle

from producers.publishing.publisher import Publisher
from settings import Settings

MINUTES = float(os.environ.get("FAULT_SOAK_MINUTES", "0"))
pytestmark = [
    pytest.mark.servers,
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.skipif(not MINUTES, reason="takes half an hour: `make soak`"),
]

VISITORS = 12
PER_SECOND = 20
WARM_UP = 0.3  # of the time: until every visitor's state is as full as it gets
TEN_MINUTES = 600.0


def look_around(site: Settings, until: threading.Event) -> int:
    """Let always the same visitors look at pages, evenly; returns how many pages that were."""
    publisher = Publisher(site)
    number = 0
    began = time.monotonic()
    while not until.is_set():
        pages = [
            f.page(f"anon:soak-{each % VISITORS}", each * 60_000, f"https://www.site.example/{each % 7}")
            for each in range(number, number + PER_SECOND)
        ]
        publisher.publish(f.records(*pages))
        number += PER_SECOND
        until.wait(max(0.0, began + number / PER_SECOND - time.monotonic()))
    publisher.close()
    return number


def slope(points: Sequence[tuple[float, float]]) -> float:
    """By how much a straight line through these points (seconds, value) rises in ten minutes."""
    count = len(points)
    middle, mean = sum(at for at, _ in points) / count, sum(value for _, value in points) / count
    spread = sum((at - middle) ** 2 for at, _ in points)
    return TEN_MINUTES * sum((at - middle) * (value - mean) for at, value in points) / spread


def test_memory_open_files_and_lag_stay_as_they_are(
    disturbed: Settings, nodes: Nodes, network: Network, report: Report
) -> None:
    over = threading.Event()
    timer = threading.Timer(MINUTES * 60, over.set)
    with pipeline.running(disturbed, nodes, network) as running, Lags(disturbed) as lags:
        timer.start()
        began = time.monotonic()
        events = look_around(disturbed, over)
        warm = began + WARM_UP * (time.monotonic() - began)
        settle(disturbed)
        kept = [each for each in running.keeper if each.program.name != "collector"]
        grown = {
            each.program.name: (
                round(slope([(at, size / MEGABYTE) for at, size, _ in each.sizes if at > warm]), 2),
                round(slope([(at, files) for at, _, files in each.sizes if at > warm]), 2),
            )
            for each in kept
        }
        later = [(at, waiting) for at, waiting in lags.seen if at > warm]
        report.add(
            dose=f"{PER_SECOND} events a second of {VISITORS} visitors, {MINUTES:g} minutes",
            events=events,
            mb_in_ten_minutes={name: memory for name, (memory, _) in grown.items()},
            files_in_ten_minutes={name: files for name, (_, files) in grown.items()},
            lag_in_ten_minutes=round(slope(later), 1),
            max_lag=lags.most,
        )
        report.kept(running.keeper)
        report.tell()
        assert all(memory < 2.0 for memory, _ in grown.values()), grown
        assert all(abs(files) < 1.0 for _, files in grown.values()), grown
        assert slope(later) < 2 * PER_SECOND
        assert not any(each.exits for each in kept)
