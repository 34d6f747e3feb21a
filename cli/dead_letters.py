"""`leadtrace dead-letters`: records that could not be understood."""

import click

from cli.failures import sentences
from cli.surroundings import surrounded
from cli.tables import json_table, json_text, text_table
from settings import Settings
from sinks.clickhouse import ClickHouseError, connect
from sinks.lookups import dead_letter, dead_letter_reasons, dead_letters


@click.command(name="dead-letters")
@click.argument("place", required=False, metavar="[TOPIC/PARTITION/OFFSET]")
@click.option("--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Rows to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("clickhouse")
@sentences(ClickHouseError)
def command(given: Settings, place: str | None, most: int, as_json: bool) -> None:
    """List records that could not be understood, or show one as it was.

    Nothing stops because of such a record: it is put aside with the reason and its original bytes.
    """
    topic, partition, offset = place_of(place) if place else ("", 0, 0)
    client = connect(given)
    try:
        if place:
            found = dead_letter(client, topic, partition, offset)
            if found is None:
                raise click.ClickException(
                    f"no dead letter stood at {place}: `leadtrace dead-letters` lists all"
                )
            click.echo(json_text(found))
            return
        counts, newest = dead_letter_reasons(client), dead_letters(client, most)
    finally:
        client.close()
    if as_json:
        click.echo(json_table(newest.columns, newest.rows))
    elif not counts.rows:
        click.echo("There are no dead letters.")
    else:
        click.echo(text_table(counts.columns, counts.rows, given.timezone))
        click.echo("\n" + text_table(newest.columns, newest.rows, given.timezone, widest=70))
        click.echo("\nShow one with: leadtrace dead-letters TOPIC/PARTITION/OFFSET")


def place_of(text: str) -> tuple[str, int, int]:
    """Where a record stood. Raises UsageError."""
    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    try:
        return topic, int(partition), int(offset)
    except ValueError:
        raise click.UsageError(
            f"{text!r} is not TOPIC/PARTITION/OFFSET, for example crm.events/2/17"
        ) from None
