"""How far consumer groups are behind: how many records of their topics they have not finished."""

from collections.abc import Mapping, Sequence
from time import monotonic, sleep
from typing import Any, Final

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import CoordinatorNotAvailableError, GroupIdNotFoundError

from producers.publishing.topics import administration
from settings import Settings

LOOK_EVERY: Final = 0.3  # seconds


def lag_of(settings: Settings, groups: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return by group the number of records in its topics (full names) that it has not committed.

    All committed offsets are asked for before all ends, so when every number is 0, there was a moment at
    which nobody had anything left to do. Raises TopicsError when the broker doesn't answer.
    """
    with administration(settings) as admin:
        committed = {group: _committed(admin, group) for group in groups}
        topics = {topic for names in groups.values() for topic in names}
        ends = _ends(admin, sorted(topics))
    return {
        group: sum(
            max(0, end - committed[group].get(partition, 0))
            for partition, end in ends.items()
            if partition.topic in names
        )
        for group, names in groups.items()
    }


def ends_of(settings: Settings, topics: Sequence[str]) -> dict[tuple[str, int], int]:
    """Return the offset of the next record of each partition of these topics (full names).

    Raises TopicsError when the broker doesn't answer.
    """
    with administration(settings) as admin:
        return {(each.topic, each.partition): end for each, end in _ends(admin, sorted(topics)).items()}


def is_worked_on(settings: Settings, group: str, topic: str, partition: int, end: int, within: float) -> bool:
    """Say whether a group commits a partition (of the topic with this full name) up to `end` in so many
    seconds. Raises TopicsError when the broker doesn't answer."""
    until = monotonic() + within
    with administration(settings) as admin:
        while _committed(admin, group).get(TopicPartition(topic, partition), 0) < end:
            if monotonic() > until:
                return False
            sleep(LOOK_EVERY)
    return True


def _committed(admin: Any, group: str) -> dict[Any, int]:
    try:
        found = admin.list_group_offsets({group: None})
    except (CoordinatorNotAvailableError, GroupIdNotFoundError):
        # The broker knows no group yet.
        return {}
    return {partition: max(0, place.offset) for partition, place in found.get(group, {}).items()}


def _ends(admin: Any, topics: Sequence[str]) -> dict[Any, int]:
    partitions = [
        TopicPartition(topic["name"], each["partition_index"])
        for topic in admin.describe_topics(list(topics))
        for each in topic["partitions"]
    ]
    found = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return {partition: place.offset for partition, place in found.items()}
