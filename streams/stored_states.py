"""Reads the states of the agents from their changelogs, outside of any worker, and says which are damaged."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from attribution.clicks import load_click
from attribution.identity import load_node
from attribution.partition_metadata import load_metadata
from attribution.state import load_state
from settings import Settings
from streams.app import changelog_topics
from streams.batches import AgentSpec
from streams.changelog import Changelog
from streams.damaged import DamagedStateError, read_state
from streams.maintenance import METADATA

LOADS: Mapping[str, Callable[[bytes], Any]] = {
    "journey-states": load_state,
    "identities": load_node,
    "clicks": load_click,
}


@dataclass(frozen=True, slots=True)
class StoredState:
    """The newest state of a key, where its record stands in the changelog, and what is wrong with it.

    `cause` is the class of the error that reading it raises; '' if it can be read.
    """

    table: str
    partition: int
    offset: int
    key: str
    data: bytes
    cause: str

    @property
    def is_metadata(self) -> bool:
        """Whether it is the metadata of the partition, which a worker finds out anew by itself."""
        return self.key.encode() == METADATA


def stored_states(
    settings: Settings, agents: Iterable[AgentSpec], wanted: Callable[[StoredState], bool]
) -> Iterator[StoredState]:
    """Yield the states that are wanted, one partition after the other. Raises KafkaError."""
    consumer = KafkaConsumer(
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        metrics_enabled=False,
        bootstrap_timeout_ms=20_000,
        **settings.kafka_options(),
    )
    try:
        for agent in agents:
            for topic, partitions in changelog_topics(settings, (agent,)).items():
                for partition in range(partitions):
                    newest = _newest(consumer, TopicPartition(topic, partition))
                    found = (_stored(agent.table, partition, *each) for each in newest)
                    yield from (state for state in found if wanted(state))
    finally:
        consumer.close(autocommit=False, timeout_ms=2_000)


def is_damaged(state: StoredState) -> bool:
    """Whether it can't be read."""
    return bool(state.cause)


def cause_of_damage(table: str, key: bytes, data: bytes) -> str:
    """The class of the error that reading a state raises; '' if it can be read."""
    load = load_metadata if key == METADATA else LOADS[table]
    try:
        read_state("", lambda: load(data))
    except DamagedStateError as error:
        return error.cause
    return ""


def _stored(table: str, partition: int, offset: int, key: bytes, data: bytes) -> StoredState:
    cause = cause_of_damage(table, key, data)
    return StoredState(table, partition, offset, key.decode(errors="replace"), data, cause)


def _newest(consumer: Any, place: Any) -> Iterator[tuple[int, bytes, bytes]]:
    """The state of each key by the records that count: where it stands, the key, and its bytes."""
    consumer.assign([place])
    end = consumer.end_offsets([place])[place]
    consumer.seek_to_beginning(place)
    changelog = Changelog()
    offsets: dict[bytes, int] = {}
    while consumer.position(place) < end:
        for record in consumer.poll(timeout_ms=1000).get(place, ()):
            changelog.read([record])
            if changelog.states.get(record.key) is record.value:
                offsets[record.key] = record.offset
    return ((offsets[key], key, data) for key, data in changelog.states.items())
