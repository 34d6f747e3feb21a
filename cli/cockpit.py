"""`leadtrace cockpit`: the pages for people, and who may see them."""

import sys
from pathlib import Path

import click

from attribution.policy import PolicyError
from cli.cockpit_users import user
from cli.failures import sentences
from cli.process_logs import configure
from cli.running import as_reader
from cli.surroundings import surrounded
from cockpit.access.sessions import SessionsError
from cockpit.access.users import UsersError
from cockpit.server import run_cockpit
from settings import Settings, SettingsError


@click.group(invoke_without_command=True, subcommand_metavar="[user …]")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the embedded servers, instead of LEADTRACE_DATA_DIR.",
)
@click.pass_context
def command(ctx: click.Context, data_dir: Path | None) -> None:
    """Serve the pages for people: overview, funnel, keywords, leads, and all reports.

    They are at LEADTRACE_COCKPIT_HOST and LEADTRACE_COCKPIT_PORT. It ends on SIGTERM.

    On one's own machine nobody needs to log in, until `leadtrace cockpit user add` makes a user. Where others
    can reach it, it doesn't start before somebody may log in.
    """
    if ctx.invoked_subcommand is None:
        serve(data_dir=data_dir)
    elif data_dir is not None:
        raise click.UsageError("say --data-dir at the end: leadtrace cockpit user add … --data-dir …")


@surrounded("clickhouse")
@sentences(PolicyError, SettingsError, UsersError, SessionsError)
def serve(given: Settings) -> None:
    """Serve them until SIGTERM."""
    configure()
    sys.exit(run_cockpit(given, as_reader(given)))


command.add_command(user)
