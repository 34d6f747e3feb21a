"""What a user would take instead of Leadtrace's worker: stock Faust, quix-streams, PyFlink."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.flink_jar import jar_in
from bench.site import PEERS
from bench.timed_worker import Runner

TOPICS = ("website.events", "utm.events", "crm.events")
PYTHON = PEERS / "bin" / "python"
HERE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer: its process, how many facts keep it busy for half a minute, and why it can't run, if so."""

    name: str
    runner: Runner
    facts: int
    missing: Callable[[], str]


def peers() -> dict[str, Peer]:
    """All of them, by the word that chooses one."""
    return {
        "faust": Peer("stock Faust", _runner(Path(sys.executable), "stock_faust", "stock"), 20_000, str),
        "quix": Peer(
            "quix-streams", _runner(PYTHON, "quix_app", "quix"), 40_000, lambda: _lacks("quixstreams")
        ),
        "flink": Peer("PyFlink", _runner(PYTHON, "flink_job", "flink"), 40_000, _lacks_flink),
    }


def _runner(python: Path, module: str, group: str) -> Runner:
    command = (str(python), "-m", f"bench.{module}", ",".join(TOPICS))
    # The JVM of PyFlink runs Python within itself, which doesn't find the packages of an environment.
    packages = next(python.parents[1].glob("lib/python*/site-packages"), HERE)
    return Runner(command, group, TOPICS, {"PYTHONPATH": os.pathsep.join((str(HERE), str(packages)))})


def _lacks(package: str) -> str:
    """Why a package can't be used; '' if it can."""
    if not PYTHON.exists():
        return "not installed: run `make bench-peers`"
    done = subprocess.run([PYTHON, "-c", f"import {package}"], capture_output=True, text=True, check=False)
    return "" if not done.returncode else f"{package} is not installed: run `make bench-peers`"


def _lacks_flink() -> str:
    if reason := _lacks("pyflink"):
        return reason
    if not jar_in(PEERS).exists():
        return "its connector to Kafka is not there: run `make bench-peers`"
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    return "" if java else "it needs Java 11, 17 or 21: set JAVA_HOME"
