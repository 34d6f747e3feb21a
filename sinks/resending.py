"""Sends records to the topics that they came from, and notes it down on the topic of dead letters."""

from collections.abc import Sequence
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from schemas.redriven import Redriven, redriven_headers
from schemas.topics import DEAD_LETTERS, MAX_RECORD_BYTES
from settings import Settings
from sinks.broker import RECONNECTING, away
from sinks.records import Record

PATIENCE: Final = 60.0  # seconds for one acknowledgement
REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError)


class KafkaSender:
    """A producer of records as they were. Every method raises KafkaAwayError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        try:
            self._producer = KafkaProducer(
                acks="all",
                # One that counts would take nothing more after a refusal; what comes twice is one fact.
                enable_idempotence=False,
                client_id="leadtrace-redrive",
                allow_auto_create_topics=False,
                max_request_size=MAX_RECORD_BYTES + (64 << 10),
                linger_ms=5,
                request_timeout_ms=20_000,
                delivery_timeout_ms=50_000,
                max_block_ms=10_000,
                metrics_enabled=False,
                **RECONNECTING,
                **settings.kafka_options(),
            )
        except KafkaError as error:
            raise away(settings.kafka, error) from error

    def send(self, records: Sequence[Record]) -> list[tuple[int, int] | None]:
        """Send records to where their keys belong; return the partition and the offset of each, None for one
        that is too large for its topic. The broker has them then."""
        try:
            sent = [self._send(record) for record in records]
            return [None if each is None else self._place(each) for each in sent]
        except KafkaError as error:
            raise away(self._settings.kafka, error) from error

    def note(self, said: Sequence[Redriven]) -> None:
        """Note down what was done with dead letters; the broker has it then."""
        topic = self._settings.topic_prefix + DEAD_LETTERS.name
        try:
            sent = [
                self._producer.send(
                    topic,
                    key=f"{each.topic}/{each.partition}/{each.offset}".encode(),
                    headers=list(redriven_headers(each)),
                )
                for each in said
            ]
            for future in sent:
                future.get(timeout=PATIENCE)
        except KafkaError as error:
            raise away(self._settings.kafka, error) from error

    def close(self) -> None:
        """Close the connection; everything was sent already."""
        self._producer.close(timeout=2)

    def _send(self, record: Record) -> Any:
        # A record without a key goes where it was; all others where a producer would put them today.
        without_key = record.key is None and record.partition >= 0
        try:
            return self._producer.send(
                self._settings.topic_prefix + record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                partition=record.partition if without_key else None,
            )
        except REFUSALS:
            return None

    def _place(self, future: Any) -> tuple[int, int] | None:
        try:
            stands = future.get(timeout=PATIENCE)
        except REFUSALS:
            return None
        return stands.partition, stands.offset
