"""Whose records count in a partition of a changelog: its owner claims it in the log itself. Pure."""

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from attribution.layout import whose
from streams.batches import Output
from streams.states import Checkpoint, States, StatesInMemory

# The header of each record: the claim that it was written under, and which write it belongs to.
STAMP = "stamp"
# The header of the first record of a write: what the owner leaves to the next one.
NOTE = "note"
# No identifier, click or keyword, and no metadata, has such a key.
CLAIM = b"\x1fclaim "
_PACKED = struct.Struct(">QQ")


class Stamp(NamedTuple):
    """The number of a claim, and of a write under it, from 1; the record of the claim itself has 0.

    As bytes, stamps have the same order.
    """

    claim: int
    write: int

    def packed(self) -> bytes:
        return _PACKED.pack(*self)


# Records of before there were claims have none.
NONE = Stamp(0, 0).packed()


def stamp_of(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    """The stamp of a record, as bytes."""
    for name, value in headers:
        if name == STAMP and value is not None and len(value) == _PACKED.size:
            return value
    return NONE


def checksum(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> int:
    """Tells a record from another that stands in its place."""
    return zlib.crc32(value or b"", zlib.crc32(stamp_of(headers), zlib.crc32(key or b"")))


class Changelog:
    """One partition of a changelog, as far as it has been read or written.

    Stamps never fall along a log that only owners write: who takes a partition over claims it with a number
    above all that it has read, and a write begins when the one before it is acknowledged. So a record whose
    stamp is below the highest before it came late, from a worker that was superseded or from a request that
    was repeated in the meantime, and is void: its claim was over, or what it says is older than what stands.
    Of two claims with one number the first counts. A worker that finds a higher one is superseded.

    Records without a stamp are of a version that knew no claims, and stand as they stood then, the last of
    each key; only an owner, who is there to put it right, takes those that come later for late ones.

    `states`: the newest state of each key by the records that count, wherever they are kept. `end`: the
    offset after the last record that is known of; None before any is. `note`: what the newest write that
    counts left to the next owner. All that is remembered beside the states is written with them, so that
    states on a disk always say which records they come from.
    """

    def __init__(self, states: States | None = None) -> None:
        """With states that were written by another process, it goes on where that one ended."""
        self.states: States = StatesInMemory() if states is None else states
        kept = self.states.checkpoint() or Checkpoint(highest=NONE)
        self.end = kept.end
        self.note = kept.note
        self._last = kept.last
        self._highest = kept.highest
        # The key of the claim that counts now, and those of all claims that stand in the log.
        self._claimed_by = kept.claimed_by
        self._claims = set(kept.claims)
        # Keys whose last record is void, and whether one that counts was seen before it.
        self._void = dict(kept.void)
        self._is_whole = kept.is_whole
        self._own: tuple[bytes, int] | None = None
        # Whether anything was read before; whether offsets are missing in what is read from now on; and the
        # keys of which a record that counts is among that: where all is read, of those that are not there.
        self._goes_on = False
        self._has_gap = False
        self._seen: set[bytes] | None = None
        self.let_go()

    # -- reading

    def read(self, records: Iterable[Any]) -> None:
        """Take in records in the order of the log; one without a value is a tombstone."""
        changes: dict[bytes, bytes | None] = {}
        last = None
        for record in records:
            key, stamp = record.key, stamp_of(record.headers)
            if self.end is not None and record.offset != self.end:
                if record.offset < self.end:
                    continue  # Faust's recovery begins with the last one that is known
                self._has_gap = True
            self.end, last = record.offset + 1, record
            if key.startswith(CLAIM):
                self._read_claim(key, record.value, stamp)
            elif stamp >= self._highest or (stamp == NONE and self._own is None):
                self._highest = max(stamp, self._highest)
                if len(record.headers) > 1:
                    self.note = dict(record.headers).get(NOTE, self.note)
                changes[key] = record.value
                if self._seen is not None and (self._goes_on or record.value is None):
                    self._seen.add(key)
                if self._void:
                    self._void.pop(key, None)
            else:
                self._void[key] = self._void.get(key, False) or key in changes or self._knows(key)
        if last is not None:
            self._last = checksum(last.key, last.value, last.headers)
            self._write(changes)

    def _read_claim(self, key: bytes, value: bytes | None, stamp: bytes) -> None:
        if value is None:
            self._claims.discard(key)
            return
        self._claims.add(key)
        if _PACKED.unpack(stamp)[0] > self.claim:
            self._highest, self._claimed_by = stamp, key

    def _knows(self, key: bytes) -> bool:
        """Whether what counts of a key is known, be it that there is nothing.

        A gap in the offsets was compacted: whoever goes on behind it may have missed a record that counted,
        unless a later one of that key did.
        """
        if self._seen is not None and key in self._seen:
            return True
        if self._goes_on and self._has_gap:
            return False
        return self._is_whole or key in self.states

    def _write(self, changes: Mapping[bytes, bytes | None]) -> None:
        self.states.write(
            changes,
            Checkpoint(
                self.end,
                self._last,
                self._highest,
                self._claimed_by,
                frozenset(self._claims),
                dict(self._void),
                self._is_whole,
                self.note,
            ),
        )

    @property
    def claim(self) -> int:
        """The number of the claim that counts at the end of what is known; 0 before the first."""
        number: int = _PACKED.unpack(self._highest)[0]
        return number

    def void(self) -> frozenset[bytes]:
        """The keys whose last record is void: compaction would keep it instead of the one that counts."""
        return frozenset(self._void)

    def without_state(self) -> frozenset[bytes]:
        """The keys of which a void record is all that is left: what counted of them can't be known."""
        return frozenset(key for key, known in self._void.items() if not known)

    # -- claiming

    def bid(self, nonce: str, who: str) -> Output:
        """The record by which a worker claims the partition; `nonce` tells it from all others."""
        stamp = Stamp(self.claim + 1, 0).packed()
        return Output("", CLAIM + nonce.encode(), who.encode(), ((STAMP, stamp),))

    def take(self, bid: Output) -> bool:
        """After reading up to the bid: whether it counts, so that the partition is ours to write."""
        assert bid.key is not None
        self._own = (bid.key, self.claim) if bid.key == self._claimed_by else None
        self._is_whole, self._goes_on, self._seen = True, False, None
        return self.is_ours

    def let_go(self) -> None:
        """The group settles anew: others may own the partition, and write what is still to be read."""
        self._own = None
        self._goes_on, self._has_gap, self._seen = self.end is not None, False, set()

    @property
    def is_ours(self) -> bool:
        """Whether our claim counts, by all that is known of the log."""
        return self._own == (self._claimed_by, self.claim)

    # -- writing

    def next_write(
        self, changes: Mapping[bytes, bytes | None], note: bytes | None = None
    ) -> tuple[Output, ...]:
        """The records of the next write: the changed states, the records of each together and in their order;
        those whose last record is void, again; and, when nothing depends on them any more, the ends of claims
        that are over.
        """
        of_states: dict[bytes, dict[bytes, bytes | None]] = {}
        for key, data in changes.items():
            of_states.setdefault(whose(key), {})[key] = data
        whole = {key: data for records in of_states.values() for key, data in records.items()}
        for key in self._void.keys() - changes.keys():
            whole[key] = self.states.read(key)
        whole |= dict.fromkeys(self._claims - {self._claimed_by})
        if not whole:
            return ()
        claim, write = _PACKED.unpack(self._highest)
        headers = ((STAMP, Stamp(claim, write + 1).packed()),)
        records = [Output("", key, value, headers) for key, value in whole.items()]
        if note is not None:
            records[0] = replace(records[0], headers=(*headers, (NOTE, note)))
        return tuple(records)

    def wrote(self, records: Sequence[Output], end: int) -> None:
        """The records of a write, which are not none, are acknowledged: they are the next in the log, and
        end before this offset."""
        self._highest = stamp_of(records[0].headers)
        self.note = dict(records[0].headers).get(NOTE, self.note)
        changes: dict[bytes, bytes | None] = {}
        for record in records:
            assert record.key is not None
            if record.key in self._claims:
                self._claims.discard(record.key)
            else:
                changes[record.key] = record.value
                if self._void:
                    self._void.pop(record.key, None)
        last = records[-1]
        self.end, self._last = end, checksum(last.key, last.value, last.headers)
        self._write(changes)

    def skip_to(self, end: int) -> None:
        """The offsets before this one have been read, and hold nothing more."""
        self.end = end
