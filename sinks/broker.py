"""The loader's side of Kafka: a consumer that commits by hand, and a producer of dead letters."""

from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import Any, Final

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from kafka.structs import OffsetAndMetadata

from schemas.dead_letter import (
    LARGEST_LETTER,
    PARTS,
    Letter,
    LetterRecord,
    Place,
    letter_record,
    possible_time,
)
from schemas.topics import DEAD_LETTERS, FACT_TOPICS, JOURNEYS, OPPORTUNITIES, OUTBOX
from settings import Settings
from sinks.batches import Partition
from sinks.exact_producer import RECONNECTING, exact_producer, send_exactly
from sinks.fetching import TolerantRecords
from sinks.records import Record

GROUP: Final = "leadtrace-loader"
LOADED: Final = (*FACT_TOPICS, JOURNEYS, OPPORTUNITIES, OUTBOX, DEAD_LETTERS)
APP_VERSION: Final = metadata.version("leadtrace")


class KafkaAwayError(RuntimeError):
    """Kafka doesn't answer; the text is one sentence that says what to do."""


class _Revoked(ConsumerRebalanceListener):  # type: ignore[misc]  # the client has no types
    def __init__(self, tell: Callable[[list[Partition]], None], prefix: str) -> None:
        self._tell = tell
        self._prefix = prefix

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._tell([(name.topic.removeprefix(self._prefix), name.partition) for name in revoked])

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        """Positions come from the committed offsets; there is nothing to add."""


class Source:
    """Reads all topics that the loader loads; topics are named without the prefix here."""

    def __init__(self, settings: Settings, revoked: Callable[[list[Partition]], None]) -> None:
        """Raises KafkaAwayError. `revoked` hears of the partitions that somebody else will read."""
        self._prefix = settings.topic_prefix
        self._address = settings.kafka
        try:
            self._consumer = KafkaConsumer(
                group_id=f"{settings.topic_prefix}{GROUP}",
                client_id=GROUP,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                partition_assignment_strategy=(RoundRobinPartitionAssignor,),
                max_poll_records=2000,
                # Some records at once cost less; none waits longer than this for others.
                fetch_min_bytes=16 << 10,
                fetch_max_wait_ms=100,
                fetch_max_bytes=16 << 20,
                max_partition_fetch_bytes=1 << 20,
                session_timeout_ms=10_000,
                heartbeat_interval_ms=2_000,
                metadata_max_age_ms=15_000,
                metrics_enabled=False,
                **RECONNECTING,
                **settings.kafka_options(),
            )
        except KafkaError as error:
            raise away(settings.kafka, error) from error
        self._consumer._fetcher.PartitionRecords = TolerantRecords
        topics = [f"{self._prefix}{topic.name}" for topic in LOADED]
        self._consumer.subscribe(topics, listener=_Revoked(revoked, self._prefix))

    def read(self, seconds: float) -> list[Record]:
        """Return what has come; wait at most `seconds` for it."""
        found = self._poll(seconds)
        return [
            Record(
                topic=topic.topic.removeprefix(self._prefix),
                partition=topic.partition,
                offset=record.offset,
                timestamp=possible_time(record.timestamp),
                key=record.key,
                value=record.value,
                headers=record.headers,
                unreadable=record.unreadable,
            )
            for topic, records in found.items()
            for record in records
        ]

    def keep(self, seconds: float) -> None:
        """Stay a member of the group for `seconds` without reading on."""
        self._consumer.pause(*self._consumer.assignment())
        for topic, records in self._poll(seconds).items():
            # It was assigned during the poll, hence not paused.
            self._consumer.seek(topic, records[0].offset)

    def go_on(self) -> None:
        """Read on after `keep`."""
        self._consumer.resume(*self._consumer.paused())

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Say that everything before these offsets is written. Raises KafkaAwayError."""
        named = {
            TopicPartition(self._prefix + topic, partition): OffsetAndMetadata(offset, "", -1)
            for (topic, partition), offset in offsets.items()
        }
        try:
            self._consumer.commit(named, timeout_ms=15_000)
        except KafkaError as error:
            raise away(self._address, error) from error

    def answers(self) -> bool:
        """Whether Kafka answers: a question about one of our partitions, or whether we have any topic."""
        try:
            mine = sorted(self._consumer.assignment())[:1]
            if mine:
                self._consumer.end_offsets(mine, timeout_ms=10_000)
                return True
            return bool(self._consumer.topics())
        except KafkaError:
            return False

    def is_member(self) -> bool:
        """Whether the group counts us in, by the last answer to a sign of life of ours; asks nobody."""
        coordinator = self._consumer._coordinator
        return bool(coordinator.stable()) and not coordinator.heartbeat.session_timeout_expired()

    def close(self) -> None:
        """Leave the group without committing."""
        self._consumer.close(autocommit=False, timeout_ms=3_000)

    def _poll(self, seconds: float) -> Mapping[Any, list[Any]]:
        coordinator = self._consumer._coordinator
        if not coordinator.stable():
            # Changed metadata call for a join only until the partitions are given out anew. When a poll ends
            # between that and the last answer, the client forgets that it has not joined, and stays outside.
            coordinator.request_rejoin()
        try:
            polled: Mapping[Any, list[Any]] = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except KafkaError as error:
            raise away(self._address, error) from error
        return polled


class DeadLetters:
    """Sends records to the topic of dead letters, as they were, or where they stand if there is no room."""

    def __init__(self, settings: Settings) -> None:
        """Raises KafkaAwayError."""
        self._topic = f"{settings.topic_prefix}{DEAD_LETTERS.name}"
        self._address = settings.kafka
        try:
            self._producer = exact_producer(
                settings, GROUP, request_timeout_ms=10_000, delivery_timeout_ms=15_000
            )
        except KafkaError as error:
            raise away(settings.kafka, error) from error

    def send(self, letters: Iterable[tuple[Record, str, str]]) -> None:
        """Send (record, reason, error) each; return when the broker has them all, or raise KafkaAwayError."""
        try:
            sent = [(letter, self._send(letter_about(*letter))) for letter in letters]
            for letter, future in sent:
                try:
                    future.get(timeout=20)
                except (MessageSizeTooLargeError, RecordListTooLargeError):
                    # Somebody made the topic's limit smaller.
                    self._send(letter_about(*letter, largest=0)).get(timeout=20)
        except KafkaError as error:
            raise away(self._address, error) from error

    def close(self) -> None:
        """Close the connection; everything was sent already."""
        self._producer.close(timeout=2)

    def _send(self, letter: LetterRecord) -> Any:
        return send_exactly(self._producer, self._topic, letter)


def letter_about(record: Record, reason: str, error: str, largest: int = LARGEST_LETTER) -> LetterRecord:
    """The dead letter of a record; larger than `largest` bytes, it holds its small parts only."""
    place = Place(record.partition, record.offset, record.timestamp)
    # Of what couldn't be read, everything is left where it stands.
    left_out = PARTS if record.unreadable else ()
    letter = Letter(reason, error, record.topic, place, APP_VERSION, left_out)
    return letter_record(letter, record.key, record.value, record.headers, largest)


def away(address: str, error: Exception) -> KafkaAwayError:
    """What to say when the client of Kafka raises."""
    return KafkaAwayError(
        f"Kafka at {address or 'no address'} doesn't do as asked ({type(error).__name__}): "
        "check that it runs, that LEADTRACE_KAFKA is its address, and that `leadtrace topics` was run"
    )
