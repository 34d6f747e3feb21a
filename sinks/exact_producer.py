"""A producer that sends records as they were, also those with neither key nor value."""

from typing import Any, Final

from kafka import KafkaProducer
from kafka.serializer import Serializer

from schemas.dead_letter import LetterRecord
from schemas.topics import MAX_RECORD_BYTES
from settings import Settings

RECONNECTING: Final = {"bootstrap_timeout_ms": 20_000, "reconnect_backoff_max_ms": 2_000}


def exact_producer(settings: Settings, client_id: str, **more: Any) -> KafkaProducer:
    """A producer for `send_exactly`, with further options of its client. Raises KafkaError."""
    return KafkaProducer(
        acks="all",
        # What comes twice is one row or one fact; one that counts would take nothing more after a refusal.
        enable_idempotence=False,
        client_id=client_id,
        allow_auto_create_topics=False,
        max_request_size=MAX_RECORD_BYTES + (64 << 10),
        max_block_ms=10_000,
        metrics_enabled=False,
        value_serializer=_Unwrapping(),
        **RECONNECTING,
        **more,
        **settings.kafka_options(),
    )


def send_exactly(
    producer: KafkaProducer, topic: str, record: LetterRecord, partition: int | None = None
) -> Any:
    """Send a record to a topic, given with its prefix; return the future of its acknowledgement.

    A header without a value gets an empty one: the client can't write none. Raises KafkaError.
    """
    return producer.send(topic, key=record.key, value=record, headers=[], partition=partition)


class _Unwrapping(Serializer):  # type: ignore[misc]  # the client has no types
    """Comes after the client has refused what it would not take, and before it writes the record."""

    def serialize(self, _topic: str, headers: list[tuple[str, bytes]], data: Any) -> bytes | None:
        if data is None:
            return None
        headers[:] = [(name, value or b"") for name, value in data.headers]
        value: bytes | None = data.value
        return value
