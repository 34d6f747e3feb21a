"""What leads gave of themselves, as the way back keeps it in memory: sealed until the moment of sending."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from outbox.log import Pair, Stored
from outbox.orders import Contact
from producers.privacy.sealing import NotOurSealError, Sealer
from schemas.codec import DecodeError, decode
from schemas.contacts import CONTACT_FIELDS, ContactField, ContactSealed, contact_key
from schemas.topics import CONTACTS

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Where contacts are kept. Its methods raise KafkaAwayError."""

    def read(self, offset: int) -> tuple[Sequence[Stored], int]: ...

    def append(self, records: Sequence[Pair]) -> Sequence[int]: ...


@dataclass(slots=True)
class KeptContacts:
    """The newest of each field of each identifier."""

    store: Reader
    sealer: Sealer
    _position: int = 0
    _kept: dict[str, dict[ContactField, ContactSealed]] = field(default_factory=dict)

    def catch_up(self) -> None:
        """Read what was given since the last time. Raises KafkaAwayError."""
        records, self._position = self.store.read(self._position)
        for record in records:
            if record.value is None:
                self._delete((record.key or b"").decode("utf-8", "replace"))
                continue
            try:
                sealed: ContactSealed = decode(CONTACTS.name, record.value)
            except DecodeError as error:
                log.warning("a record of contacts can't be understood: %s", error)
                continue
            self._kept.setdefault(sealed.identifier, {})[sealed.field] = sealed

    def of(self, identifiers: Sequence[str]) -> Contact | None:
        """The newest of each field of whoever has one of these identifiers; None if nothing is kept."""
        found: dict[ContactField, ContactSealed] = {}
        for identifier in identifiers:
            for name, sealed in self._kept.get(identifier, {}).items():
                if name not in found or found[name].at < sealed.at:
                    found[name] = sealed
        opened: dict[str, str] = {}
        for name, sealed in found.items():
            try:
                opened[name] = self.sealer.open(sealed.sealed, f"{sealed.identifier} {name}")
            except NotOurSealError:
                log.warning("a contact was sealed under another key, and can't be opened")
        return Contact(**opened) if opened else None

    def forget(self, identifiers: Iterable[str], before: int | None = None) -> int:
        """Delete what is kept of these identifiers, or what was given before a time (ms); return how many of
        them had anything. Raises KafkaAwayError."""
        gone = [
            (identifier, name)
            for identifier in identifiers
            for name, sealed in self._kept.get(identifier, {}).items()
            if before is None or sealed.at < before
        ]
        if gone:
            self.store.append([(contact_key(identifier, name), None) for identifier, name in gone])
            self.catch_up()
        return len({identifier for identifier, _ in gone})

    def forget_deleted(self, deleted: Mapping[str, int]) -> int:
        """Delete what was given before its person was deleted in the CRM, by identifier and time (ms)."""
        return sum(self.forget([identifier], at) for identifier, at in deleted.items())

    def _delete(self, key: str) -> None:
        identifier, _, name = key.rpartition(" ")
        for each in CONTACT_FIELDS:
            if each == name and identifier in self._kept:
                self._kept[identifier].pop(each, None)
