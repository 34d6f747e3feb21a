"""The state of an agent: bytes by key in memory, one dict per partition, backed by a compacted changelog."""

from collections.abc import Iterable, Mapping
from typing import Any

import faust
from faust.stores.memory import Store
from faust.types import TP

from ending import GAVE_UP, stop_at_once
from schemas.topics import MAX_RECORD_BYTES
from streams.batches import Output
from streams.publisher import Publisher


class PartitionedStore(Store):  # type: ignore[misc]  # Faust has no types
    """Keeps each partition apart, so that losing one drops its keys, and knows how far it has read."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parts: dict[int, dict[bytes, bytes]] = {}
        self._offsets: dict[int, int] = {}

    def persisted_offset(self, tp: TP) -> int | None:
        """The last offset up to which the dict holds the changelog without a hole."""
        return self._offsets.get(tp.partition)

    def restore(self, partition: int, records: Iterable[Any]) -> None:
        """Apply changelog records, in the order of the log; a record without a value is a tombstone."""
        part = self.parts.setdefault(partition, {})
        for record in records:
            if record.value is None:
                part.pop(record.key, None)
            else:
                part[record.key] = record.value
            self._offsets[partition] = record.offset

    def update_part(
        self, partition: int, changes: Mapping[bytes, bytes | None], batches: Iterable[tuple[int, int]]
    ) -> None:
        """Apply what has just been written to the changelog, and move on where it follows on what is known.

        A hole means that another process has written: then the next recovery reads from before it.
        """
        part = self.parts.setdefault(partition, {})
        for key, value in changes.items():
            if value is None:
                part.pop(key, None)
            else:
                part[key] = value
        for first, number in batches:
            if first == self._offsets.get(partition, -1) + 1:
                self._offsets[partition] = first + number - 1

    async def on_rebalance(
        self, assigned: set[TP], _revoked: set[TP], newly_assigned: set[TP], _generation_id: int = 0
    ) -> None:
        """Forget the partitions that are no longer ours, and those that only now are.

        Others may have changed them meanwhile. The recovery has to forget with us how far it had read: its
        own notes outlive rebalances that follow each other quickly.
        """
        topic = self.table.changelog_topic_name
        held = {tp for tp in assigned - newly_assigned if tp.topic == topic}
        kept = {tp.partition for tp in held} & self._offsets.keys()
        for partition in self.parts.keys() - kept:
            del self.parts[partition]
            self._offsets.pop(partition, None)
        offsets = self.app.tables.recovery.active_offsets
        for tp in [tp for tp in offsets if tp.topic == topic and tp.partition not in kept]:
            del offsets[tp]

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Nothing to do: what does not belong here was never read."""


class BatchTable(faust.Table):  # type: ignore[misc]  # Faust has no types
    """A table that is written a batch at a time: changelog first, acknowledged, then the data."""

    def _new_store(self) -> PartitionedStore:
        return PartitionedStore("memory://", self.app, self, table_name=self.name, loop=self.loop)

    async def on_start(self) -> None:
        # Only the store: the changelog topic is created with all others, never by a worker.
        await self.add_runtime_dependency(self.data)

    def part(self, partition: int) -> Mapping[bytes, bytes]:
        """The state of a partition, by key."""
        parts: dict[int, dict[bytes, bytes]] = self.data.parts
        return parts.setdefault(partition, {})

    async def persist(
        self, partition: int, changes: Mapping[bytes, bytes | None], publisher: Publisher
    ) -> None:
        """Write the changed keys to the changelog of this partition, wait for the ack, then apply them."""
        topic = self.changelog_topic_name
        sent = await publisher.send(
            topic, partition, [Output(topic, key, value) for key, value in changes.items()]
        )
        if sent.refused:
            stop_at_once(
                GAVE_UP,
                f"{topic} refuses a record for its size: set its max.message.bytes to {MAX_RECORD_BYTES}",
            )
        self.data.update_part(partition, changes, sent.batches)
