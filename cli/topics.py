"""`leadtrace topics`: all topics, with their settings."""

import json

import click

import settings
from attribution.policy import PolicyError, parse_policy
from cli.failures import sentences
from cli.surroundings import surrounded
from producers.publishing.topics import TopicsError, Wanted, create_topics
from schemas.topics import TOPICS
from settings import Settings, SettingsError
from streams.app import CHANGELOG_CONFIG, changelog_topics
from streams.handlers import agent_specs


def wanted_topics(given: Settings) -> dict[str, Wanted]:
    """All topics of a pipeline by their full names: those that hold records, and the worker's changelogs.

    Raises SettingsError or PolicyError.
    """
    agents = agent_specs(parse_policy(settings.policy_text(given)), given.partitions)
    topics = {
        given.topic_prefix + topic.name: Wanted(1 if topic.single else given.partitions, topic.config())
        for topic in TOPICS
    }
    changelogs = {
        name: Wanted(count, CHANGELOG_CONFIG) for name, count in changelog_topics(given, agents).items()
    }
    return topics | changelogs


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded("kafka")
@sentences(TopicsError, SettingsError, PolicyError)
def command(given: Settings, as_json: bool) -> None:
    """Create the topics that are missing.

    A topic that exists keeps its settings; one with another number of partitions is an error, since records
    of one key would no longer stand in one partition.
    """
    wanted = wanted_topics(given)
    created = create_topics(given, wanted)
    if as_json:
        click.echo(
            json.dumps({"created": created, "existed": [name for name in wanted if name not in created]})
        )
        return
    for name in created:
        click.echo(f"created {name} with {wanted[name].partitions} partitions")
    click.echo(f"{len(created)} topics created, {len(wanted) - len(created)} existed.")
