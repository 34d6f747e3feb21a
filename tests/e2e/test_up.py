"""`leadtrace up`: what was there is there again, whoever was stopped or killed in between."""

import http.client
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from e2e.commands import LEADTRACE, environment, leadtrace, processes_over, wait

pytestmark = [pytest.mark.slow, pytest.mark.servers]

VISITOR = "anon:a-visitor-of-old"
# What tells each process of the pipeline from the others, in its command line.
PROCESSES = {
    "collector": "cli.main collect",
    "worker": "cli.main worker",
    "loader": "cli.main load",
    "ClickHouse": "stack.clickhouse_server",
    "Kafka": "kafka.Kafka",
}


class Up:
    """A running `leadtrace up` over one folder."""

    def __init__(self, folder: Path) -> None:
        # What BI tools read is made anew at each start of ClickHouse; that it is, other tests say.
        self.env = environment(folder / "data", {"LEADTRACE_BI_REFRESH": "0"})
        self.folder = folder / "data"
        self._log = folder / "up.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""
        self.sent = 0

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*LEADTRACE, "up"], env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        wait(lambda: self._runs() or self._ended(), 120, "up")
        assert self._runs(), self._log.read_text()
        found = re.search(r"http://(127\.0\.0\.1:\d+)/v1/events", self._log.read_text())
        assert found
        self._address = found[1]

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit status."""
        assert self._process
        self._process.send_signal(number)
        return self._process.wait(60)

    def pid(self, what: str) -> int:
        """The process id of one of PROCESSES."""
        assert self._process
        for child in psutil.Process(self._process.pid).children(recursive=True):
            if PROCESSES[what] in " ".join(child.cmdline()):
                return child.pid
        raise AssertionError(f"{what} does not run")

    def runs_anew(self, what: str, killed: int) -> bool:
        """Whether one of PROCESSES runs under another process id than the one that was killed."""
        try:
            return self.pid(what) != killed
        except (AssertionError, psutil.Error):
            return False

    def log(self) -> str:
        return self._log.read_text()

    def visit(self, page: str) -> None:
        """The visitor opens a page; its tracker sends the same event until it is accepted."""
        self.sent += 1
        event = {
            "type": "page_viewed",
            "id": f"event-{self.sent}",
            "anonymous_id": VISITOR.removeprefix("anon:"),
            "url": f"https://www.example.com/{page}?utm_source=site-{self.sent}&utm_medium=cpc",
            "occurred_at": f"2025-03-0{1 + self.sent // 20}T09:{self.sent % 20:02}:00Z",
        }
        wait(lambda: self._accepted(json.dumps(event)), 60, f"sending {page}")

    def journey(self) -> dict[str, Any]:
        """What the command tells about the visitor, as soon as everything that was sent is in it."""
        found: dict[str, Any] = {}

        def complete() -> bool:
            done = leadtrace("journey", VISITOR, "--json", env=self.env)
            found.update(json.loads(done.stdout) if done.returncode == 0 else {})
            return len(found.get("page_visits", ())) == self.sent

        wait(complete, 90, f"{self.sent} pages in the journey of {VISITOR}")
        return found

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self.end(signal.SIGTERM)

    def _accepted(self, body: str) -> bool:
        host, _, port = self._address.partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        try:
            connection.request("POST", "/v1/events", body, {"Content-Type": "application/json"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _runs(self) -> bool:
        return "Leadtrace runs" in self._log.read_text()

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path)
    running.start()
    yield running
    running.stop()


def test_an_old_visitor_joins_the_journey_of_before(up: Up) -> None:
    up.visit("first")
    assert up.journey()["touchpoints"][0]["source"] == "site-1"

    assert up.end(signal.SIGTERM) == 0
    assert processes_over(up.folder) == []
    done = leadtrace("journey", VISITOR, env=up.env)
    assert done.returncode == 1
    assert "start `leadtrace up`" in done.stderr

    up.start()
    assert len(up.journey()["page_visits"]) == 1, "what was there is there again"
    up.visit("second")
    assert [page["url"].split("?")[0] for page in up.journey()["page_visits"]] == [
        "https://www.example.com/first",
        "https://www.example.com/second",
    ]

    assert up.end(signal.SIGKILL) == -signal.SIGKILL
    wait(lambda: processes_over(up.folder) == [], 10, "the end of all processes")
    up.start()
    up.visit("third")
    assert [touch["source"] for touch in up.journey()["touchpoints"]] == ["site-1", "site-2", "site-3"]
    assert leadtrace("doctor", env=up.env).returncode == 0


def test_each_process_may_be_killed(up: Up) -> None:
    up.visit("before")
    for what in PROCESSES:
        victim = up.pid(what)
        os.kill(victim, signal.SIGKILL)
        up.visit(f"while-{what}-comes-back")
        journey = up.journey()
        assert journey["page_visits"][-1]["url"].startswith(f"https://www.example.com/while-{what}")
        assert up.pid(what) != victim
    keeps_dying(up)


def keeps_dying(up: Up) -> None:
    """ClickHouse ends again and again: it is said, and neither collection nor any other process ends."""
    others = {what: up.pid(what) for what in PROCESSES if what != "ClickHouse"}
    before, victim = up.sent, 0
    for number in range(6):
        wait(partial(up.runs_anew, "ClickHouse", victim), 30, "another ClickHouse")
        victim = up.pid("ClickHouse")
        os.kill(victim, signal.SIGKILL)
        up.visit(f"page-{number}")
    told = json.loads(leadtrace("doctor", "--json", env=up.env).stdout)
    (found,) = [each["problems"] for each in told if each["check"] == "processes"]
    assert "clickhouse is down since" in found[0]
    assert len(up.journey()["page_visits"]) == before + 6
    assert {what: up.pid(what) for what in others} == others
    lines = [line for line in up.log().splitlines() if line.startswith("clickhouse ended")]
    assert len(lines) < 6
    assert "times in a row, the last time it ended with signal SIGKILL" in lines[-1]
