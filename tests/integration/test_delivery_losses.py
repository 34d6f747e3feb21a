"""Where stock Faust commits events that were never processed, ours processes them, or says where they went.

Each pattern runs on 30 events of one partition with one fault, is killed with -9 once it has settled, and
starts again. An event is lost when it is committed and was never processed. All stock patterns run side by
side, since each has to be given time to get over its fault.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from surrounded import kafka_variables

if TYPE_CHECKING:
    from conftest import Broker, Workers

pytestmark = pytest.mark.servers

STOCK = Path(__file__).with_name("delivery_stock.py")
EVENTS = 30
POISON = b'{"id": 15, bad json'
# Of each pattern one event that is surely lost; how many go with it depends on the moment.
LOST_BY_STOCK = {
    "each_event": 15,
    "take": 15,
    "noack_take": 5,
    "noack_events": 15,
    "poison": 15,
    "filter_take": 0,
}


def events(*, poison: bool = False) -> Iterator[tuple[bytes, bytes]]:
    for number in range(EVENTS):
        value = POISON if poison and number == 15 else json.dumps({"id": number}).encode()
        yield b"k", value


@contextmanager
def stock_agents(broker: "Broker", settle: float) -> Iterator[None]:
    """All stock patterns as processes for a while, then kill -9."""
    folder = broker.site.data_dir
    running = []
    variables = {**os.environ, **kafka_variables(broker.site)}
    for pattern in LOST_BY_STOCK:
        own = folder / pattern
        own.mkdir(exist_ok=True)
        command = [sys.executable, str(STOCK), pattern, broker.prefix]
        command += [str(folder / f"{pattern}.done"), str(own)]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, env=variables))
    try:
        yield
        time.sleep(settle)
    finally:
        for process in running:
            process.kill()
            process.wait()


def done(broker: "Broker", pattern: str) -> set[int]:
    file = broker.site.data_dir / f"{pattern}.done"
    return {int(line) for line in file.read_text().split()} if file.exists() else set()


def test_stock_faust_loses_events(broker: "Broker") -> None:
    broker.create(dict.fromkeys(LOST_BY_STOCK, 1))
    for pattern in LOST_BY_STOCK:
        broker.feed(pattern, events(poison=pattern == "poison"))
    others = [pattern for pattern in LOST_BY_STOCK if pattern != "filter_take"]
    with stock_agents(broker, settle=4):
        broker.wait(lambda: all(broker.committed(each, each) for each in LOST_BY_STOCK))
    with stock_agents(broker, settle=2):
        broker.wait(lambda: all(broker.committed(each, each) >= EVENTS for each in others))
    for pattern, event in LOST_BY_STOCK.items():
        lost = set(range(broker.committed(pattern, pattern))) - done(broker, pattern)
        assert event in lost, f"{pattern} lost {sorted(lost)}"


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("an exception in mid-stream", "raise:15"),
        ("an exception in the first batch", "raise:5"),
        ("an exception at the very first event", "raise:0"),
        ("a bug that stays", "always:15"),
        ("poison", "none:-1"),
        ("a crash while handling", "kill:15"),
        ("a crash in the first batch", "kill:0"),
    ],
)
def test_ours_loses_none(pattern: str, fault: str, broker: "Broker", workers: "Workers") -> None:
    """Every event is in the table, in what was published, or in the dead letters with its bytes."""
    broker.create(
        {"facts.a": 4, "facts.b": 4, "links": 1, "folds": 4, "dead.letters": 4}
        | {"leadtrace-facts-changelog": 4, "leadtrace-links-changelog": 1}
    )
    broker.feed("links", events(poison=pattern == "poison"))
    worker = workers.start(fault)
    if fault.startswith("kill"):
        assert worker.wait(30) == -9
        worker = workers.start(fault)
    broker.wait_committed("links")
    worker.kill()
    letters = broker.records("dead.letters")
    dead = {"poison": [POISON], "a bug that stays": [b'{"id": 15}']}.get(pattern, [])
    assert [letter.value for letter in letters] == dead
    kept = sorted(set(range(EVENTS)) - ({15} if dead else set()))
    assert json.loads(broker.states("links")[b"k"]) == kept
    assert json.loads(broker.newest("folds")[b"k"]) == kept
    for letter in letters:
        headers = dict(letter.headers)
        assert headers["x-dlq-reason"] == b"handler_error"
        assert (headers["x-dlq-topic"], headers["x-dlq-offset"]) == (b"links", b"15")
    assert "geheim" not in workers.log(0).read_text()
