"""The collector, the worker and the loader as programs to be kept alive."""

import http.client
import sys
import time
from pathlib import Path

from cli.surroundings import environment
from settings import Settings
from stack.processes import Program

ANY_HOST = ("0.0.0.0", "::", "")  # noqa: S104 - where others may bind, we look on this machine
# A worker first reads back its tables, which takes the longer the more visitors there are.
WORKER_READY_WITHIN = 600.0


def programs(given: Settings) -> tuple[Program, ...]:
    """The three processes of the pipeline, as they run in production, with exactly these settings."""
    began = time.time()
    variables = environment(given)
    return (
        Program(
            name="collector",
            argv=(*LEADTRACE, "collect"),
            ready=lambda: collector_answers(*collector_address(given)),
            env=variables,
            reason=lambda output: port_taken(output, given.collector_port),
        ),
        Program(
            name="worker",
            argv=(*LEADTRACE, "worker"),
            ready=lambda: is_alive(given.data_dir, "worker", began),
            env=variables,
            ready_within=WORKER_READY_WITHIN,
            stop_within=25.0,
        ),
        Program(
            name="loader",
            argv=(*LEADTRACE, "load"),
            ready=lambda: is_alive(given.data_dir, "loader", began),
            env=variables,
            stop_within=12.0,
        ),
    )


# -P: a folder that happens to be the working directory must not lend its modules.
LEADTRACE = (sys.executable, "-P", "-m", "cli.main")


def collector_address(given: Settings) -> tuple[str, int]:
    """Where this machine reaches the collector."""
    host = "127.0.0.1" if given.collector_host in ANY_HOST else given.collector_host
    return host, given.collector_port


def collector_answers(host: str, port: int) -> bool:
    """Whether the collector there says that it is well."""
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_alive(data_dir: Path, name: str, since: float) -> bool:
    """Whether a worker or loader over this folder gave a sign of life after `since` (seconds since 1970)."""
    try:
        return (data_dir / "health" / name).stat().st_mtime > since
    except OSError:
        return False


def port_taken(output: str, port: int) -> str | None:
    """Explain the death of a collector whose port another program has."""
    if "ddress already in use" not in output:
        return None
    return (
        f"port {port} is taken by another program: stop that one, or set LEADTRACE_COLLECTOR_PORT to another "
        "port (0: any)"
    )
