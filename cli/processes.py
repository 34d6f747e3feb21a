"""The processes of the pipeline, and those beside it, as programs to be kept alive."""

import http.client
import json
import sys
import time

from cli.variables import environment
from settings import Settings
from stack import folder, health
from stack.programs import Program

ANY_HOST = ("0.0.0.0", "::", "")  # noqa: S104 - where others may bind, we look on this machine
# A worker first reads back its tables, which takes the longer the more visitors there are.
WORKER_READY_WITHIN = 600.0
LONGEST_ANSWER = 4096


def programs(given: Settings) -> tuple[Program, ...]:
    """The three processes of the pipeline, as they run in production, with exactly these settings."""
    began = time.time()
    variables = environment(given)
    return (
        Program(
            name="collector",
            argv=(*LEADTRACE, "collect"),
            ready=lambda: collector_answers(given),
            env=variables,
            reason=lambda output: port_taken(output, given.collector_port),
        ),
        Program(
            name="worker",
            argv=(*LEADTRACE, "worker"),
            ready=lambda: health.alive(given.data_dir, "worker", began),
            env=variables,
            signs=(health.sign(given.data_dir, "worker"),),
            ready_within=WORKER_READY_WITHIN,
            stop_within=25.0,
        ),
        Program(
            name="loader",
            argv=(*LEADTRACE, "load"),
            ready=lambda: health.alive(given.data_dir, "loader", began),
            env=variables,
            signs=(health.sign(given.data_dir, "loader"),),
            stop_within=12.0,
        ),
    )


def notifier(given: Settings) -> Program:
    """What sends notices as a program, for those who configured any."""
    began = time.time()
    return Program(
        name="notifier",
        argv=(*LEADTRACE, "notify"),
        ready=lambda: health.alive(given.data_dir, "notifier", began),
        env=environment(given),
        signs=(health.sign(given.data_dir, "notifier"),),
        # A message that is on its way shall arrive, and that be remembered.
        stop_within=12.0,
    )


def puller(given: Settings) -> Program:
    """What pulls costs from ad platforms as a program, for those who gave accounts."""
    began = time.time()
    return Program(
        name="puller",
        argv=(*LEADTRACE, "pull", "--every", f"{given.pull_every_hours}h"),
        ready=lambda: health.alive(given.data_dir, "puller", began),
        env=environment(given),
        signs=(health.sign(given.data_dir, "puller"),),
        stop_within=20.0,
    )


def teller(given: Settings) -> Program:
    """What tells CRMs, ad platforms and others as a program, for those who allow any."""
    began = time.time()
    return Program(
        name="outbox",
        argv=(*LEADTRACE, "outbox", "run"),
        ready=lambda: health.alive(given.data_dir, "outbox", began),
        env=environment(given),
        signs=(health.sign(given.data_dir, "outbox"),),
        # What is on its way shall be answered, and that be written down.
        stop_within=35.0,
    )


def cockpit(given: Settings) -> Program:
    """The pages for people as a program; it only reads, so it is no part of the pipeline."""
    return Program(
        name="cockpit",
        argv=(*LEADTRACE, "cockpit"),
        ready=lambda: _is_ours(given, *cockpit_address(given)),
        env=environment(given),
        reason=lambda output: cockpit_port_taken(output, given.cockpit_port),
    )


def cockpit_address(given: Settings) -> tuple[str, int]:
    """Where this machine reaches the cockpit."""
    return "127.0.0.1" if given.cockpit_host in ANY_HOST else given.cockpit_host, given.cockpit_port


def cockpit_url(given: Settings) -> str:
    """The address of the first page on this machine."""
    return _url(*cockpit_address(given))


def cockpit_port_taken(output: str, port: int) -> str | None:
    """Explain the death of a cockpit whose port another program has."""
    if "ddress already in use" not in output:
        return None
    return f"port {port} is taken by another program: set LEADTRACE_COCKPIT_PORT to another (0: any)"


# -P: a folder that happens to be the working directory must not lend its modules.
LEADTRACE = (sys.executable, "-P", "-m", "cli.main")


def collector_address(given: Settings) -> tuple[str, int]:
    """Where this machine reaches the collector."""
    host = "127.0.0.1" if given.collector_host in ANY_HOST else given.collector_host
    return host, given.collector_port


def collector_url(given: Settings) -> str:
    """The beginning of the collector's URLs on this machine."""
    return _url(*collector_address(given))


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def collector_answers(given: Settings) -> bool:
    """Whether the collector of this installation, and no other, says there that it is well."""
    return _is_ours(given, *collector_address(given))


def _is_ours(given: Settings, host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        told = json.loads(answer.read(LONGEST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return False
    finally:
        connection.close()
    return answer.status == 200 and isinstance(told, dict) and told.get("installation") == given.installation


def is_port_taken(given: Settings) -> bool:
    """Whether another program listens already where this machine would look for the collector."""
    host, port = collector_address(given)
    return bool(port) and host in (folder.LOOPBACK, "localhost") and not folder.is_free(port)


def port_taken(output: str, port: int) -> str | None:
    """Explain the death of a collector whose port another program has."""
    return port_is_taken(port) if "ddress already in use" in output else None


def port_is_taken(port: int) -> str:
    """Say that another program has the collector's port, and what to do."""
    return (
        f"port {port} is taken by another program: stop that one, or set LEADTRACE_COLLECTOR_PORT to another "
        "port (0: any)"
    )
