"""E-mail addresses and phone numbers become tokens here, before anything of them reaches a topic."""

import hmac
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

import phonenumbers

from producers.cells.invisible import visible
from producers.privacy.phones import numbers_in
from producers.privacy.scrubbing import (
    ADDRESS,
    AT_SIGN,
    CLEAR_PHONE,
    NO_DOMAIN,
    USER_INFO,
    Address,
    scrub_parameters,
)
from schemas.terms import Identifier

SHORTEST_KEY = 16
SHORT = 12  # hex digits of a token inside a text: enough to recognise it, too few to be an identifier

_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}")
_LONGEST_ADDRESS = 400  # with what may stand around it
_LONGEST_FIELD = 1000  # that may hold an address; normalising more may take long
_LONGEST_DOMAIN = 253
# Of one text or URL that are looked up; each takes its time.
_MOST_ADDRESSES = 32
_MOST_NUMBERS = 8
_AROUND_AT = re.compile(r"\s+@\s*|@\s+")
_LABELS = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]*[a-z0-9]")

# Both are the policy's: whether a value names nobody in particular, by the kind of identifier that it would
# be, and the mailbox that an address reaches.
Blocks = Callable[[str, str], bool]
Mailbox = Callable[[str], str]


class Tokeniser:
    """Replaces personal data by keyed hashes: equal data give equal tokens, and nothing leads back.

    `key` is the secret of the HMAC; ValueError if it has fewer than 16 characters. `region` is the country
    of phone numbers that don't name theirs. What `blocks` says of a kind and a value is that it stands for
    nobody in particular, so that it becomes no identifier; `mailbox` says which addresses are one.
    """

    def __init__(
        self,
        key: str,
        region: str = "CN",
        blocks: Blocks = lambda _kind, _value: False,
        mailbox: Mailbox = lambda address: address,
    ) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(
                f"the token key has {len(key)} characters and needs at least {SHORTEST_KEY}: "
                "set LEADTRACE_TOKEN_KEY to a long random text, and never change it"
            )
        self._key = key.encode()
        self._region = region
        self._blocks = blocks
        self._mailbox = mailbox

    def names_nobody(self, kind: str, text: str) -> bool:
        """Tell whether this is the value of an identifier ("anon", "user", "crm", …) of nobody."""
        return self._blocks(kind, text)

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

    def email_domain(self, text: str) -> str:
        """Return the domain of an address in lower-case ASCII, or "" if `text` is no address."""
        return normalised_address(text).rpartition("@")[2]

    def scrub(self, text: str) -> str:
        """Replace each address and phone number inside a text or a URL by a short token.

        Addresses may be percent-encoded, twice too. Phone numbers count in parameters that are named like
        one, and elsewhere if they have the clear shape of one; parameters of ads and other ids keep theirs.
        In a text with more of them than anybody has, the rest becomes tokens of how it is written.
        """
        if not text:
            return text
        return _Scrubbing(self._number, self._mailbox, self._short).scrub(text)

    def _token(self, kind: str, value: str) -> str:
        return f"{kind}:{hmac.digest(self._key, f'{kind}:{value}'.encode(), 'sha256').hex()}"

    def _short(self, kind: str, value: str) -> str:
        return self._token(kind, value)[: len(kind) + 1 + SHORT]

    def _numbers(self, text: str, region: str = "") -> list[str]:
        found = numbers_in(text, region or self._region)
        return [number for number in found if not self._is_nobodys(number)]

    def _number(self, text: str) -> str:
        return next(iter(self._numbers(text)), "")

    def _is_nobodys(self, number: str) -> bool:
        national = phonenumbers.parse(number.partition(";")[0]).national_number
        return self.names_nobody("phone", str(national))


class _Scrubbing:
    """The scrubbing of one text: its first addresses and numbers are looked up, the rest only replaced."""

    def __init__(
        self, number: Callable[[str], str], mailbox: Mailbox, short: Callable[[str, str], str]
    ) -> None:
        self._number = number
        self._mailbox = mailbox
        self._short = short
        self._addresses_left = _MOST_ADDRESSES
        self._numbers_left = _MOST_NUMBERS

    def scrub(self, text: str) -> str:
        """Replace each address and number by a short token."""
        if AT_SIGN.search(text):
            text = ADDRESS.sub(self._address, USER_INFO.sub("", text))
        return scrub_parameters(text, self._field, self._clear)

    def _address(self, found: re.Match[str]) -> str:
        address = Address.of(found)
        if NO_DOMAIN.search(address.domain):
            return found[0]
        self._addresses_left -= 1
        plain = f"{address.local}@{address.domain}"
        normal = normalised_address(plain) if self._addresses_left >= 0 else ""
        return address.before + self._short("email", self._mailbox(normal) if normal else plain.lower())

    def _field(self, value: str) -> str:
        self._numbers_left -= 1
        number = self._number(value) if self._numbers_left >= 0 else ""
        return self._short("phone", number or re.sub(r"\D", "", value))

    def _clear(self, text: str) -> str:
        return CLEAR_PHONE.sub(self._clear_phone, text)

    def _clear_phone(self, found: re.Match[str]) -> str:
        self._numbers_left -= 1
        text = found[0].replace("%2B", "+").replace("%2b", "+")
        number = ""
        if self._numbers_left >= 0:
            # In a query a plus is a space as well, so what follows it may be a number of this country.
            number = self._number(text) or self._number(text.lstrip("+"))
            if not number and text.startswith("+"):
                return found[0]
        return self._short("phone", number or re.sub(r"\D", "", text))


def normalised_address(text: str) -> str:
    """Return an e-mail address in its one spelling, or "" if `text` is none.

    Full-width characters become plain ones, letters small, the domain ASCII (IDNA).
    """
    if len(text) > _LONGEST_FIELD:
        return ""
    text = unicodedata.normalize("NFKC", visible(text)).strip().strip("\"'“”‘’")
    if "@" not in text:
        text = unquote(text)
    if "<" in text:
        text = text.rpartition("<")[2].partition(">")[0]
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    if len(text) <= _LONGEST_ADDRESS:
        text = _AROUND_AT.sub("@", text)
    text = text.strip(" \t.;,").casefold() if not text.isascii() else text.strip(" \t.;,").lower()
    local, at, domain = text.rpartition("@")
    if not at or len(domain) > _LONGEST_DOMAIN or not _LOCAL_PART.fullmatch(local):
        return ""
    try:
        domain = domain.replace("。", ".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return f"{local}@{domain}" if len(domain) <= _LONGEST_DOMAIN and _LABELS.fullmatch(domain) else ""
