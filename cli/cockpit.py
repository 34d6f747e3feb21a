"""`leadtrace cockpit`: the pages for people."""

import sys

import click

from attribution.policy import PolicyError
from cli.failures import sentences
from cli.process_logs import configure
from cli.surroundings import surrounded
from cockpit.server import run_cockpit
from settings import Settings, SettingsError


@click.command()
@surrounded("clickhouse")
@sentences(PolicyError, SettingsError)
def command(given: Settings) -> None:
    """Serve the pages for people: overview, funnel, keywords, leads, and all reports.

    They are at LEADTRACE_COCKPIT_HOST and LEADTRACE_COCKPIT_PORT. It ends on SIGTERM.
    """
    configure()
    sys.exit(run_cockpit(given))
