"""A publisher that keeps the promises of the real one, in memory; one contract tests both."""

import asyncio
from collections.abc import Iterable

from producers.publishing.publisher import PublishError
from schemas.codec import Encoded


class MemoryPublisher:
    """Confirms what goes to a topic it has; `away` makes it a broker that doesn't answer."""

    def __init__(self, topics: Iterable[str]) -> None:
        self._topics = set(topics)
        self.records: list[Encoded] = []
        self.away = False
        self.delay = 0.0

    def publish(self, records: Iterable[Encoded]) -> None:
        for record in records:
            if self.away:
                raise PublishError("the Kafka broker in memory did not confirm: let it come back")
            if record.topic not in self._topics:
                raise PublishError(f"the Kafka broker in memory knows no topic {record.topic}: create it")
            self.records.append(record)

    async def apublish(self, records: Iterable[Encoded]) -> None:
        await asyncio.sleep(self.delay)
        self.publish(records)

    def require(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic not in self._topics:
                raise PublishError(f"the Kafka broker in memory knows no topic {topic}: create it")

    def answers(self) -> bool:
        return not self.away

    def close(self) -> None:
        """Nothing is on the way."""
