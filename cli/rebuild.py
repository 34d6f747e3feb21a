"""`leadtrace rebuild`: all journeys and deals anew from the facts in ClickHouse, beside what is there."""

import os
import re
import sys
from pathlib import Path

import click

import settings
from answers.tables import json_table, text_table
from attribution.policy import PolicyError
from cli.failures import sentences
from cli.surroundings import surrounded
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouse, ClickHouseError, connect
from sinks.rebuild.progress import Progress, progress_of
from sinks.rebuild.run import Request, rebuild
from sinks.rebuild.shadow import RebuildError, Shadow, names
from sinks.scripts import MigrationError
from stack.errors import StackError
from stack.locks import held
from stack.processes import orderly_end

FORESEEN = (SettingsError, PolicyError, ClickHouseError, MigrationError, RebuildError, StackError)
DEFAULT_NAME = "rebuilt"
INTERRUPTED = 130
MOST_PARTS = 1_000
COLUMNS = ["name", "policy", "begun at", "facts", "slices", "done", "journeys", "complete"]


class PartOf(click.ParamType):
    """`3/8`: the third of eight parts."""

    name = "K/N"

    def convert(
        self,
        value: str | tuple[int, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        """Read both numbers; click calls it with what it returned, too."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", value)
        part, parts = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= part <= parts <= MOST_PARTS:
            reason = f"{value!r} is not part K of N, for example 3/8, of at most {MOST_PARTS} parts"
            self.fail(reason, param, ctx)
        return part, parts


@click.command()
@click.argument("name", default=DEFAULT_NAME)
@click.option(
    "--policy", type=click.Path(path_type=Path), help="Policy to derive by, instead of LEADTRACE_POLICY."
)
@click.option("--part", type=PartOf(), default="1/1", help="Do part K of N only: one on each machine.")
@click.option(
    "--jobs", type=click.IntRange(1, 256), help="Number of processes, instead of one for each core."
)
@click.option("--take-over", is_flag=True, help="Do a part that somebody else seems to be at, who has ended.")
@click.option("--list", "as_list", is_flag=True, help="List all rebuilds instead.")
@click.option("--json", "as_json", is_flag=True, help="With --list, print JSON.")
@click.option("--drop", is_flag=True, help="Remove the rebuild NAME instead, with its tables.")
@surrounded("clickhouse")
@sentences(*FORESEEN)
def command(
    given: Settings,
    name: str,
    policy: Path | None,
    part: tuple[int, int],
    jobs: int | None,
    take_over: bool,
    as_list: bool,
    as_json: bool,
    drop: bool,
) -> None:
    """Derive all journeys and deals anew from the facts in the table `events`.

    They stand in the tables journeys__NAME and opportunities__NAME then; NAME is `rebuilt` if you give none.
    The tables that reports read stay as they are, and everything else may go on meanwhile. Stop it at any
    time: the same command goes on where it was. What it is good for: docs/rebuild.md.
    """
    if as_list:
        return show_all(given, as_json)
    shadow = Shadow(name)
    if drop:
        return remove(given, shadow)
    if policy is not None:
        given = given.model_copy(update={"policy": policy.expanduser().absolute()})
    request = Request(shadow, settings.policy_text(given), *part, jobs or cores(), take_over=take_over)
    place = given.data_dir / "rebuild" / f"{given.clickhouse_database}-{name}-{part[0]}.lock"
    with held(place) as is_mine:
        if not is_mine:
            raise click.ClickException(
                f"another process of this machine is at part {part[0]} of the rebuild {name}: wait until it "
                "ends, or give another name"
            )
        return run(given, request)


def run(given: Settings, request: Request) -> None:
    """Rebuild, and say what came of it; ends the process when it is interrupted."""
    try:
        with orderly_end():
            progress = rebuild(given, request, lambda line: click.echo(line, err=True))
    except KeyboardInterrupt:
        click.echo("\nstopped: the same command goes on where it was", err=True)
        sys.exit(INTERRUPTED)
    tell(request.shadow, progress)


def tell(shadow: Shadow, progress: Progress) -> None:
    """Say what came of a rebuild."""
    plan = progress.prepared
    if plan is None:
        return
    if not progress.is_complete:
        left = plan.slices - len(progress.slices)
        click.echo(f"This part is done; {left} of {plan.slices} slices are left to the other parts.")
        return
    click.echo(
        f"{progress.journeys:,} journeys and {plan.deals:,} deals of {plan.facts:,} facts stand in "
        f"{shadow.table('journeys')} and {shadow.table('opportunities')}."
    )
    if progress.unreadable:
        click.echo(
            f"WARNING: this version of Leadtrace can't read {progress.unreadable:,} of the facts, "
            "which are on no journey.",
            err=True,
        )


def show_all(given: Settings, as_json: bool) -> None:
    """List all rebuilds of the database."""
    client = connect(given)
    try:
        rows = [row_of(client, Shadow(name)) for name in names(client)]
    finally:
        client.close()
    if as_json:
        click.echo(json_table(COLUMNS, rows))
    elif rows:
        click.echo(text_table(COLUMNS, rows, given.timezone))
    else:
        click.echo("There is no rebuild.")


def row_of(client: ClickHouse, shadow: Shadow) -> tuple[object, ...]:
    """A row of the list of rebuilds."""
    progress = progress_of(client, shadow)
    plan, begun = progress.prepared, progress.begun
    policy = f"{begun.policy_name} {begun.policy}" if begun else ""
    size = (plan.facts, plan.slices) if plan else (None, None)
    complete = "yes" if progress.is_complete else "no"
    return shadow.name, policy, progress.begun_at, *size, len(progress.slices), progress.journeys, complete


def remove(given: Settings, shadow: Shadow) -> None:
    """Remove a rebuild. Raises RebuildError when there is none of this name."""
    client = connect(given)
    try:
        known = names(client)
        if shadow.name not in known:
            those = f"there are {', '.join(known)}" if known else "there is none"
            raise RebuildError(f"there is no rebuild {shadow.name}: {those}")
        shadow.drop(client)
    finally:
        client.close()
    click.echo(f"The rebuild {shadow.name} is removed.")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
