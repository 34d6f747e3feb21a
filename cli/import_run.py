"""What all imports do with their inputs: plan each, say what was understood, publish, and sum up."""

import functools
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from answers.workbook import ENDING, TooManyRowsError, workbook
from attribution.policy import PolicyError
from cli.failures import sentences
from cli.inputs import STDIN, Input, input_of, standard_input
from cli.running import of_up
from cli.surroundings import located, surrounded
from producers.imports import Plan, reject_file, reject_rows
from producers.privacy.tokenisers import tokeniser_of
from producers.publishing.publisher import Publisher, PublishError
from settings import Settings, SettingsError

NOT_IMPORTED = 1
ROWS_LEFT_OUT = 3
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Job:
    """The inputs to import, and how; `given` has the broker's address unless it is a dry run."""

    given: Settings
    inputs: tuple[Input, ...]
    dry_run: bool
    rejects: Path | None
    as_json: bool

    def run(self, plan: Callable[[Input], Plan]) -> NoReturn:
        """Import them one by one, and end the command with the exit status that tells the truth.

        Raises PublishError, OSError.
        """
        plans: list[tuple[Input, Plan]] = []
        with ExitStack() as until_end:
            publisher = None if self.dry_run else Publisher(self.given)
            if publisher is not None:
                until_end.callback(publisher.close)
            tokeniser = tokeniser_of(self.given)
            for each in self.inputs:
                made = plan(each)
                if publisher is not None and not made.error:
                    publisher.publish(made.records(tokeniser))
                if not self.as_json:
                    show(each, made, self.dry_run)
                plans.append((each, made))
        if self.rejects is not None:
            self.rejects.write_bytes(left_out(plans[0][1], self.rejects))
        if self.as_json:
            click.echo(json.dumps([summed_up(*each, self.dry_run) for each in plans], ensure_ascii=False))
        for _, made in plans:
            if made.error:
                click.echo(f"Error: {made.error}", err=True)
        sys.exit(status([made for _, made in plans]))


def importing(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the files and options that all imports have; it gets them as one Job."""

    @click.argument(
        "files",
        nargs=-1,
        required=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    )
    @click.option("--name", default="", help="Name of the file that standard input (-) holds.")
    @click.option("--dry-run", is_flag=True, help="Only show what would be imported; needs no servers.")
    @click.option(
        "--rejects",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write left-out rows here, as CSV or .xlsx.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @surrounded()
    @sentences(SettingsError, PolicyError, PublishError, TooManyRowsError, OSError)
    @functools.wraps(function)
    def command(
        given: Settings,
        files: tuple[Path, ...],
        name: str,
        dry_run: bool,
        rejects: Path | None,
        as_json: bool,
        **options: Any,
    ) -> None:
        if rejects is not None and len(files) > 1:
            raise click.UsageError("--rejects goes with one FILE: import the files one by one")
        if files.count(STDIN) > 1:
            raise click.UsageError("standard input (-) can be read once only")
        if name and STDIN not in files:
            raise click.UsageError("--name is of what standard input (-) holds; a file has its own")
        # What only looks at a file needs no servers.
        settled = for_a_dry_run(given) if dry_run or options.get("suggest") else located(given, "kafka")
        inputs = tuple(standard_input(name) if path == STDIN else input_of(path) for path in files)
        function(Job(settled, inputs, dry_run, rejects, as_json), **options)

    return command


def left_out(plan: Plan, path: Path) -> bytes:
    """The file of the rows that were left out: a workbook if its name says so, else CSV."""
    if path.suffix.lower() == ENDING:
        header, *rows = reject_rows(plan)
        return workbook(header, rows)
    return reject_file(plan)


def for_a_dry_run(given: Settings) -> Settings:
    """What `leadtrace up` runs with, else what is given; with a token key, whose tokens go nowhere."""
    try:
        here = of_up(given) or given
    except SettingsError:
        here = given
    if here.token_key.get_secret_value():
        return here
    return Settings.model_validate({**here.model_dump(), "token_key": "tokens of a dry run"})


def status(plans: list[Plan]) -> int:
    """0 if everything is imported, 1 if a file is not, 3 if rows were left out."""
    if any(plan.error for plan in plans):
        return NOT_IMPORTED
    return ROWS_LEFT_OUT if any(plan.rejects for plan in plans) else 0


def show(given: Input, plan: Plan, dry_run: bool) -> None:
    """Say in lines what was understood of an input, and what was not."""
    click.echo(given.shown)
    if plan.error:
        click.echo("  not imported")
        return
    if dry_run:
        for line in plan.understood:
            click.echo(f"  {line}")
    click.echo(f"  {'would import' if dry_run else 'imported'} {plan.summary}")
    for note in plan.notes:
        click.echo(f"  note: {note}")
    if plan.rejects:
        click.echo(f"  left out {len(plan.rejects)} rows:")
    for reject in plan.rejects[:SHOWN]:
        click.echo(f"    {reject}")
    if len(plan.rejects) > SHOWN:
        click.echo(f"    and {len(plan.rejects) - SHOWN} more; --rejects FILE writes all of them to a file")


def summed_up(given: Input, plan: Plan, dry_run: bool) -> dict[str, Any]:
    """What was done with an input, for programs."""
    return {
        "file": given.shown,
        "facts": len(plan.facts),
        "published": not dry_run and not plan.error,
        "summary": plan.summary,
        "understood": plan.understood,
        "notes": plan.notes,
        "rejects": [{"line": each.at, "column": each.column, "reason": each.reason} for each in plan.rejects],
        "error": plan.error,
    }
