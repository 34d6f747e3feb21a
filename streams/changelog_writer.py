"""Writes the changelog of a table as the only owner of its partitions, and notices who else does."""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import NoReturn

from attribution.layout import whose
from ending import GAVE_UP, stop_at_once
from schemas.topics import MAX_RECORD_BYTES
from streams.batches import Record
from streams.changelog import Changelog
from streams.changelog_reader import ChangelogReader
from streams.publisher import Publisher
from streams.table import BatchTable

log = logging.getLogger(__name__)


class ChangelogWriter:
    """Claims partitions of one table's changelog, and writes to those that are claimed.

    The offsets of an owner's acks follow one another. A hole between them was written by another: a record
    of a worker that was superseded, or a request of our own that came twice. It is read at once. Should it
    hold a higher claim, we are superseded ourselves; then nothing that was written since counts, and nothing
    of it may be committed. All methods are called with the partition's lock held.
    """

    def __init__(self, table: BatchTable, publisher: Publisher, reader: ChangelogReader) -> None:
        self._table = table
        self._topic = table.changelog_topic_name
        self._publisher = publisher
        self._reader = reader
        self._taken: dict[int, int] = {}

    async def take(self, partition: int, generation: int, still_ours: Callable[[], bool]) -> bool:
        """Claim a partition whose changelog has been read to its end, once in a generation of the group.

        False when the group has given it to another meanwhile.
        """
        changelog = self._table.changelog(partition)
        if self._taken.get(partition) == generation and changelog.is_ours:
            return True
        while still_ours():
            bid = changelog.bid(secrets.token_hex(8), f"{socket.gethostname()} {os.getpid()}")
            ((offset, _),) = (await self._publisher.send(self._topic, partition, [bid])).batches
            if offset < (changelog.end or 0):
                self._lost_its_end(partition)
            if offset == (changelog.end or 0):
                changelog.read([Record(offset, bid.key, bid.value, bid.headers, 0)])
            else:
                await self._read(partition, changelog, offset + 1)
            if changelog.take(bid):
                self._taken[partition] = generation
                self._report(partition, changelog)
                return True
            log.warning("%s-%d: another claim came first", self._topic, partition)
        return False

    async def write(
        self, partition: int, changes: Mapping[bytes, bytes | None], note: bytes | None = None
    ) -> None:
        """Write changed states, wait for the ack, then apply them; with them what is to be repaired, and a
        note to the next owner. What others have written meanwhile is read first.

        Ends the process when the partition turns out to be another's.
        """
        changelog = self._table.changelog(partition)
        records = changelog.next_write(changes, note)
        if not records:
            return
        sent = await self._publisher.send(self._topic, partition, records, together=whose)
        if sent.refused:
            stop_at_once(
                GAVE_UP,
                f"{self._topic} refuses a record for its size: set its max.message.bytes to "
                f"{MAX_RECORD_BYTES}",
            )
        batches = sorted(sent.batches)
        if batches[0][0] < (changelog.end or 0):
            self._lost_its_end(partition)
        end = sum(batches[-1])
        if end - (changelog.end or 0) == len(records):
            changelog.wrote(records, end)
        else:
            # Others have written before or among them: only the order of the log says what counts.
            await self.look(partition, end)

    async def look(self, partition: int, end: int) -> None:
        """Read what others have written before the offset `end`; ends the process when it is a claim."""
        changelog = self._table.changelog(partition)
        if end <= (changelog.end or 0):
            return
        await self._read(partition, changelog, end)
        if not changelog.is_ours:
            stop_at_once(
                GAVE_UP,
                f"{self._topic}-{partition} was taken over by another worker: what this one wrote since is "
                "void, and is not committed",
            )
        if changelog.void():
            log.warning(
                "%s-%d: %d states were written by a worker that had lost the partition, or came twice; they "
                "are void",
                self._topic,
                partition,
                len(changelog.void()),
            )

    async def _read(self, partition: int, changelog: Changelog, end: int) -> None:
        async for records in self._reader.read(self._topic, partition, changelog.end or 0, end):
            changelog.read(records)
        # Some offsets may hold nothing any more.
        changelog.skip_to(end)

    def _lost_its_end(self, partition: int) -> NoReturn:
        """What was written where we now write is gone, as after a broker that was not in step has become the
        leader: states that we know are not there."""
        self._table.changelog(partition).states.refuse("its changelog has lost its end")
        stop_at_once(GAVE_UP, f"{self._topic}-{partition} has lost its end: it is to be read anew")

    def _report(self, partition: int, changelog: Changelog) -> None:
        lost = changelog.without_state()
        if lost:
            log.error(
                "%s-%d: of %d keys only a void record is left: what counted of them, if anything did, is "
                "lost, and they go on from what is known of them, or anew",
                self._topic,
                partition,
                len(lost),
            )
