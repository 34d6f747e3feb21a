"""Sends records to the topics that they came from, and notes it down on the topic of dead letters."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from schemas.dead_letter import LetterRecord
from schemas.redriven import Redriven, redriven_headers
from schemas.topics import DEAD_LETTERS
from settings import Settings
from sinks.broker import away
from sinks.exact_producer import exact_producer, send_exactly
from sinks.records import Record

PATIENCE: Final = 60.0  # seconds for one acknowledgement
REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError)


class KafkaSender:
    """A producer of records as they were, for a user of the cockpit if `by` names one.

    Every method raises KafkaAwayError.
    """

    def __init__(self, settings: Settings, by: str = "") -> None:
        self._settings, self._by = settings, by
        try:
            self._producer = exact_producer(
                settings,
                "leadtrace-redrive",
                linger_ms=5,
                request_timeout_ms=20_000,
                delivery_timeout_ms=50_000,
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
            sent = [send_exactly(self._producer, topic, noted(replace(each, by=self._by))) for each in said]
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
            return send_exactly(
                self._producer,
                self._settings.topic_prefix + record.topic,
                LetterRecord(record.key, record.value, tuple(record.headers)),
                record.partition if without_key else None,
            )
        except REFUSALS:
            return None

    def _place(self, future: Any) -> tuple[int, int] | None:
        try:
            stands = future.get(timeout=PATIENCE)
        except REFUSALS:
            return None
        return stands.partition, stands.offset


def noted(said: Redriven) -> LetterRecord:
    """The record that notes it down."""
    return LetterRecord(f"{said.topic}/{said.partition}/{said.offset}".encode(), None, redriven_headers(said))
