"""Reads the states of the agents from their changelogs, outside of any worker, and says which are damaged."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from attribution.clicks import load_click
from attribution.identity import load_node
from attribution.keeping import load_whole
from attribution.layout import is_head, load_layout
from attribution.partition_metadata import load_metadata
from settings import Settings
from streams.app import changelog_topics
from streams.batches import AgentSpec, Read
from streams.changelog import Changelog
from streams.damaged import DamagedStateError, read_state
from streams.maintenance import METADATA


def _load_journey(key: bytes, data: bytes, read: Read) -> Any:
    """The parts of a state are looked at with its head, which alone tells what they are."""
    name = key.decode()
    return load_whole(name, data, load_layout(name, data, read), read) if is_head(key) else None


LOADS: Mapping[str, Callable[[bytes, bytes, Read], Any]] = {
    "journey-states": _load_journey,
    "identities": lambda _key, data, _read: load_node(data),
    "clicks": lambda _key, data, _read: load_click(data),
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
                    found = _stored(agent.table, partition, newest)
                    yield from (state for state in found if wanted(state))
    finally:
        consumer.close(autocommit=False, timeout_ms=2_000)


def is_damaged(state: StoredState) -> bool:
    """Whether it can't be read."""
    return bool(state.cause)


def cause_of_damage(table: str, key: bytes, read: Read) -> str:
    """The class of the error that reading a state raises; '' if it can be read."""
    data = read(key) or b""
    try:
        read_state("", lambda: load_metadata(data) if key == METADATA else LOADS[table](key, data, read))
    except DamagedStateError as error:
        return error.cause
    return ""


def _stored(table: str, partition: int, newest: Mapping[bytes, tuple[int, bytes]]) -> Iterator[StoredState]:
    def read(key: bytes) -> bytes | None:
        return newest[key][1] if key in newest else None

    for key, (offset, data) in newest.items():
        cause = cause_of_damage(table, key, read)
        yield StoredState(table, partition, offset, key.decode(errors="replace"), data, cause)


def _newest(consumer: Any, place: Any) -> dict[bytes, tuple[int, bytes]]:
    """The state of each key by the records that count: where it stands, and its bytes."""
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
    return {key: (offsets[key], data) for key, data in changelog.states.items()}
