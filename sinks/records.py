"""A record as the loader takes it from a topic, and a row as it goes into a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]
Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in Kafka; `topic` is without the prefix, `timestamp` is in Millis.

    `unreadable` says why nothing but its place could be read of it, if so.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    unreadable: str = ""
