"""The one way of records to the broker: sent, and confirmed by it, or an error that says what to do."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from background import must_succeed
from producers.publishing.partitioner import ByKey
from schemas.codec import Encoded
from settings import Settings

LARGEST_RECORD: Final = 4 << 20
UNCONFIRMED: Final = 10_000  # records on the way at once, while a file of any size is published
FED_AT_ONCE: Final = 50  # records of one request, before others have their turn
PROBE_SECONDS: Final = 10.0  # to connect, to log in and to ask, from a broker two seconds away


class PublishError(Exception):
    """Records were not confirmed; the text says by which broker, and what to do.

    Some of them may stand on their topics all the same: publishing them again is always right.
    """


class Publisher:
    """Publishes records to the broker of the settings, on topics with their prefix.

    `patience` says how many seconds a record may wait for its confirmation. May be used from any thread;
    `apublish` from any number of tasks at once, whose records share batches.
    Raises PublishError if the broker does not answer at the start.
    """

    def __init__(self, settings: Settings, patience: float = 60.0) -> None:
        if not settings.kafka:
            raise PublishError(
                "no Kafka broker is known: run `leadtrace up`, or set LEADTRACE_KAFKA to host:port"
            )
        self._settings = settings
        self._patience = patience
        self._probe: KafkaAdminClient | None = None
        self._probing = threading.Lock()
        try:
            self._producer = KafkaProducer(**settings.kafka_options(), **_producer_options(patience))
        except (KafkaError, OSError, ValueError) as error:
            raise self._failure(error) from None
        # send() may wait for metadata, so it has a thread of its own and never blocks an event loop.
        self._feeder = ThreadPoolExecutor(1, "publisher")

    def require(self, topics: Iterable[str]) -> None:
        """Raise PublishError unless each of these topics (named without the prefix) exists."""
        for topic in topics:
            try:
                self._producer.partitions_for(self._settings.topic_prefix + topic)
            except KafkaTimeoutError:
                raise self._no_topic(topic) from None
            except KafkaError as error:
                raise self._failure(error) from None

    def publish(self, records: Iterable[Encoded]) -> None:
        """Send all records and return when each of them is confirmed; raise PublishError otherwise."""
        waiting: deque[Any] = deque()
        for record in records:
            waiting.append(self._send(record))
            if len(waiting) >= UNCONFIRMED:
                self._confirm(waiting.popleft())
        while waiting:
            self._confirm(waiting.popleft())

    async def apublish(self, records: Iterable[Encoded]) -> None:
        """Like `publish`, without blocking the event loop; it gives up after `patience` seconds."""
        batch = tuple(records)
        if not batch:
            return
        loop = asyncio.get_running_loop()
        confirmed: asyncio.Future[None] = loop.create_future()

        def finish(error: Exception | None) -> None:
            loop.call_soon_threadsafe(_settle, confirmed, error)

        self._submit(deque(batch), _Delivery(len(batch), finish))
        try:
            async with asyncio.timeout(self._patience):
                await confirmed
        except TimeoutError:
            raise self._failure(KafkaTimeoutError()) from None
        except KafkaError as error:
            raise self._failure(error) from None

    def answers(self) -> bool:
        """Ask the broker something and tell whether it answered; blocks for ten seconds at most."""
        with self._probing:
            try:
                if self._probe is None:
                    self._probe = KafkaAdminClient(**self._settings.kafka_options(), **_probe_options())
                self._probe.describe_cluster()
            except (KafkaError, OSError, ValueError):
                self._drop_probe()
                return False
            return True

    def close(self) -> None:
        """Wait for what is on the way, then disconnect."""
        self._feeder.shutdown()
        try:
            self._producer.close(timeout=self._patience)
        except KafkaError as error:
            raise self._failure(error) from None
        finally:
            with self._probing:
                self._drop_probe()

    def _send(self, record: Encoded) -> Any:
        try:
            return self._producer.send(
                self._settings.topic_prefix + record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
            )
        except KafkaTimeoutError:
            raise self._no_topic(record.topic) from None
        except KafkaError as error:
            raise self._failure(error) from None

    def _feed(self, batch: deque[Encoded], delivery: "_Delivery") -> None:
        """Send the next records of a request; the rest waits behind those that others have given by now."""
        for record in [batch.popleft() for _ in range(min(FED_AT_ONCE, len(batch)))]:
            try:
                sent = self._send(record)
            except Exception as error:  # whatever it is, the waiting request must hear of it
                delivery.failed(error)
            else:
                sent.add_callback(delivery.confirmed)
                sent.add_errback(delivery.failed)
        if not batch:
            return
        try:
            self._submit(batch, delivery)
        except RuntimeError:  # it is closing: what was given is sent before
            self._feed(batch, delivery)

    def _submit(self, batch: deque[Encoded], delivery: "_Delivery") -> None:
        must_succeed("feeding the publisher", self._feeder.submit(self._feed, batch, delivery))

    def _confirm(self, sent: Any) -> None:
        try:
            sent.get(timeout=self._patience)
        except KafkaError as error:
            raise self._failure(error) from None

    def _drop_probe(self) -> None:
        if self._probe is not None:
            self._probe.close()
            self._probe = None

    def _no_topic(self, topic: str) -> PublishError:
        name = self._settings.topic_prefix + topic
        return PublishError(
            f"the Kafka broker at {self._settings.kafka} knows no topic {name}: "
            "create it with `leadtrace topics`"
        )

    def _failure(self, error: Exception) -> PublishError:
        broker = f"the Kafka broker at {self._settings.kafka}"
        match error:
            case MessageSizeTooLargeError():
                return PublishError(f"{broker} takes no record as large as this one: send smaller ones")
            case AuthorizationError():
                return PublishError(
                    f"{broker} does not let the user {self._settings.kafka_user!r} write: grant it the topics"
                )
            case _:
                return PublishError(
                    f"{broker} did not confirm ({type(error).__name__}): "
                    "check that it runs, and that the LEADTRACE_KAFKA settings are right"
                )


class _Delivery:
    """Counts the confirmations of one call; tells `finish` once, when all have come or the first failed."""

    def __init__(self, count: int, finish: Callable[[Exception | None], None]) -> None:
        self._left = count
        self._finish = finish
        self._lock = threading.Lock()

    def confirmed(self, _metadata: object) -> None:
        self._count(1, None)

    def failed(self, error: Exception) -> None:
        self._count(self._left, error)

    def _count(self, records: int, error: Exception | None) -> None:
        with self._lock:
            if self._left <= 0:
                return
            self._left -= records
            if self._left > 0:
                return
        self._finish(error)


def _settle(confirmed: "asyncio.Future[None]", error: Exception | None) -> None:
    if confirmed.done():
        return
    if error is None:
        confirmed.set_result(None)
    else:
        confirmed.set_exception(error)


def _producer_options(patience: float) -> dict[str, Any]:
    """What the client needs to know to keep the promises above.

    Without idempotence: facts have ids, so a record written twice is one fact, and a producer whose
    sequence broke would never recover. Given up is a little before `patience` is over, so that what a caller
    was told failed is no longer kept in memory.
    """
    deadline = int(patience * 900)
    return {
        "acks": "all",
        "partitioner": ByKey(),
        "enable_idempotence": False,
        "linger_ms": 5,
        "batch_size": 128 << 10,
        "max_request_size": LARGEST_RECORD,
        "allow_auto_create_topics": False,
        "delivery_timeout_ms": deadline,
        "request_timeout_ms": int(deadline * 0.8),
        "max_block_ms": min(deadline, 5_000),
        # Connecting and logging in are several round trips.
        "bootstrap_timeout_ms": min(2 * deadline, 20_000),
        "reconnect_backoff_max_ms": 1_000,
        "metrics_enabled": False,
    }


def _probe_options() -> dict[str, Any]:
    limit = int(PROBE_SECONDS * 1000)
    return {"request_timeout_ms": limit, "bootstrap_timeout_ms": limit, "reconnect_backoff_max_ms": 1_000}
