"""Brings PyFlink's connector to Kafka from Maven Central to the environment of the peers."""

import shutil
import tempfile
from pathlib import Path

from bench.site import PEERS, say
from stack.kafka_jars import CENTRAL, maven, mirror

GROUP, ARTIFACT, VERSION = "org.apache.flink", "flink-sql-connector-kafka", "5.0.0-2.2"


def jar_in(environment: Path) -> Path:
    """Where it lies in an environment of Python."""
    return environment / "jars" / f"{ARTIFACT}-{VERSION}.jar"


def main() -> None:
    """Download it, unless it is there."""
    jar = jar_in(PEERS)
    if jar.exists():
        return
    say(f"downloading {jar.name}")
    with tempfile.TemporaryDirectory(prefix="leadtrace-bench-") as folder:
        project = maven(Path(folder), mirror() or CENTRAL).project(GROUP, ARTIFACT)
        found = project.at_version(VERSION).artifact().resolve()
        jar.parent.mkdir(exist_ok=True)
        shutil.copy(found, jar)


if __name__ == "__main__":
    main()
