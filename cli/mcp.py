"""`leadtrace mcp`: what assistants may ask, by the Model Context Protocol."""

import logging
import sys

import click

from assistants import http, stdio
from assistants.desk import Desk
from assistants.server import build_server
from cli.failures import sentences
from cli.process_logs import configure
from cli.running import as_reader
from cli.surroundings import located, surrounded
from settings import Settings, SettingsError

CHATTY = ("mcp", "uvicorn")  # they tell of each connection


@click.command()
@click.option("--http", "over_http", is_flag=True, help="Serve over HTTP, at LEADTRACE_MCP_HOST and …_PORT.")
@surrounded()
@sentences(SettingsError)
def command(given: Settings, over_http: bool) -> None:
    """Let assistants ask reports, journeys and the data's health.

    An assistant on this machine starts it by itself, and speaks with it over standard input and output; over
    HTTP it shows a token of LEADTRACE_MCP_TOKENS. Nothing can be changed, and personal data are tokens.
    docs/assistants.md says how to connect some.
    """
    configure(logging.INFO if over_http else logging.WARNING)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    desk = Desk(given, lambda: as_reader(located(given, "clickhouse")))
    server = build_server(desk)
    try:
        if over_http:
            http.serve(server, given, say)
        else:
            if sys.stdin.isatty():
                say("an assistant starts this by itself, and speaks with it here: see docs/assistants.md")
            stdio.serve(server)
    except KeyboardInterrupt:
        say("stopped")
    finally:
        desk.close()


def say(line: str) -> None:
    """Print a line where no protocol is spoken."""
    click.echo(line, err=True)
