"""`leadtrace collect`: HTTP requests to topics."""

import sys

import click

from cli.process_logs import configure
from cli.surroundings import surrounded
from producers.collector.server import run_collector
from settings import Settings


@click.command()
@surrounded("kafka")
def command(given: Settings) -> None:
    """Run the collector: HTTP requests to topics.

    It takes Leadtrace's own events at /v1/events, those of Segment's SDKs at /v1/batch and its siblings, and
    bodies of CRM webhooks at /webhooks/crm/SYSTEM, read by the mappings (*.toml) in the folder mappings/ of
    the data folder. It answers 2xx only when the broker has confirmed each event. It ends on SIGTERM.
    """
    configure()
    sys.exit(run_collector(given))
