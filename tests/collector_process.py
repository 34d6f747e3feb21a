"""A collector as its users run it: a process of its own, on the real broker."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collecting import WEBHOOK_KEY, secret_of
from surrounded import kafka_variables

from settings import Settings

# The shortest program that is one; the command adds only help and the search for servers.
PROGRAM = (
    "import logging, sys, settings; from producers.collector.server import run_collector; "
    "logging.basicConfig(level=logging.DEBUG); sys.exit(run_collector(settings.load()))"
)


class CollectorProcess:
    """A running collector, and a plain client of it."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self._log = log
        self.url = f"http://127.0.0.1:{self._port()}"

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def post(self, path: str, body: Any, timeout: float = 30, **headers: str) -> tuple[int, Any]:
        """Send a body, JSON or bytes as they are; return status and answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def hook(self, system: str, body: Any) -> tuple[int, Any]:
        """Post a webhook that shows its system's secret."""
        return self.post(f"/webhooks/crm/{system}", body, Authorization=f"Bearer {secret_of(system)}")

    def health(self) -> int:
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=10) as response:
                status: int = response.status
                return status
        except urllib.error.HTTPError as error:
            return error.code

    def stop(self, within: float = 20) -> int:
        """Ask it to end, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def _port(self) -> int:
        deadline = time.monotonic() + 60  # others may keep the machine busy
        while time.monotonic() < deadline:
            said = re.search(r"collecting on http://127\.0\.0\.1:(\d+)", self.log())
            if said:
                return int(said[1])
            assert self.process.poll() is None, self.log()
            time.sleep(0.05)
        raise AssertionError("the collector did not begin to listen: " + self.log())


@contextmanager
def collector(site: Settings, **more: str) -> Iterator[CollectorProcess]:
    """Run a collector on the topics of this site; `more` are further settings, by their names."""
    told = {
        **kafka_variables(site),
        "LEADTRACE_TOPIC_PREFIX": site.topic_prefix,
        "LEADTRACE_DATA_DIR": str(site.data_dir),
        "LEADTRACE_TOKEN_KEY": "a key that only tests use",
        "LEADTRACE_COLLECTOR_PORT": "0",
        "LEADTRACE_WEBHOOK_KEY": WEBHOOK_KEY,
        **{f"LEADTRACE_{name.upper()}": value for name, value in more.items()},
    }
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("LEADTRACE_")}
    log = site.data_dir / "collector.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=surroundings | told, stdout=output, stderr=output
        )
    try:
        yield CollectorProcess(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
