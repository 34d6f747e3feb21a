"""The state of an agent: bytes by key, each partition apart, backed by a compacted changelog."""

from collections.abc import Iterable
from typing import Any

import faust
from faust.stores.memory import Store
from faust.types import TP

from streams.changelog import Changelog
from streams.kept_states import StateKeeper
from streams.states import States


class PartitionedStore(Store):  # type: ignore[misc]  # Faust has no types
    """Keeps each partition apart, so that losing one lets its keys go, and knows how far it has read."""

    def __init__(self, *args: Any, keeper: StateKeeper, **options: Any) -> None:
        self._keeper = keeper
        super().__init__(*args, **options)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parts: dict[int, Changelog] = {}

    def persisted_offset(self, tp: TP) -> int | None:
        """The last offset up to which the changelog has been read or written without a hole."""
        part = self.parts.get(tp.partition)
        return None if part is None or part.end is None else part.end - 1

    def part(self, partition: int) -> Changelog:
        """What is known of a partition."""
        return self.parts.setdefault(partition, Changelog())

    def restore(self, partition: int, records: Iterable[Any]) -> None:
        """Take in changelog records, in the order of the log."""
        self.part(partition).read(records)

    async def on_rebalance(
        self, assigned: set[TP], _revoked: set[TP], newly_assigned: set[TP], _generation_id: int = 0
    ) -> None:
        """Let go of the partitions that are no longer ours, and open those that only now are.

        Others may have changed them meanwhile: what is kept on a disk goes on from its checkpoint, what was
        in memory is forgotten. The recovery has to forget with us how far it had read: its own notes outlive
        rebalances that follow each other quickly.
        """
        topic = self.table.changelog_topic_name
        ours = {tp.partition for tp in assigned if tp.topic == topic}
        held = {tp for tp in assigned - newly_assigned if tp.topic == topic}
        kept = {tp.partition for tp in held if self.persisted_offset(tp) is not None}
        for partition in self.parts.keys() - kept:
            self.parts.pop(partition).states.close()
        for part in self.parts.values():
            part.let_go()
        for partition, states in (await self._keeper.open(topic, ours - kept)).items():
            self.parts[partition] = Changelog(states)
        offsets = self.app.tables.recovery.active_offsets
        for tp in [tp for tp in offsets if tp.topic == topic and tp.partition not in kept]:
            del offsets[tp]

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Nothing to do: what does not belong here was never read."""

    async def on_stop(self) -> None:
        """Let go of all partitions."""
        for part in self.parts.values():
            part.states.close()
        self.parts.clear()


class BatchTable(faust.Table):  # type: ignore[misc]  # Faust has no types
    """A table that is written a batch at a time: changelog first, acknowledged, then the data."""

    def __init__(self, *args: Any, keeper: StateKeeper, **options: Any) -> None:
        self._keeper = keeper
        super().__init__(*args, **options)

    def _new_store(self) -> PartitionedStore:
        return PartitionedStore(
            "memory://", self.app, self, table_name=self.name, loop=self.loop, keeper=self._keeper
        )

    async def on_start(self) -> None:
        # Only the store: the changelog topic is created with all others, never by a worker.
        await self.add_runtime_dependency(self.data)

    def changelog(self, partition: int) -> Changelog:
        """What is known of a partition of the changelog."""
        store: PartitionedStore = self.data
        return store.part(partition)

    def part(self, partition: int) -> States:
        """The state of a partition, by key."""
        return self.changelog(partition).states
