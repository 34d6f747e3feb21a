"""A topic of the way back in Kafka, of one partition: read from the beginning, and written to."""

from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from outbox.log import Pair, Stored
from schemas.dead_letter import LetterRecord
from schemas.topics import OUTBOX, Topic
from settings import Settings
from sinks.broker import KafkaAwayError, away
from sinks.exact_producer import RECONNECTING, exact_producer, send_exactly
from sinks.fetching import TolerantRecords

_CLIENT: Final = "leadtrace-outbox"
_PATIENCE: Final = 30.0


class KafkaStore:
    """Every method raises KafkaAwayError; use it from one thread at a time."""

    def __init__(self, settings: Settings, topic: Topic = OUTBOX) -> None:
        self._address = settings.kafka
        self._place = TopicPartition(f"{settings.topic_prefix}{topic.name}", 0)
        try:
            self._consumer = KafkaConsumer(
                client_id=_CLIENT,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                metrics_enabled=False,
                **RECONNECTING,
                **settings.kafka_options(),
            )
            self._producer = exact_producer(
                settings,
                _CLIENT,
                request_timeout_ms=10_000,
                delivery_timeout_ms=20_000,
                # What is repeated must not overtake what comes after it.
                max_in_flight_requests_per_connection=1,
            )
        except KafkaError as error:
            raise away(settings.kafka, error) from error
        self._consumer._fetcher.PartitionRecords = TolerantRecords
        self._is_assigned = False

    def read(self, offset: int) -> tuple[Sequence[Stored], int]:
        """The records from an offset to the end of now, and the offset after that end."""
        try:
            return self._read(offset)
        except KafkaError as error:
            raise away(self._address, error) from error

    def append(self, records: Sequence[Pair]) -> Sequence[int]:
        """Write records in their order; return the offset of each when all of them are safe."""
        try:
            sent = [
                send_exactly(self._producer, self._place.topic, LetterRecord(key, value, ()), partition=0)
                for key, value in records
            ]
            return [int(each.get(timeout=_PATIENCE).offset) for each in sent]
        except KafkaError as error:
            raise away(self._address, error) from error

    def close(self) -> None:
        """Close the connections; everything was sent already."""
        self._producer.close(timeout=2)
        self._consumer.close(autocommit=False, timeout_ms=2_000)

    def _read(self, offset: int) -> tuple[Sequence[Stored], int]:
        self._assign()
        end = int(self._consumer.end_offsets([self._place])[self._place])
        self._consumer.seek(self._place, offset)
        found: list[Stored] = []
        heard = monotonic()
        while (position := int(self._consumer.position(self._place))) < end:
            polled: Sequence[Any] = self._consumer.poll(timeout_ms=500).get(self._place, [])
            found += [Stored(each.offset, each.key, each.value) for each in polled if not each.unreadable]
            if polled or int(self._consumer.position(self._place)) > position:
                heard = monotonic()
            elif monotonic() - heard > _PATIENCE:
                raise KafkaAwayError(f"nothing was read from Kafka at {self._address} in {_PATIENCE:.0f} s")
        return found, int(self._consumer.position(self._place))

    def _assign(self) -> None:
        if self._is_assigned:
            return
        if 0 not in (self._consumer.partitions_for_topic(self._place.topic) or ()):
            raise KafkaAwayError(f"there is no topic {self._place.topic}: create it with `leadtrace topics`")
        self._consumer.assign([self._place])
        self._is_assigned = True
