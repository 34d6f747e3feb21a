"""How far consumer groups are behind: how many records of their topics they have not finished."""

from collections.abc import Mapping, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import CoordinatorNotAvailableError, GroupIdNotFoundError

from producers.publishing.topics import administration
from settings import Settings


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
