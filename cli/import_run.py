"""What all imports do with their files: plan each, say what was understood, publish, and sum up."""

import functools
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from attribution.policy import PolicyError
from cli.failures import sentences
from cli.surroundings import located, surrounded
from cli.workbook import ENDING, TooManyRowsError, workbook
from producers.imports import Plan, reject_file, reject_rows
from producers.publishing.publisher import Publisher, PublishError
from settings import Settings, SettingsError

NOT_IMPORTED = 1
ROWS_LEFT_OUT = 3
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Job:
    """The files to import, and how; `given` has the broker's address unless it is a dry run."""

    given: Settings
    files: tuple[Path, ...]
    dry_run: bool
    rejects: Path | None
    as_json: bool

    def run(self, plan: Callable[[Path], Plan]) -> NoReturn:
        """Import the files one by one, and end the command with the exit status that tells the truth.

        Raises PublishError, OSError.
        """
        plans: list[tuple[Path, Plan]] = []
        with ExitStack() as until_end:
            publisher = None if self.dry_run else Publisher(self.given)
            if publisher is not None:
                until_end.callback(publisher.close)
            for path in self.files:
                made = plan(path)
                if publisher is not None and not made.error:
                    publisher.publish(made.records)
                if not self.as_json:
                    show(path, made, self.dry_run)
                plans.append((path, made))
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
        "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
    )
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
        dry_run: bool,
        rejects: Path | None,
        as_json: bool,
        **options: Any,
    ) -> None:
        if rejects is not None and len(files) > 1:
            raise click.UsageError("--rejects goes with one FILE: import the files one by one")
        settled = with_any_key(given) if dry_run else located(given, "kafka")
        function(Job(settled, files, dry_run, rejects, as_json), **options)

    return command


def left_out(plan: Plan, path: Path) -> bytes:
    """The file of the rows that were left out: a workbook if its name says so, else CSV."""
    if path.suffix.lower() == ENDING:
        header, *rows = reject_rows(plan)
        return workbook(header, rows)
    return reject_file(plan)


def with_any_key(given: Settings) -> Settings:
    """Settings with a token key, for a dry run: its tokens go nowhere."""
    if given.token_key.get_secret_value():
        return given
    return Settings.model_validate({**given.model_dump(), "token_key": "tokens of a dry run"})


def status(plans: list[Plan]) -> int:
    """0 if everything is imported, 1 if a file is not, 3 if rows were left out."""
    if any(plan.error for plan in plans):
        return NOT_IMPORTED
    return ROWS_LEFT_OUT if any(plan.rejects for plan in plans) else 0


def show(path: Path, plan: Plan, dry_run: bool) -> None:
    """Say in lines what was understood of a file, and what was not."""
    click.echo(f"{path}")
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


def summed_up(path: Path, plan: Plan, dry_run: bool) -> dict[str, Any]:
    """What was done with a file, for programs."""
    return {
        "file": str(path),
        "facts": len(plan.facts),
        "published": not dry_run and not plan.error,
        "summary": plan.summary,
        "understood": plan.understood,
        "notes": plan.notes,
        "rejects": [{"line": each.at, "column": each.column, "reason": each.reason} for each in plan.rejects],
        "error": plan.error,
    }
