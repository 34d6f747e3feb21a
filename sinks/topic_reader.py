"""Reads single records where they stand in Kafka, outside of any group."""

from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from log_records import Fetched
from schemas.codec import DecodeError, decode
from schemas.dead_letter import possible_time
from settings import Settings
from sinks.broker import GROUP, away
from sinks.exact_producer import RECONNECTING
from sinks.fetching import TolerantRecords
from sinks.records import Record

PATIENCE: Final = 20.0  # seconds for one record


class TopicReader:
    """Looks records up by partition and offset; topics are named without the prefix.

    Every method raises KafkaAwayError.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        try:
            self._consumer = KafkaConsumer(
                # It never joins the group, whose offsets `unread` asks for.
                group_id=f"{settings.topic_prefix}{GROUP}",
                client_id="leadtrace-reader",
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                metrics_enabled=False,
                **RECONNECTING,
                **settings.kafka_options(),
            )
        except KafkaError as error:
            raise away(settings.kafka, error) from error
        self._consumer._fetcher.PartitionRecords = TolerantRecords

    def at(self, topic: str, partition: int, offset: int) -> Record | None:
        """The record that stands there; None if it is there no longer, or can't be read."""
        try:
            return self._at(topic, partition, offset)
        except KafkaError as error:
            raise away(self._settings.kafka, error) from error

    def superseded(self, topic: str, partition: int, keys: Mapping[bytes, int]) -> set[bytes]:
        """Which of these keys have a record that can be understood after the offset given for each."""
        try:
            return {
                record.key
                for record in self._from(topic, partition, min(keys.values()) + 1)
                if record.key is not None
                and record.offset > keys.get(record.key, record.offset)
                and is_understood(topic, record)
            }
        except KafkaError as error:
            raise away(self._settings.kafka, error) from error

    def unread(self, topic: str) -> int:
        """How many records of a topic the loader has not stored yet."""
        name = self._settings.topic_prefix + topic
        try:
            places = [
                TopicPartition(name, number) for number in self._consumer.partitions_for_topic(name) or ()
            ]
            begins, ends = self._consumer.beginning_offsets(places), self._consumer.end_offsets(places)
            return sum(
                max(0, ends[place] - max(begins[place], self._consumer.committed(place) or 0))
                for place in places
            )
        except KafkaError as error:
            raise away(self._settings.kafka, error) from error

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close(autocommit=False, timeout_ms=2_000)

    def _at(self, topic: str, partition: int, offset: int) -> Record | None:
        place = self._assigned(topic, partition)
        if place is None or not self._begin(place) <= offset < self._end(place):
            return None
        self._consumer.seek(place, offset)
        for record in self._polled(place, PATIENCE):
            if record.offset != offset or record.unreadable:
                return None
            time = possible_time(record.timestamp)
            return Record(topic, partition, offset, time, record.key, record.value, record.headers)
        return None

    def _from(self, topic: str, partition: int, offset: int) -> Iterator[Fetched]:
        place = self._assigned(topic, partition)
        if place is None:
            return
        end = self._end(place)
        self._consumer.seek(place, max(offset, self._begin(place)))
        while self._consumer.position(place) < end:
            yield from self._polled(place, PATIENCE)

    def _polled(self, place: Any, seconds: float) -> list[Fetched]:
        """The next records of the partition. Raises KafkaError if none comes in time."""
        until = monotonic() + seconds
        before = self._consumer.position(place)
        while monotonic() < until:
            found = self._consumer.poll(timeout_ms=500).get(place, [])
            if found or self._consumer.position(place) > before:
                return list(found)
        raise KafkaError(f"nothing was read in {seconds:.0f} seconds")

    def _assigned(self, topic: str, partition: int) -> Any:
        name = self._settings.topic_prefix + topic
        if partition not in (self._consumer.partitions_for_topic(name) or ()):
            return None
        place = TopicPartition(name, partition)
        self._consumer.assign([place])
        return place

    def _begin(self, place: Any) -> int:
        return int(self._consumer.beginning_offsets([place])[place])

    def _end(self, place: Any) -> int:
        return int(self._consumer.end_offsets([place])[place])


def is_understood(topic: str, record: Fetched) -> bool:
    """Whether it is what its topic holds."""
    try:
        decode(topic, record.value)
    except DecodeError:
        return False
    return True
