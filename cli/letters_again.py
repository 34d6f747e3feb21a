"""Sending dead letters again: what would be sent, how far it is, and what became of each."""

import sys
from collections import Counter
from collections.abc import Callable

import click

from answers import letters_again
from answers.tables import json_text, text_table
from schemas.redriven import Outcome
from settings import Settings
from sinks.clickhouse import connect
from sinks.lookups import Letters
from sinks.originals import Waiting
from sinks.redrive import Result, chosen, waiting

SAID = {
    Outcome.SENT: "sent to their topics",
    Outcome.LOADED: "loaded into their tables",
    Outcome.SUPERSEDED: "superseded by newer records of their keys, which are there",
}


def send_again(
    given: Settings, wanted: Letters, limit: int | None, attempts: int, dry_run: bool, as_json: bool
) -> None:
    """Send the letters that wait again, or say what would be sent.

    Raises RedriveError, StackError, ClickHouseError and KafkaAwayError.
    """
    if not dry_run:
        report(letters_again.send_again(given, wanted, attempts, limit, told(as_json)), as_json)
        return
    client = connect(given)
    try:
        foretell(given, *chosen(waiting(client, wanted, attempts), attempts, limit), as_json)
    finally:
        client.close()


def foretell(given: Settings, letters: list[Waiting], left: Counter[str], as_json: bool) -> None:
    """Say what would be sent."""
    counts = Counter((letter.topic, letter.reason) for letter in letters)
    rows = [(*what, number) for what, number in sorted(counts.items())]
    if as_json:
        would = [{"topic": topic, "reason": reason, "letters": number} for topic, reason, number in rows]
        click.echo(json_text({"would_send": would, "left": dict(left)}))
        return
    if rows:
        click.echo(text_table(("topic", "reason", "letters"), rows, given.timezone))
        click.echo(f"\n{len(letters):,} would be sent again; nothing was sent")
    else:
        click.echo("Nothing like this waits to be sent again.")
    say_left(left)


def told(as_json: bool) -> Callable[[int, int], None]:
    """Whom to tell how far it is: the terminal, in one line that changes."""

    def tell(done: int, total: int) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"\r{done:,} of {total:,}", nl=done == total, err=True)

    return tell


def report(result: Result, as_json: bool) -> None:
    """Say what became of them, and what to do next."""
    if as_json:
        outcomes = {outcome.value: result.outcomes[outcome] for outcome in Outcome}
        click.echo(json_text({**outcomes, "left": dict(result.left), "not_stored_yet": result.unstored}))
        return
    for outcome, number in result.outcomes.items():
        click.echo(f"{number:,} {SAID[outcome]}")
    if not result.outcomes:
        click.echo("Nothing like this waits to be sent again." if not result.left else "nothing was sent")
    say_left(result.left)
    if result.unstored:
        click.echo(f"the loader has yet to store {result.unstored:,} records of dead.letters")
    if result.outcomes:
        click.echo("what fails again waits again: leadtrace dead-letters --state waiting")


def say_left(left: Counter[str]) -> None:
    """Say what still waits, and why."""
    for why, number in left.items():
        click.echo(f"{number:,} left: {why}")
