"""Sentences for people without the personal data of others: for answers, errors and logs, without a key."""

from functools import lru_cache
from typing import Final

from producers.privacy.addresses import Address
from producers.privacy.numbers_in_texts import Found
from producers.privacy.phones import numbers_in
from producers.privacy.scrubbing import Scrubber, may_hold_personal_data

_REGION: Final = "CN"


@lru_cache(maxsize=1024)
def masked(text: str) -> str:
    """Return a sentence in which something else stands in the place of addresses and numbers."""
    return _SCRUBBER.text(text) if may_hold_personal_data(text) else text


class _Mask:
    """What stands in a sentence for personal data."""

    def address(self, _: Address) -> str:
        return "(an e-mail address)"

    def number(self, found: Found) -> str:
        if found.kind == "card":
            return "(a number of an identity card)"
        return "(a phone number)" if found.is_sure or numbers_in(found.text, _REGION) else ""

    def phone_field(self, _: str) -> str:
        return "(a phone number)"

    def person(self, _: str) -> str:
        return "(a name)"


_SCRUBBER: Final = Scrubber(_Mask(), _REGION)
