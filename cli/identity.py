"""`leadtrace identity`: see and correct who is who."""

import click
import orjson

from answers.clock import now
from answers.identifiers import what_was_said
from answers.tables import json_text, text_table
from attribution.policy import PolicyError
from cli.failures import sentences
from cli.identifiers import identifier_in
from cli.surroundings import surrounded
from producers.corrections import Correction, CorrectionError, Kind, say
from producers.publishing.publisher import PublishError
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouseError, connect
from sinks.lookups import identity_facts, journey_of

REASON = click.option("--reason", default="", help="Why, for those who look at it later.")
FORESEEN = (PublishError, SettingsError, PolicyError, ClickHouseError)


@click.group(name="identity")
def command() -> None:
    """See and correct who is who.

    An identifier is crm:SYSTEM:ID, anon:ID, user:ID, an e-mail address or a phone number, or - for a line of
    standard input. A correction is a
    fact like any other, and journeys are derived anew from all of them. A split or a block stays: nothing
    that is said later joins what it took apart.
    """


@command.command()
@click.argument("left")
@click.argument("right")
@REASON
@surrounded("kafka")
@sentences(*FORESEEN)
def split(given: Settings, left: str, right: str, reason: str) -> None:
    """Say that LEFT and RIGHT are not the same person.

    No link between these two counts any more. If others still tie them together, split those too:
    `leadtrace identity show LEFT` lists them.
    """
    correct(given, Correction(Kind.SPLIT, *two(left, right, given), reason))


@command.command()
@click.argument("left")
@click.argument("right")
@REASON
@surrounded("kafka")
@sentences(*FORESEEN)
def merge(given: Settings, left: str, right: str, reason: str) -> None:
    """Say that LEFT and RIGHT are the same person."""
    correct(given, Correction(Kind.MERGE, *two(left, right, given), reason))


@command.command()
@click.argument("identifier")
@REASON
@surrounded("kafka")
@sentences(*FORESEEN)
def block(given: Settings, identifier: str, reason: str) -> None:
    """Say that IDENTIFIER stands for nobody in particular: it joins no one."""
    known = identifier_in(identifier, given, "IDENTIFIER")
    correct(given, Correction(Kind.BLOCK, known, reason=reason))


@command.command()
@click.argument("identifier")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("clickhouse")
@sentences(*FORESEEN)
def show(given: Settings, identifier: str, as_json: bool) -> None:
    """Show who IDENTIFIER is, by which other identifiers, and what was said about them."""
    known = identifier_in(identifier, given, "IDENTIFIER")
    client = connect(given)
    try:
        found = journey_of(client, known)
        names = found["identifiers"] if found else [known]
        said = identity_facts(client, names)
    finally:
        client.close()
    told = [orjson.loads(payload) for _, _, payload in said.rows]
    person = found["person"] if found else None
    if as_json:
        click.echo(json_text({"identifier": known, "person": person, "identifiers": names, "facts": told}))
        return
    if found is None and not told:
        raise click.ClickException(f"nothing is known of the identifier {known}")
    click.echo(f"Person       {person or '(nobody has this identifier)'}")
    for name in names:
        click.echo(f"  {name}")
    if told:
        rows = [(at, *what_was_said(fact)) for (at, *_), fact in zip(said.rows, told, strict=True)]
        names = ["at", "what", "who", "with whom", "why"]
        click.echo("\n" + text_table(names, rows, given.timezone, widest=60))


def two(left: str, right: str, given: Settings) -> tuple[str, str]:
    """Two different identifiers. Raises UsageError."""
    pair = identifier_in(left, given, "LEFT"), identifier_in(right, given, "RIGHT")
    if pair[0] == pair[1]:
        raise click.UsageError("LEFT and RIGHT are the same identifier")
    return pair


def correct(given: Settings, correction: Correction) -> None:
    """Publish a correction, and say what it does. Raises UsageError and PublishError."""
    try:
        say(given, correction, now())
    except CorrectionError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{correction.told}; the journeys follow within seconds.")
