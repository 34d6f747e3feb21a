"""A new link as `leadtrace link create` makes it: by the rules, once, with those of its recipients."""

from dataclasses import replace
from pathlib import Path

import click

from answers.tables import csv_table
from cli.link_surroundings import Surroundings, short
from producers.cells.source import source_of
from producers.links.link import Link, LinkFaultError, record_of_link, record_of_recipient
from producers.links.link_file import Appending
from producers.links.making import Addressed, addressed, code_for, tags_in
from producers.links.naming import faults_of, same_tags
from producers.links.targets import target_of
from stack.folder import write_private


def made(
    here: Surroundings, wanted: Link, people: Path | None, output: Path | None
) -> tuple[Link, Addressed | None]:
    """Add a link to the file, with those of its recipients; their list is written first, if it has a file.

    Raises LinkFaultError, NotUnderstoodError, SettingsError, StackError, OSError.
    """
    if faults := list(faults_of(wanted.tags, here.naming, here.reader)):
        raise LinkFaultError("; ".join(faults))
    if here.reader.scrub(wanted.label) != wanted.label:
        raise LinkFaultError(
            "the label holds an address or a number of a person: it stands below the picture"
        )
    with Appending(here.file) as file:
        known = file.links().by_code
        link = replace(wanted, code=code_for(wanted.code, known))
        if other := same_tags(link, known.values()):
            raise LinkFaultError(
                f"the link {other.code} has this target and these tags: take it, or say --content"
            )
        told = (
            addressed(source_of(people), link.code, short(here, link), here.tokeniser()) if people else None
        )
        if told and output:
            # Spreadsheets read it as UTF-8 by the mark at its beginning.
            write_private(output, f"\ufeff{csv_table(told.columns, told.rows)}")
        of_people = map(record_of_recipient, told.recipients) if told else ()
        file.add([record_of_link(link), *of_people])
    return link, told


def target_in(here: Surroundings, target: str) -> str:
    """Return where a link may lead; raise LinkFaultError."""
    try:
        plain = target_of(target.strip(), here.targets)
    except ValueError as error:
        raise LinkFaultError(f"TARGET can't be led to: {error}") from None
    if tags_in(plain):
        raise LinkFaultError("TARGET has tags of its own: leave them out, the link puts its own there")
    if here.reader.scrub(plain) != plain:
        raise LinkFaultError("TARGET holds an address or a number of a person: links are seen by everybody")
    return plain


def tell(told: Addressed, output: Path | None) -> None:
    """Print the list with the links, if it has no file, and how many people it holds."""
    if output is None:
        click.echo(csv_table(told.columns, told.rows), nl=False)
    lines = ", ".join(map(str, told.left_out[:10])) + (" …" if len(told.left_out) > 10 else "")
    missing = f"; left out, without an address or number of anybody: line {lines}" if told.left_out else ""
    where = f", in {output}" if output else ""
    click.echo(f"{len(told.recipients)} people have a link of their own{where}{missing}", err=True)
