"""Both servers as far as the loader needs them, for tests of what it tells them, and in which order."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.codec import encode
from schemas.website import PageViewed
from sinks.batches import Lines
from sinks.broker import KafkaAwayError
from sinks.records import Record

GOOD = encode(
    PageViewed(
        event_id="6f6e1c8e-3a5b-5d0c-9b1e-1d6d0f2c7a10",
        occurred_at=5,
        received_at=7,
        source="web",
        subject="anon:1",
    )
)


class Servers:
    """Both servers, as far as the loader needs them; `log` is what they were told, in order."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.coming: list[list[Record]] = []
        self.away: list[Exception] = []
        self.commit_fails = 0
        self.member = True

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
        if self.away:
            raise self.away.pop(0)
        self.log.append(("insert", table, len(rows)))

    def query(self, text: str) -> None:
        self.log.append("ping")

    def read(self, seconds: float) -> list[Record]:
        return self.coming.pop(0) if self.coming else []

    def keep(self, seconds: float) -> None:
        self.log.append("keep")

    def go_on(self) -> None:
        self.log.append("go on")

    def commit(self, offsets: Mapping[Any, int]) -> None:
        if self.commit_fails:
            self.commit_fails -= 1
            raise KafkaAwayError("no coordinator")
        self.log.append(("commit", dict(offsets)))

    def is_member(self) -> bool:
        return self.member

    def answers(self) -> bool:
        return True

    def send(self, letters: Sequence[tuple[Record, str, str]]) -> None:
        self.log.append(("letters", [(record.offset, reason) for record, reason, _ in letters]))


def record(offset: int, value: bytes = GOOD, topic: str = "website.events") -> Record:
    return Record(topic, 0, offset, 1, b"k", value)


def lines(*numbers: int) -> Lines:
    return Lines([(number,) for number in numbers], [record(number) for number in numbers])
