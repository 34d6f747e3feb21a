"""The demo's cockpit in a real browser: `make browser` runs these tests, which need Chromium."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.chromium import find

LEADTRACE = (sys.executable, "-P", "-m", "cli.main")
STOPS_WITHIN = 60.0


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one the tests are skipped, and say what to install."""
    path = find()
    if path is None:
        pytest.skip("there is no Chromium here: install Debian's package chromium, and fonts-noto-cjk")
    return path


@pytest.fixture(scope="session")
def home(chromium: str) -> Iterator[Path]:
    """A folder with the data of the demo; BROWSER_DEMO names one that is there."""
    if given := os.environ.get("BROWSER_DEMO"):
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="leadtrace-") as folder:
        subprocess.run([*LEADTRACE, "demo", "--data-dir", folder], check=True, stdout=subprocess.DEVNULL)
        yield Path(folder) / "demo"


@pytest.fixture(scope="session")
def site(home: Path) -> Iterator[str]:
    """The address of the demo's cockpit, as `leadtrace up` serves it on one's own machine."""
    ports = {"LEADTRACE_COLLECTOR_PORT": "0", "LEADTRACE_COCKPIT_PORT": "0"}
    command = [*LEADTRACE, "up", "--data-dir", str(home)]
    with subprocess.Popen(command, env=os.environ | ports, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = iter(process.stdout.readline, "")
            found = (re.search(r"Cockpit\s+(http://\S+)", line) for line in said)
            address = next(filter(None, found), None)
            assert address is not None, "up ended before it said where the cockpit is"
            yield address[1]
        finally:
            process.terminate()
            process.wait(STOPS_WITHIN)
