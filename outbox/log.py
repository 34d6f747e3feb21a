"""The log of the way back: who may write, what was said, and that two senders never both send."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from outbox.ledger import Event, Ledger
from schemas.codec import DecodeError, decode, encode
from schemas.outbox import (
    AccountSet,
    OrderAnswered,
    OrderAttempted,
    OrderDecided,
    OrderPlanned,
    OutboxClaimed,
)
from schemas.topics import OUTBOX

log = logging.getLogger(__name__)

Pair = tuple[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Stored:
    """One record as it stands in the log."""

    offset: int
    key: bytes | None
    value: bytes | None


class Store(Protocol):
    """Where the log is kept. Its methods raise KafkaAwayError."""

    def read(self, offset: int) -> tuple[Sequence[Stored], int]:
        """The records from an offset to the end of now, and the offset after that end."""
        ...

    def append(self, records: Sequence[Pair]) -> Sequence[int]:
        """Write records in their order; return the offset of each when all of them are safe."""
        ...


class SupersededError(RuntimeError):
    """Another process owns the way back by now, so that this one must not send any more."""


_SUPERSEDED: Final = "another process sends the way back by now"
_KINDS: Final = {OrderPlanned: "planned", OrderAttempted: "attempted", OrderAnswered: "answered"}


def pair_of(event: Event) -> Pair:
    """Key and value of an event's record; of one key compaction keeps the newest."""
    match event:
        case OutboxClaimed():
            key = claim_key(event.nonce)
        case AccountSet():
            key = f"account {event.account}"
        case OrderDecided():
            key = f"{event.key} decided"
        case _:
            key = f"{event.key} {_KINDS[type(event)]}"
    return key.encode(), encode(event)


def claim_key(nonce: str) -> str:
    """The key of a claim, which has one of its own: a late one hides none that counts."""
    return f"claim {nonce}"


class OutboxLog:
    """The log as one process sees it: what it has read, and what it writes as long as it owns the log."""

    def __init__(self, store: Store, nonce: str) -> None:
        """`nonce` tells this process from all others."""
        self._store = store
        self._nonce = nonce
        self._position = 0
        self.unreadable = 0
        self.ledger = Ledger()

    @property
    def is_ours(self) -> bool:
        """Whether this process owns the log, by all that it has read."""
        return self.ledger.owner == self._nonce

    def catch_up(self) -> None:
        """Read what was said since the last time. Raises KafkaAwayError."""
        records, self._position = self._store.read(self._position)
        for record in records:
            if record.value is None:
                continue
            try:
                event: Event = decode(OUTBOX.name, record.value)
            except DecodeError as error:
                self.unreadable += 1
                log.warning("record %d of the way back can't be understood: %s", record.offset, error)
                continue
            self.ledger.take(event)

    def look(self) -> None:
        """Catch up, and see that the log is still ours. Raises SupersededError and KafkaAwayError."""
        self.catch_up()
        if not self.is_ours:
            raise SupersededError(_SUPERSEDED)

    def claim(self, at: int) -> None:
        """Become the owner: from here on nothing that another one plans or tries counts.

        Raises SupersededError if another one was faster, and KafkaAwayError.
        """
        self.catch_up()
        before = set(self.ledger.claims)
        claim = OutboxClaimed(claim=self.ledger.claim + 1, nonce=self._nonce, at=at)
        self._store.append([pair_of(claim)])
        self.catch_up()
        if not self.is_ours:
            raise SupersededError("another process has just begun to send the way back")
        ended = [(claim_key(nonce).encode(), None) for nonce in sorted(before)]
        if ended:
            self._store.append(ended)
            self.ledger.claims -= before
            self.catch_up()

    def say(self, events: Iterable[Event]) -> None:
        """Write down what is to be known; when this returns, it counts.

        Offsets that follow one another show that nobody else has written; where they don't, what others wrote
        is read. Raises SupersededError if that is a claim, and KafkaAwayError.
        """
        told = list(events)
        if not told:
            return
        offsets = self._store.append([pair_of(event) for event in told])
        if list(offsets) == list(range(self._position, self._position + len(told))):
            self._position += len(told)
            for event in told:
                self.ledger.take(event)
        else:
            self.catch_up()
        if not self.is_ours:
            raise SupersededError(_SUPERSEDED)


def decide(store: Store, decision: OrderDecided | AccountSet) -> None:
    """Write down what a person decides, whoever owns the log. Raises KafkaAwayError."""
    store.append([pair_of(decision)])
