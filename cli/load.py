"""`leadtrace load`: topics to ClickHouse."""

import sys

import click

from cli.process_logs import configure
from cli.surroundings import surrounded
from settings import Settings
from sinks.loader import run_loader


@click.command()
@surrounded("kafka", "clickhouse")
def command(given: Settings) -> None:
    """Run the loader: topics to ClickHouse.

    It writes each record to its tables and commits offsets only after ClickHouse has the rows on disk. It
    ends on SIGTERM; with another exit status than 0 it wants to be started again.
    """
    configure()
    sys.exit(run_loader(given))
