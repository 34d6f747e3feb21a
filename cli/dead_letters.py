"""`leadtrace dead-letters`: records that could not be understood, and sending them again."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from answers.clock import as_millis
from answers.tables import json_table, json_text, text_table
from cli.failures import sentences
from cli.letters_again import send_again
from cli.surroundings import located, surrounded
from schemas.topics import BY_NAME
from settings import Settings, SettingsError
from sinks.broker import KafkaAwayError
from sinks.clickhouse import ClickHouse, ClickHouseError, connect
from sinks.lookups import (
    Letters,
    Row,
    dead_letter,
    dead_letter_reasons,
    dead_letters,
    dead_letters_waiting,
)
from sinks.originals import Waiting, originals
from sinks.redrive import MOST_ATTEMPTS, RedriveError
from sinks.topic_reader import TopicReader
from stack.errors import StackError

SINCE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
METRIC = "leadtrace_dead_letters_waiting"
STATES = ("waiting", "redriven", "kept")


class PlaceOrCommand(click.Group):
    """A group whose first word may also be a place, which is shown."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            return "show", self.commands["show"], args
        return super().resolve_command(ctx, args)


def filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which letters are meant."""
    for option in (
        click.option(
            "--since",
            type=SINCE,
            metavar="DAY[THH:MM[:SS]]",
            help="Only those put aside since then (in LEADTRACE_TIMEZONE).",
        ),
        click.option(
            "--topic", "topics", multiple=True, metavar="TOPIC", help="Only those of this topic; repeatable."
        ),
        click.option(
            "--reason",
            "reasons",
            multiple=True,
            metavar="REASON",
            help="Only those put aside for this reason.",
        ),
    ):
        function = option(function)
    return function


DATA_DIR = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the embedded servers, instead of LEADTRACE_DATA_DIR.",
)


@click.group(
    name="dead-letters",
    cls=PlaceOrCommand,
    invoke_without_command=True,
    subcommand_metavar="[PLACE | redrive]",
)
@filters
@click.option("--state", type=click.Choice(STATES), default=None, help="Only those in this state.")
@click.option("--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Rows to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--metrics", is_flag=True, help="Print how many wait, as Prometheus reads it.")
@DATA_DIR
@click.pass_context
def command(ctx: click.Context, /, data_dir: Path | None, **options: Any) -> None:
    """List records that could not be understood; with PLACE, show one as it was.

    Nothing stops because of such a record: it is put aside with the reason and its original bytes. It waits
    until the reason is removed and `leadtrace dead-letters redrive` sends it again.

    \b
    leadtrace dead-letters --state waiting --reason schema_invalid
    leadtrace dead-letters crm.events/2/17
    leadtrace dead-letters redrive --dry-run
    """
    ctx.obj = data_dir
    if ctx.invoked_subcommand is None:
        listed(data_dir=data_dir, **options)


@surrounded("clickhouse")
@sentences(ClickHouseError)
def listed(
    given: Settings,
    reasons: tuple[str, ...],
    topics: tuple[str, ...],
    since: datetime | None,
    state: str | None,
    most: int,
    as_json: bool,
    metrics: bool,
) -> None:
    """Print how many letters there are, and the newest."""
    wanted = meant(given, reasons, topics, since, state or "")
    client = connect(given)
    try:
        if metrics:
            click.echo(measured(dead_letters_waiting(client).rows))
            return
        counts, newest = dead_letter_reasons(client, wanted), dead_letters(client, most, wanted)
    finally:
        client.close()
    if as_json:
        click.echo(json_table(newest.columns, newest.rows))
    elif not counts.rows:
        click.echo("There are no dead letters" + (" like these." if wanted != Letters() else "."))
    else:
        click.echo(text_table(counts.columns, counts.rows, given.timezone))
        click.echo("\n" + text_table(newest.columns, newest.rows, given.timezone, widest=70))
        click.echo("\nShow one with: leadtrace dead-letters TOPIC/PARTITION/OFFSET")
        if any(row[2] for row in counts.rows):
            click.echo("When the cause is removed: leadtrace dead-letters redrive --dry-run")


def measured(waiting: Sequence[tuple[Any, ...]]) -> str:
    """How many wait, in the text format of Prometheus."""
    lines = [f"# HELP {METRIC} Dead letters that wait to be sent again.", f"# TYPE {METRIC} gauge"]
    for topic, reason, number in waiting:
        # As JSON writes a text is as that format wants it.
        labels = (
            f"topic={json.dumps(topic, ensure_ascii=False)},reason={json.dumps(reason, ensure_ascii=False)}"
        )
        lines.append(f"{METRIC}{{{labels}}} {number}")
    return "\n".join(lines)


@command.command()
@click.argument("place", metavar="TOPIC/PARTITION/OFFSET")
@click.option("--json", "_as_json", is_flag=True, help="Print JSON, as it does anyway.")
@DATA_DIR
@click.pass_context
def show(ctx: click.Context, place: str, _as_json: bool, data_dir: Path | None) -> None:
    """Show one record as it was.

    Parts that a dead letter had no room for are read from where they stand, while Kafka still has them.
    """
    shown(data_dir=data_dir or ctx.obj, place=place)


@surrounded("clickhouse")
@sentences(ClickHouseError, KafkaAwayError, SettingsError)
def shown(given: Settings, place: str) -> None:
    """Print one letter."""
    topic, partition, offset = place_of(place)
    client = connect(given)
    try:
        found = dead_letter(client, topic, partition, offset)
        if found is None:
            raise click.ClickException(f"no dead letter stood at {place}: `leadtrace dead-letters` lists all")
        if found.pop("in_kafka_only"):
            found |= from_its_topic(given, client, found)
    finally:
        client.close()
    click.echo(json_text(found))


def from_its_topic(given: Settings, client: ClickHouse, found: Row) -> Row:
    """What a letter had no room for, if Kafka still has it."""
    reader = TopicReader(located(given, "kafka"))
    try:
        place = (found["topic"], found["partition"], found["offset"])
        (record,) = originals(client, reader, [Waiting(*place, 0, found["reason"], 0, 0)])
    finally:
        reader.close()
    if record is None:
        return {"read_from": "nowhere: Kafka has let go of it, or can't read it"}
    return {
        "key": record.key,
        "value": record.value,
        "headers": dict(record.headers),
        "read_from": "its topic, since it is too large for a dead letter",
    }


@command.command()
@filters
@click.option("--limit", type=click.IntRange(1), default=None, help="Send so many at most, the oldest first.")
@click.option(
    "--attempts",
    type=click.IntRange(1),
    default=MOST_ATTEMPTS,
    show_default=True,
    help="Leave those that were sent again so often already.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@DATA_DIR
@click.pass_context
def redrive(ctx: click.Context, /, data_dir: Path | None, **options: Any) -> None:
    """Send records again after what was wrong with them, or with us, is put right.

    Each goes to the topic that it came from, with its key, its bytes and its headers as they were, once: what
    was sent no longer waits. What fails again is a dead letter again, and waits until this command is given
    again. Snapshots of journeys and deals are loaded into their tables. The result is the same as if nothing
    had ever failed.

    \b
    leadtrace dead-letters redrive --dry-run
    leadtrace dead-letters redrive --reason unknown_version --topic crm.events
    leadtrace dead-letters redrive --since 2026-03-01 --limit 1000
    """
    redriven(data_dir=data_dir or ctx.obj, **options)


@surrounded("kafka", "clickhouse")
@sentences(ClickHouseError, KafkaAwayError, RedriveError, StackError)
def redriven(
    given: Settings,
    reasons: tuple[str, ...],
    topics: tuple[str, ...],
    since: datetime | None,
    **options: Any,
) -> None:
    """Send what is meant again."""
    send_again(given, meant(given, reasons, topics, since, "waiting"), **options)


def meant(
    given: Settings, reasons: tuple[str, ...], topics: tuple[str, ...], since: datetime | None, state: str
) -> Letters:
    """The letters that the options mean. Raises UsageError for a topic that there is not."""
    bare = tuple(topic.removeprefix(given.topic_prefix) for topic in topics)
    for topic in bare:
        if topic not in BY_NAME:
            raise click.UsageError(f"there is no topic {topic!r}; the topics are {', '.join(BY_NAME)}")
    return Letters(reasons, bare, as_millis(since, given.timezone) if since else 0, state)


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
