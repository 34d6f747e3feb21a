"""`leadtrace up`: the whole pipeline on this machine until it is stopped."""

import shutil
import sys
from pathlib import Path

import click

from cli.failures import sentences
from cli.pipeline import FORESEEN, Servers, prepare, servers, start_processes
from cli.processes import collector_address
from cli.surroundings import surrounded
from settings import Settings
from stack.processes import orderly_end


@click.command()
@surrounded()
@sentences(*FORESEEN)
def command(given: Settings) -> None:
    """Run Kafka, ClickHouse and all processes until stopped.

    Kafka and ClickHouse are real servers over the data folder, on ports of this machine only; what they hold
    is there again at the next start. A process that dies is started again. With LEADTRACE_KAFKA and
    LEADTRACE_CLICKHOUSE set, only collector, worker and loader are started. Stop it with Ctrl-C or SIGTERM.
    """
    try:
        with orderly_end(), servers(given, say) as running:
            prepare(running, say)
            start_processes(running, say)
            for line in lines(running):
                say(line)
            running.supervisor.wait()
    except KeyboardInterrupt:
        say("stopped")


def me() -> str:
    """How this command is called from here: its name, or its path when the shell would not find it."""
    if shutil.which("leadtrace"):
        return "leadtrace"
    path = Path(sys.argv[0]).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    click.echo(line)
    sys.stdout.flush()


def lines(running: Servers) -> list[str]:
    """Where everything is, and what to try."""
    host, port = collector_address(running.given)
    collector = f"http://{host}:{port}"
    option = f" --data-dir {running.given.data_dir}" if running.addresses else ""
    return [
        "",
        "Leadtrace runs. Stop it with Ctrl-C.",
        f"  Collector    {collector}/v1/events, {collector}/v1/batch (Segment SDKs)",
        *server_lines(running),
        "Try, in another terminal:",
        f"  {me()} doctor{option}",
        f"  {me()} report{option}",
        f"""  curl {collector}/v1/events -H 'Content-Type: application/json' \\
    -d '{{"type": "page_viewed", "anonymous_id": "me", "url": "https://www.example.com/?utm_source=try"}}'""",
        f"  {me()} journey anon:me{option}",
    ]


def server_lines(running: Servers) -> list[str]:
    """The servers' addresses, and how BI tools get in."""
    given, addresses = running.given, running.addresses
    told = [f"  Kafka        {given.kafka}", f"  ClickHouse   {given.clickhouse} (native protocol)"]
    if given.clickhouse_http:
        told.append(f"               http://{given.clickhouse_http} (HTTP)")
    told.append(f"  Database     {given.clickhouse_database}")
    if addresses is None:
        return told
    if sys.stdout.isatty():
        secret = f"password {addresses.bi_password}"
    else:
        secret = f"its password is bi_password in {given.data_dir / 'running.json'}"
    told.append(
        f"  Queries      http://{given.clickhouse_http}/play (in a browser, as the user for BI tools)"
    )
    return [*told, f"  BI tools     user {addresses.bi_user} (read-only), {secret}"]
