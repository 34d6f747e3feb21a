"""Which topics a pipeline needs, with their partitions and settings."""

import settings
from attribution.policy import parse_policy
from producers.publishing.topics import Wanted
from schemas.topics import TOPICS
from settings import Settings
from streams.app import CHANGELOG_CONFIG, CHANGELOG_REQUIRED, changelog_topics
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
        name: Wanted(count, CHANGELOG_CONFIG, CHANGELOG_REQUIRED)
        for name, count in changelog_topics(given, agents).items()
    }
    return topics | changelogs
