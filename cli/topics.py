"""`leadtrace topics`: all topics, with their settings."""

import json

import click

from attribution.policy import PolicyError
from cli.failures import sentences
from cli.surroundings import surrounded
from cli.topic_plan import wanted_topics
from producers.publishing.topics import TopicsError, adjust_topics, create_topics
from settings import Settings, SettingsError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("kafka")
@sentences(TopicsError, SettingsError, PolicyError)
def command(given: Settings, as_json: bool) -> None:
    """Create the topics that are missing.

    A topic that exists keeps its settings, but for those without which states could be lost; one with another
    number of partitions is an error, since records of one key would no longer stand in one partition.
    """
    wanted = wanted_topics(given)
    created = create_topics(given, wanted)
    adjusted = adjust_topics(given, wanted)
    if as_json:
        existed = [name for name in wanted if name not in created]
        click.echo(json.dumps({"created": created, "existed": existed, "adjusted": adjusted}))
        return
    for line in adjusted:
        click.echo(f"set {line}")
    for name in created:
        click.echo(f"created {name} with {wanted[name].partitions} partitions")
    click.echo(f"{len(created)} topics created, {len(wanted) - len(created)} existed.")
