"""The command `leadtrace`: which commands there are; what each one does stands in its own file."""

import importlib
import io
import logging
import sys
from typing import NamedTuple

import click


class Entry(NamedTuple):
    """Where a command stands, and its line in the list of commands."""

    module: str
    summary: str
    extra: str = ""  # of the package, without which its modules can't be imported


COMMANDS = {
    "demo": Entry("cli.demo", "Run the whole pipeline on a simulated market, and check its reports."),
    "up": Entry("cli.up", "Run Kafka, ClickHouse and all processes until stopped."),
    "doctor": Entry("cli.doctor", "Check settings, servers, topics, tables and policy."),
    "topics": Entry("cli.topics", "Create the topics that are missing."),
    "migrate": Entry("cli.migrate", "Bring the tables and views in ClickHouse up to date."),
    "collect": Entry("cli.collect", "Run the collector: HTTP requests to topics."),
    "worker": Entry("cli.worker", "Run a worker: facts to journeys."),
    "load": Entry("cli.load", "Run the loader: topics to ClickHouse."),
    "cockpit": Entry("cli.cockpit", "Serve the pages for people."),
    "import": Entry(
        "cli.importing", "Import reports of ads, CRM exports, lists of events and calls, and rates."
    ),
    "pull": Entry("cli.pull", "Pull what ads cost from the platforms' interfaces."),
    "backfill": Entry("cli.backfill", "Read what SYSTEM changed since a day from its interface."),
    "link": Entry("cli.link", "Make tagged links, list and check them, and draw their QR codes."),
    "webhook": Entry("cli.webhook", "Say the URL and the secret of the webhooks of SYSTEM."),
    "report": Entry("cli.report", "Print a report."),
    "notify": Entry("cli.notify", "Send notices of what somebody has to know."),
    "outbox": Entry("cli.outbox", "Tell CRMs, ad platforms and others what became of leads."),
    "attribute": Entry("cli.attribute", "Compute what each channel or keyword earns by the journeys."),
    "journey": Entry("cli.journey", "Print everything about one lead."),
    "dead-letters": Entry("cli.dead_letters", "List records that could not be understood."),
    "states": Entry("cli.states", "Look at states that are damaged, and rebuild them."),
    "rebuild": Entry("cli.rebuild", "Derive all journeys and deals anew."),
    "mcp": Entry("cli.mcp", "Let assistants ask reports, journeys and the data's health.", "mcp"),
    "identity": Entry("cli.identity", "See and correct who is who."),
    "simulate": Entry("cli.simulate", "Write a simulated market to FOLDER, with the truth about it."),
}


class LazyGroup(click.Group):
    """Imports a command only when it is used, so that help and mistakes are answered at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        try:
            command: click.Command = importlib.import_module(entry.module).command
        except ModuleNotFoundError as error:
            if not entry.extra:
                raise
            raise click.ClickException(
                f"`leadtrace {cmd_name}` needs more packages, {error.name} is missing: "
                f"pip install 'leadtrace[{entry.extra}]'"
            ) from None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}; the commands are {', '.join(COMMANDS)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="leadtrace")
def main() -> None:
    """Trace every B2B lead from the keyword that brought it to the deal that it became.

    Settings are read from variables named LEADTRACE_…; without any, everything runs on this machine.
    """
    for stream in (sys.stdout, sys.stderr):
        # A name that this terminal can't show is no reason to end with a trace.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Without any handler, libraries would print what our own sentences say better.
    logging.getLogger().addHandler(logging.NullHandler())


if __name__ == "__main__":
    main(prog_name="leadtrace")
