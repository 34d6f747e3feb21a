"""What visitors gave of themselves in clear text, on its way into the topic of contacts: sealed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from producers.privacy.sealing import Sealer
from schemas.codec import Encoded, encode
from schemas.contacts import ContactField, ContactSealed, contact_key
from schemas.terms import Identifier
from schemas.topics import CONTACTS

_MOST: Final = 50_000  # records that wait for a broker; more are not kept
_LONGEST: Final = 300


class Vault:
    """Collects what events say of contacts until their facts are published; of one event loop."""

    def __init__(self, sealer: Sealer, clock: Callable[[], int]) -> None:
        self._sealer = sealer
        self._clock = clock
        self._waiting: list[Encoded] = []

    def keep(self, identifiers: Iterable[Identifier], given: Mapping[ContactField, str]) -> None:
        """Seal what somebody gave, under each of the tokens of his addresses and numbers."""
        for identifier in identifiers:
            if not identifier.startswith(("email:", "phone:")):
                continue
            for field, text in given.items():
                if text and len(self._waiting) < _MOST:
                    self._waiting.append(self._record(identifier, field, text[:_LONGEST]))

    def taken(self) -> list[Encoded]:
        """The records that wait; they are the caller's now."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def put_back(self, records: Iterable[Encoded]) -> None:
        """They could not be published: they wait again."""
        self._waiting = [*records, *self._waiting][:_MOST]

    def _record(self, identifier: Identifier, field: ContactField, text: str) -> Encoded:
        sealed = self._sealer.seal(text, f"{identifier} {field}")
        fact = ContactSealed(identifier=identifier, field=field, sealed=sealed, at=self._clock())
        return Encoded(CONTACTS.name, contact_key(identifier, field), encode(fact))
