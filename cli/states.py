"""`leadtrace states`: look at states that are damaged, and rebuild them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import click
from kafka.errors import KafkaError

import settings
from answers.tables import json_table, text_table
from attribution.policy import Policy, PolicyError, parse_policy
from attribution.rebuilding import rebuild
from cli.failures import sentences
from cli.surroundings import surrounded
from producers.publishing.lag import ends_of, is_worked_on
from producers.publishing.publisher import Publisher, PublishError
from producers.publishing.topics import TopicsError
from schemas.partitions import partition_of
from schemas.topics import HAND_OVER
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouse, ClickHouseError, connect
from sinks.stored_facts import stored_of
from streams.app import app_id
from streams.handlers import JOURNEY_TOPICS, agent_specs
from streams.stored_states import StoredState, is_damaged, stored_states

FORESEEN = (PublishError, SettingsError, PolicyError, TopicsError, ClickHouseError)
COLUMNS = ["table", "partition", "offset", "key", "bytes", "what is wrong"]
READ_WITHIN = 60.0  # seconds that a worker has to begin the states anew


@click.group(name="states")
def command() -> None:
    """Look at states that are damaged, and rebuild them.

    What a worker knows of an identifier, a person, a deal or a click is its state, kept in the changelogs. A
    state that can't be read stops nobody: what comes for it is put aside as dead letters with the reason
    damaged_state, all others go on.
    """


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("kafka")
@sentences(*FORESEEN)
def list_damaged(given: Settings, as_json: bool) -> None:
    """List all states that can't be read: it reads the whole changelogs."""
    rows = [row_of(state) for state in found(given, is_damaged)]
    if as_json:
        click.echo(json_table(COLUMNS, rows))
    elif not rows:
        click.echo("All states can be read.")
    else:
        click.echo(text_table(COLUMNS, rows, given.timezone, widest=70))
        click.echo("\nRebuild one with: leadtrace states rebuild KEY; all of them with --all")


@command.command()
@click.argument("key")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the bytes to this file.")
@surrounded("kafka")
@sentences(*FORESEEN, OSError)
def show(given: Settings, key: str, out: Path | None) -> None:
    """Show where the states of KEY stand, and what is wrong with them."""
    states = found(given, lambda state: key in (state.key, state.key.partition("\x1f")[0]))
    if not states:
        raise click.ClickException(f"there is no state of {key}: `leadtrace states list` lists damaged ones")
    for state in states:
        click.echo(f"{state.table} {state.partition}, offset {state.offset} of its changelog")
        click.echo(f"  {len(state.data)} bytes, SHA-256 {hashlib.sha256(state.data).hexdigest()}")
        click.echo(f"  begins with {state.data[:24].hex(' ')}")
        click.echo(f"  can't be read: {state.cause}" if state.cause else "  can be read")
    if out is not None:
        out.write_bytes(states[0].data)
        click.echo(f"the bytes of the first are in {out}")


@command.command(name="rebuild")
@click.argument("key", required=False)
@click.option("--all", "every", is_flag=True, help="Rebuild every state that can't be read.")
@surrounded("kafka", "clickhouse")
@sentences(*FORESEEN)
def rebuild_states(given: Settings, key: str | None, every: bool) -> None:
    """Rebuild the states of KEY from the facts in ClickHouse; a worker must run.

    KEY stands in `leadtrace states list`: an identifier, a person, a deal or a click. Its facts are told
    again to the worker, which begins a state anew only if it can't be read. It may be repeated, and changes
    nothing in a state that is as it should be. The journey grows back within seconds.
    """
    if every == (key is not None):
        raise click.UsageError("give a KEY, or --all")
    policy = parse_policy(settings.policy_text(given))
    keys = [key] if key is not None else damaged_keys(given)
    client, publisher = connect(given), Publisher(given)
    try:
        for each in keys:
            rebuild_one(given, each, policy, client, publisher)
    finally:
        publisher.close()
        client.close()
    click.echo(f"{len(keys)} rebuilt. What was put aside for them meanwhile goes back with:")
    click.echo("leadtrace dead-letters redrive --reason damaged_state")


def rebuild_one(given: Settings, key: str, policy: Policy, client: ClickHouse, publisher: Publisher) -> None:
    """Have the states of a key rebuilt. Raises what is in FORESEEN, or ClickException when no worker runs."""
    partition = partition_of(key.encode(), given.partitions)
    ends = ends_of(given, [given.topic_prefix + topic for topic in JOURNEY_TOPICS])
    floor = {topic: ends.get((given.topic_prefix + topic, partition), 0) - 1 for topic in JOURNEY_TOPICS}
    made = rebuild(key, stored_of(client, key, floor), policy)
    publisher.publish(made.first)
    if not made.then:
        return
    topic = given.topic_prefix + HAND_OVER.name
    end = ends_of(given, [topic])[topic, partition]
    if not is_worked_on(given, app_id(given), topic, partition, end, READ_WITHIN):
        raise click.ClickException(
            f"no worker has read what was sent within {READ_WITHIN:.0f} s: start one (`leadtrace worker`), "
            "then rebuild again"
        )
    publisher.publish(made.then)


def damaged_keys(given: Settings) -> list[str]:
    """The keys of all states that can't be read; a bucket of a click's carriers is rebuilt with the click."""
    damaged = found(given, lambda state: is_damaged(state) and not state.is_metadata)
    return sorted({state.key.partition("\x1f")[0] for state in damaged})


def found(given: Settings, wanted: Callable[[StoredState], bool]) -> list[StoredState]:
    """The stored states that are wanted. Raises TopicsError when the broker doesn't answer."""
    policy = parse_policy(settings.policy_text(given))
    try:
        return list(stored_states(given, agent_specs(policy, given.partitions), wanted))
    except KafkaError as error:
        raise TopicsError(
            f"the Kafka broker at {given.kafka} does not give the changelogs ({type(error).__name__}): "
            "check that it runs, and that `leadtrace topics` was run"
        ) from error


def row_of(state: StoredState) -> tuple[str, int, int, str, int, str]:
    """A row of the list of damaged states."""
    key = "(metadata)" if state.is_metadata else state.key.replace("\x1f", " bucket ")
    return state.table, state.partition, state.offset, key, len(state.data), state.cause
