"""`leadtrace up`: the whole pipeline on this machine until it is stopped."""

import sys

import click

from cli.failures import sentences
from cli.next_steps import whereabouts
from cli.pipeline import (
    FORESEEN,
    prepare,
    pull_costs,
    read_files,
    send_notices,
    serve_pages,
    servers,
    start_processes,
    tell_others,
)
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
    LEADTRACE_CLICKHOUSE set, no servers are started. Notices are sent, costs pulled from ad platforms, and
    others are told what became of leads, as far as that is configured. Stop it with Ctrl-C or SIGTERM.
    """
    read_files(given)
    try:
        with orderly_end(), servers(given, say) as running:
            prepare(running, say)
            start_processes(running, say)
            serve_pages(running, say)
            send_notices(running, say)
            pull_costs(running, say)
            tell_others(running, say)
            for line in whereabouts(running):
                say(line)
            running.supervisor.wait()
    except KeyboardInterrupt:
        say("stopped")


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    click.echo(line)
    sys.stdout.flush()
