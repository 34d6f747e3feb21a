"""Looks, now and then, what others have written to compacted topics, and sends again what that would hide."""

import logging
from collections.abc import Callable

from faust.types import TP

from schemas.closed_touchpoints import person_in
from streams.changelog_reader import ChangelogReader
from streams.consumer import BatchConsumer
from streams.delivery import Delivery
from streams.lag import ends_of
from streams.looks import looks
from streams.sent_outputs import Gap

log = logging.getLogger(__name__)

# Far below the week after which these topics are compacted.
LOOK_EVERY = 20.0
CHUNK = 50


class OutputWatch:
    """Whatever stands there that the owner of a partition hasn't written came late, or came twice, or was
    sent by the owner before it, shortly before its end."""

    def __init__(
        self, delivery: Delivery, reader: ChangelogReader, consumer: Callable[[], BatchConsumer], prefix: str
    ) -> None:
        self._delivery = delivery
        self._reader = reader
        self._consumer = consumer
        self._prefix = prefix

    async def run(self) -> None:
        """Look until cancelled."""
        async for partition, generation in looks(self._delivery, self._consumer, LOOK_EVERY):
            await self._look_at(partition, generation)

    async def _look_at(self, partition: int, generation: int) -> None:
        sent = self._delivery.sent_of(partition, generation)
        named = {TP(self._prefix + place.topic, place.partition): place for place in sent.places()}
        ends = await ends_of(self._consumer(), named) if named else None
        if ends is None:
            return
        seen = {named[tp]: end for tp, end in ends.items()}
        for gap in await self._delivery.gaps(partition, sent, seen):
            if not await self._fill(partition, generation, gap):
                return
            sent.filled(gap)

    async def _fill(self, partition: int, generation: int, gap: Gap) -> bool:
        topic = self._prefix + gap.place.topic
        found: set[bytes] = set()
        async for records in self._reader.read(topic, gap.place.partition, gap.start, gap.end):
            # A touchpoint goes with the snapshots of its person.
            found |= {person_in(record.key) for record in records if record.key is not None}
        keys = sorted(found)
        if keys:
            log.info("%s-%d: others wrote %d keys, which are sent again", topic, partition, len(keys))
        for start in range(0, len(keys), CHUNK):
            if not await self._delivery.send_again(partition, generation, keys[start : start + CHUNK]):
                return False
        return True
