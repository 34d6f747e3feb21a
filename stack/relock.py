"""Writes `kafka.lock` anew: `python -m stack.relock`, after a change of the versions in `kafka_jars`."""

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver
from jgo.parse import Endpoint

from stack.kafka_jars import CENTRAL, COORDINATES, LOCK


def lines() -> list[str]:
    """`group:artifact:version size sha256` of each jar that the coordinates need, sorted.

    Each coordinate is resolved alone: together, the versions that one artifact's parent manages would be
    applied to the other's dependencies, and the broker would get clients of another release.
    """
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(
            resolver=PythonResolver(),
            repo_cache=Path(folder),
            local_repos=[],
            remote_repos={"central": CENTRAL},
            timeout=60,
        )
        for coordinate in COORDINATES:
            wanted = [
                context.create_dependency(replace(part, scope="compile"))
                for part in Endpoint.parse(coordinate).coordinates
            ]
            given, others = context.resolver.resolve(wanted)
            for dependency in [*given, *(each for each in others if each.scope in ("compile", "runtime"))]:
                artifact = dependency.artifact
                name = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
                content = artifact.resolve().read_bytes()
                found[name] = f"{name} {len(content)} {hashlib.sha256(content).hexdigest()}"
    return [found[name] for name in sorted(found)]


if __name__ == "__main__":
    LOCK.write_text("\n".join(lines()) + "\n", encoding="ascii")
