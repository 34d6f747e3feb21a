"""E-mail addresses and phone numbers become tokens here, before anything of them reaches a topic."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Protocol

import phonenumbers

from producers.privacy.addresses import Address, normalised_address
from producers.privacy.numbers_in_texts import Found
from producers.privacy.phones import numbers_in
from producers.privacy.scrubbing import Scrubber, may_hold_personal_data, token_shaped
from schemas.contacts import ContactField
from schemas.terms import Identifier

SHORTEST_KEY = 16
SHORT = 12  # hex digits of a token inside a text: enough to recognise it, too few to be an identifier

_FULL_TOKEN = re.compile(r"(?:email|phone):[0-9a-f]{64}")
_REMEMBERED = (
    16_384  # texts: of most there are few, and each is scrubbed where it is read and where it leaves
)
_LONGEST_REMEMBERED = 1024
_LONGEST_NAME = 200
_LONGEST_VALUE = 512  # of a field
# Of one text or URL that are looked up; each takes its time.
_MOST_ADDRESSES = 32
_MOST_NUMBERS = 8
_BEHIND = 400  # characters that an address may reach behind the cut

# Both are the policy's: whether a value names nobody in particular, by the kind of identifier that it would
# be, and the mailbox that an address reaches.
Blocks = Callable[[str, str], bool]
Mailbox = Callable[[str], str]


class Keeper(Protocol):
    """Keeps what somebody gave of himself, sealed."""

    def keep(self, identifiers: Iterable[Identifier], given: Mapping[ContactField, str]) -> None: ...


class Tokeniser:
    """Replaces personal data by keyed hashes: equal data give equal tokens, and nothing leads back.

    `key` is the secret of the HMAC; ValueError if it has fewer than 16 characters. `region` is the country
    of phone numbers that don't name theirs. What `blocks` says of a kind and a value is that it stands for
    nobody in particular, so that it becomes no identifier; `mailbox` says which addresses are one.
    `numbers_are_ids` names parameters, fields and systems ("crm:<system>") whose digits are no phone numbers;
    `whole` the fields that become tokens as a whole.
    """

    def __init__(
        self,
        key: str,
        region: str = "CN",
        blocks: Blocks = lambda _kind, _value: False,
        mailbox: Mailbox = lambda address: address,
        numbers_are_ids: Collection[str] = (),
        whole: Collection[str] = (),
    ) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(
                f"the token key has {len(key)} characters and needs at least {SHORTEST_KEY}: "
                "set LEADTRACE_TOKEN_KEY to a long random text, and never change it"
            )
        self._key = key.encode()
        self._fingerprint_key = hashlib.blake2b(self._key, person=b"fingerprints").digest()
        self._region = region
        self._blocks = blocks
        self._mailbox = mailbox
        self.numbers_are_ids = frozenset(name.lower() for name in numbers_are_ids)
        self.whole = frozenset(whole)
        # Where what visitors give of themselves is kept for the way back; None: nowhere.
        self.vault: Keeper | None = None
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._scrubbed)

    def names_nobody(self, kind: str, text: str) -> bool:
        """Tell whether this is the value of an identifier ("anon", "user", "crm", …) of nobody."""
        return self._blocks(kind, text)

    def has_own_ids(self, system: str) -> bool:
        """Tell whether digits in this CRM's fields are said to be ids, though they look like a number."""
        return f"crm:{system}" in self.numbers_are_ids

    def email(self, text: str) -> Identifier | None:
        """Return "email:<64 hex digits>" of an address, or None if `text` is none, or one of nobody."""
        address = normalised_address(text)
        if not address or self.names_nobody("email", address):
            return None
        return self._token("email", self._mailbox(address))

    def phone(self, text: str) -> Identifier | None:
        """Return "phone:<64 hex digits>" of the first valid number in `text`, or None if there is none."""
        return next(iter(self.phones(text)), None)

    def phones(self, text: str, region: str = "") -> tuple[Identifier, ...]:
        """Return a token for each valid number of a field, which may hold several of them.

        A number with an extension is another identifier than the switchboard alone: it is one desk, not the
        whole company. `region` is the country of whoever has the number, if that is known.
        """
        return tuple(dict.fromkeys(self._token("phone", number) for number in self._numbers(text, region)))

    def plain_numbers(self, text: str, region: str = "") -> list[str]:
        """The valid numbers of a field as +<country><number>: for the vault alone."""
        return self._numbers(text, region)

    def email_domain(self, text: str) -> str:
        """Return the domain of an address in lower-case ASCII, or "" if `text` is no address."""
        return normalised_address(text).rpartition("@")[2]

    def scrub(self, text: str) -> str:
        """Replace each address, phone number and identity card in a text or a URL by a short token.

        In a text with more of them than anybody has, the rest becomes tokens of how it is written.
        """
        if len(text) > _LONGEST_REMEMBERED:
            return self._scrubbed(text)
        return self._remembered(text) if text else text

    def scrub_to(self, text: str, length: int) -> str:
        """Scrub a text and cut it, in this order: half an address would not be recognised."""
        return _scrubbed_to(text, length, self.scrub)

    def scrub_field(self, name: str, value: str, beside: Iterable[str] = ()) -> str:
        """Do the same with the value of a field, by its name too; `beside` are the fields next to it."""
        return _scrubbed_to(value, _LONGEST_VALUE, lambda text: self._scrubber().field(name, text, beside))

    def scrub_id(self, text: str) -> str:
        """Do the same with an id that a system gave, in which mere digits are no phone number."""
        return text if text.isalnum() else self._scrubber().given_id(text)

    def id_token(self, text: str, region: str = "") -> str:
        """Return the token of an id that is an address or a number, also of nobody's, "" of any other."""
        if address := normalised_address(text):
            return self._token("email", self._mailbox(address))
        number = next(iter(numbers_in(text, region or self._region)), "")
        return self._token("phone", number) if number else ""

    def whole_token(self, name: str, text: str) -> str:
        """Return a short token of a whole text, such as an owner's name; of a token, itself."""
        if token_shaped(text):
            return text
        return self._short(name, unicodedata.normalize("NFKC", text).strip().casefold())

    def unlinked(self, text: str) -> str:
        """Return 32 hex digits that stand for a text, and that nobody can make of it without the key."""
        return self._token("unlinked", text)[-64:-32]

    def fingerprint(self, content: bytes) -> str:
        """Return 32 hex digits that stand for what a whole event says, and that need the key as well.

        An HMAC lets other threads go on and then waits for them, which takes longer than all else here.
        """
        return hashlib.blake2b(content, key=self._fingerprint_key, digest_size=16).hexdigest()

    def is_token(self, identifier: Identifier) -> bool:
        """Tell whether an identifier is a token of an address or a number."""
        return _FULL_TOKEN.fullmatch(identifier) is not None

    def _token(self, kind: str, value: str) -> str:
        return f"{kind}:{hmac.digest(self._key, f'{kind}:{value}'.encode(), 'sha256').hex()}"

    def _short(self, kind: str, value: str) -> str:
        return self._token(kind, value)[: len(kind) + 1 + SHORT]

    def _scrubbed(self, text: str) -> str:
        return self._scrubber().text(text) if may_hold_personal_data(text) else text

    def _scrubber(self) -> Scrubber:
        """What scrubs one text: how many addresses and numbers are looked up is counted for each."""
        put = _Tokens(self._number, self._mailbox, self._short)
        return Scrubber(put, self._region, self.numbers_are_ids)

    def _numbers(self, text: str, region: str = "") -> list[str]:
        found = numbers_in(text, region or self._region)
        return [number for number in found if not self._is_nobodys(number)]

    def _number(self, text: str) -> str:
        return next(iter(self._numbers(text)), "")

    def _is_nobodys(self, number: str) -> bool:
        national = phonenumbers.parse(number.partition(";")[0]).national_number
        return self.names_nobody("phone", str(national))


class _Tokens:
    """Short tokens for one text: its first addresses and numbers are looked up, the rest only replaced."""

    def __init__(
        self, number: Callable[[str], str], mailbox: Mailbox, short: Callable[[str, str], str]
    ) -> None:
        self._number = number
        self._mailbox = mailbox
        self._short = short
        self._addresses_left = _MOST_ADDRESSES
        self._numbers_left = _MOST_NUMBERS

    def address(self, found: Address) -> str:
        self._addresses_left -= 1
        plain = f"{found.local}@{found.domain}"
        normal = normalised_address(plain) if self._addresses_left >= 0 else ""
        return self._short("email", self._mailbox(normal) if normal else plain.lower())

    def number(self, found: Found) -> str:
        if found.kind == "card":
            return self._short("card", found.text.upper())
        self._numbers_left -= 1
        number = ""
        if self._numbers_left >= 0:
            text = found.text.replace("%2B", "+").replace("%2b", "+")
            # In a query a plus is a space as well, so what follows it may be a number of this country.
            number = self._number(text) or self._number(text.lstrip("+"))
            if not number and not found.is_sure:
                return ""
        return self._short("phone", number or _digits(found.text))

    def phone_field(self, text: str) -> str:
        self._numbers_left -= 1
        number = self._number(text) if self._numbers_left >= 0 else ""
        return self._short("phone", number or _digits(text))

    def person(self, text: str) -> str:
        return self._short("name", unicodedata.normalize("NFKC", text[:_LONGEST_NAME]).strip().casefold())


def _scrubbed_to(text: str, length: int, scrub: Callable[[str], str]) -> str:
    if len(text) <= length + _BEHIND:
        return scrub(text)[:length]
    # Tokens may be shorter than what they stand for, and the end is cut somewhere.
    clean = scrub(text[: length + _BEHIND])
    return clean[: max(0, min(length, len(clean) - _BEHIND))]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
