"""Mappings of CRM exports on the command line: one that is named, or one that is suggested for a file."""

import re
from pathlib import Path

import click

from cli.failures import sentences
from cli.import_run import Job
from producers.crm.shipped import shipped_mapping, shipped_mappings
from producers.crm.suggest.reading import SuggestOptions
from producers.imports import suggest_crm
from producers.outcomes.left_out import NotUnderstoodError

SYSTEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def given_or_suggested(context: click.Context, _: click.Parameter, mapping: str) -> str:
    """Take a mapping's name, unless one is to be suggested. Raises UsageError."""
    if bool(mapping) == bool(context.params.get("suggest")):
        raise click.UsageError("give either --mapping, to import FILE, or --suggest, to get a mapping for it")
    return mapping


def system_of_suggested(context: click.Context, _: click.Parameter, system: str) -> str:
    """Take the name of a CRM, which only a suggestion asks for. Raises UsageError."""
    if system and not context.params.get("suggest"):
        raise click.UsageError("--system goes with --suggest; when importing, the mapping says the system")
    if system and not SYSTEM.fullmatch(system):
        raise click.UsageError(
            f"--system {system!r} is no name of small letters, digits, - and _, like mycrm"
        )
    return system


def show_suggestion(job: Job, system: str, encoding: str, separator: str, sheet: str) -> None:
    """Print a mapping for the one input, and on stderr what of it has to be decided. Raises UsageError."""
    if len(job.inputs) > 1:
        raise click.UsageError("--suggest goes with one FILE")
    if system and not SYSTEM.fullmatch(system):
        raise click.UsageError(
            f"--system {system!r} is no name of small letters, digits, - and _, like mycrm"
        )
    (given,) = job.inputs
    options = SuggestOptions(
        file_name=given.name,
        timezone=job.given.timezone,
        region=job.given.phone_region,
        system=system,
        encoding=encoding,
        separator=separator,
        sheet=sheet,
    )
    with sentences(NotUnderstoodError):
        suggestion = suggest_crm(given.data, options)
    click.echo(suggestion.text, nl=False)
    for each in suggestion.undecided:
        click.echo(f"to decide: {each}", err=True)


def mapping_text(name: str) -> str:
    """The text of a mapping that comes with Leadtrace, or of a file. Raises UsageError."""
    if name in shipped_mappings():
        return shipped_mapping(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f"--mapping {name} is no file that can be read ({error}), and none of "
            f"{', '.join(shipped_mappings())}"
        ) from error
