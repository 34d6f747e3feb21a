"""Opens the states of partitions that are ours now; those on a disk if their changelog bears them out."""

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from settings import Settings
from streams.changelog import checksum
from streams.checkpoints import contradiction, is_too_old
from streams.limits import Limits
from streams.retry import Retry
from streams.state_folder import StateFolder
from streams.states import States, StatesInMemory
from streams.states_on_disk import StatesOnDisk

log = logging.getLogger(__name__)

PATIENCE = 15.0


class StateKeeper(Protocol):
    """Where a worker's states are kept."""

    async def open(self, topic: str, partitions: Collection[int]) -> Mapping[int, States]:
        """The states of partitions of a changelog, which are this worker's from now on."""


class KeptInMemory:
    """Every partition begins without a state, and is read back whole."""

    async def open(self, _topic: str, partitions: Collection[int]) -> Mapping[int, States]:
        """No states."""
        return {partition: StatesInMemory() for partition in partitions}


def now() -> int:
    """The time, in UTC milliseconds."""
    return time.time_ns() // 1_000_000


class Found(NamedTuple):
    """Where a partition of a changelog ends, and the checksum of one record of it, if that is there."""

    end: int
    last: int | None


class KeptOnDisk:
    """Partitions go on from where this folder has them, unless their changelog says something else."""

    def __init__(
        self, folder: StateFolder, settings: Settings, topics: Collection[str], limits: Limits
    ) -> None:
        """`topics`: the changelogs whose partitions may become ours."""
        self._folder = folder
        self._topics = sorted(topics)
        self._options = settings.kafka_options()
        self._limits = limits
        self._ids: dict[str, str] = {}

    async def open(self, topic: str, partitions: Collection[int]) -> Mapping[int, States]:
        """The states as this folder has them, or none."""
        if not partitions:
            return {}
        retry = Retry(f"asking what stands in {topic}", self._limits)
        opened: dict[int, StatesOnDisk] = {}
        while True:
            try:
                states = await asyncio.to_thread(self._open, topic, sorted(partitions), opened)
            except (KafkaError, OSError, TimeoutError) as error:
                await retry.failed(error)
            else:
                retry.over()
                return states

    def _open(
        self, topic: str, partitions: Collection[int], opened: dict[int, StatesOnDisk]
    ) -> Mapping[int, States]:
        if not self._ids:
            self._ids = _ids_of(self._options, self._topics)
        for partition in partitions:
            if partition not in opened:
                opened[partition] = self._folder.states(topic, partition, self._ids[topic])
        ends = {
            partition: kept.end
            for partition, states in opened.items()
            if (kept := states.checkpoint()) is not None and kept.end
        }
        found = _found(self._options, topic, ends) if ends else {}
        for partition, place in found.items():
            opened[partition] = self._borne_out(opened[partition], topic, partition, place)
        newer = sum(max(0, place.end - ends[partition]) for partition, place in found.items())
        log.info(
            "%s: states of %d of %d partitions are on the disk, and %d records are newer",
            *(topic, len(ends), len(opened), newer),
        )
        return dict(opened)

    def _borne_out(self, states: StatesOnDisk, topic: str, partition: int, found: Found) -> StatesOnDisk:
        kept = states.checkpoint()
        assert kept is not None
        why = contradiction(kept, found.end, found.last)
        if why is not None:
            return self._folder.set_aside(states, topic, partition, why)
        if is_too_old(kept, states.written_at, now(), found.end):
            return self._folder.delete(states, topic, partition)
        return states


def _ids_of(options: Mapping[str, Any], topics: Sequence[str]) -> dict[str, str]:
    """What the brokers gave each topic when it was created, which no other ever has; '' if they don't say."""
    admin = KafkaAdminClient(**options)
    try:
        described = admin.describe_topics(topics)
    finally:
        admin.close()
    told = {each["name"]: str(each.get("topic_id") or "") for each in described}
    return {topic: "" if set(told.get(topic, "")) <= set("0-") else told[topic] for topic in topics}


def _found(options: Mapping[str, Any], topic: str, ends: Mapping[int, int]) -> dict[int, Found]:
    """Of each partition its end, and the record before the offset that is given for it. Raises KafkaError."""
    consumer = KafkaConsumer(
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        metrics_enabled=False,
        **options,
    )
    try:
        places = {TopicPartition(topic, partition): end for partition, end in ends.items()}
        found = consumer.end_offsets(list(places))
        first = consumer.beginning_offsets(list(places))
        asked = {place: end - 1 for place, end in places.items() if first[place] < end <= found[place]}
        records = _records_at(consumer, asked)
    finally:
        consumer.close(autocommit=False, timeout_ms=2_000)
    return {place.partition: Found(found[place], records.get(place)) for place in places}


def _records_at(consumer: Any, asked: Mapping[Any, int]) -> dict[Any, int]:
    """The checksums of the records at these offsets, of those that are still there."""
    consumer.assign(list(asked))
    for place, offset in asked.items():
        consumer.seek(place, offset)
    open_, checksums, deadline = set(asked), {}, time.monotonic() + PATIENCE
    while open_:
        if time.monotonic() > deadline:
            raise TimeoutError
        for place, records in consumer.poll(timeout_ms=500).items():
            if place in open_ and records:
                open_.discard(place)
                consumer.pause(place)
                first = records[0]
                if first.offset == asked[place]:
                    checksums[place] = checksum(first.key, first.value, first.headers)
    return checksums
