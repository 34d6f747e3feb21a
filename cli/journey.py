"""`leadtrace journey`: everything about one lead."""

import click

import settings
from answers.journey_text import journey_text
from answers.journeys import journey_by
from answers.tables import json_text
from attribution.policy import PolicyError, parse_policy
from cli.failures import sentences
from cli.identifiers import identifier_in
from cli.surroundings import surrounded
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouseError, connect


@click.command()
@click.argument("lead")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("clickhouse")
@sentences(ClickHouseError, SettingsError, PolicyError)
def command(given: Settings, lead: str, as_json: bool) -> None:
    """Print everything about one lead.

    LEAD is an identifier (crm:SYSTEM:ID, anon:ID, user:ID), an e-mail address or a phone number. Addresses
    and numbers are replaced by their tokens here, also where they are the ID of a record, with
    LEADTRACE_TOKEN_KEY; ClickHouse doesn't see them. With - for LEAD, it is read from standard input.
    """
    identifier = identifier_in(lead, given)
    policy = parse_policy(settings.policy_text(given))
    client = connect(given)
    try:
        found = journey_by(client, identifier, given, policy)
    finally:
        client.close()
    if found is None:
        raise click.ClickException(
            f"nobody with the identifier {identifier} is known: check it, or wait for its facts"
        )
    click.echo(json_text(found) if as_json else journey_text(found, given.timezone))
