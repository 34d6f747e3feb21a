"""A text, a URL or a field without the personal data in it; in its place stand tokens of the caller's."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol
from urllib.parse import quote, unquote, unquote_plus

from producers.cells.invisible import without_unseen
from producers.privacy.addresses import (
    ADDRESS,
    DISPLAY_NAME,
    NO_DOMAIN,
    USER_INFO,
    Address,
    decoded,
    may_have_address,
)
from producers.privacy.numbers_in_texts import Found, may_have_number, replace_numbers
from producers.privacy.parameters import Named, is_of_an_ad, named

_TOKEN: Final = re.compile(r"(?:email|phone|card|name|owner|company|title|deal_name):[0-9a-f]{12}")
_SEPARATORS: Final = re.compile(r"([?&#;]|%(?:25)*(?:3[Ff]|26|23))")
_EQUALS: Final = re.compile(r"=|%(?:25)*3[Dd]")
_PERSON_HINTS: Final = (
    "name=",
    "name%",
    "xingming",
    "姓",
    "名字",
    "联系人",
    "%e5%a7%93",
    "%e5%90%8d",
    "%e8%81%94",
)
# ASCII in base64: of each four characters the first is one of these.
_BASE64: Final = re.compile(
    r"[A-Za-f][A-Za-z0-9+_-]{3}(?:[A-Za-f][A-Za-z0-9+_-]{3}){2,}+[A-Za-z0-9+_-]{0,3}(?:=|%3[Dd]){0,2}"
    r"(?![A-Za-z0-9+_-])"
)
_LONGEST_BASE64: Final = 4096


class Replacing(Protocol):
    """What puts something into the place of personal data, of one text after another or of one alone."""

    def address(self, found: Address) -> str:
        """Stand in for an e-mail address."""

    def number(self, found: Found) -> str:
        """Stand in for a number; "" if it is no phone number after all."""

    def phone_field(self, text: str) -> str:
        """Stand in for what a field of phone numbers holds."""

    def person(self, text: str) -> str:
        """Stand in for a person's name."""


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Takes personal data out of texts. `region` is the country of phone numbers that don't name theirs.

    `ids` are names of parameters and fields whose digits are ids, beside those that are known.
    """

    put: Replacing
    region: str
    ids: frozenset[str] = frozenset()

    def text(self, text: str) -> str:
        """Return a text or a URL without addresses, phone numbers and numbers of identity cards.

        They may be escaped: percent-encoded up to three times, as entities, in base64. Parameters that are
        named like a phone number or a person's name become tokens, whatever they hold; in those of ads and
        other ids digits stay.
        """
        if not text.isascii() and (seen := without_unseen(text)) != text:
            once = self._text(seen)
            return text if once == seen else once
        return self._text(text)

    def field(self, name: str, value: str, beside: Iterable[str] = ()) -> str:
        """Return the value of a field, by its name; `beside` are the names of the fields next to it."""
        kind = self._kind(name, lambda: is_of_an_ad(" ".join(beside)))
        return self.text(value) if kind is Named.FREE else self._value(kind, self._addresses(value))

    def given_id(self, text: str) -> str:
        """Return an id that a system gave, in which mere digits are no phone number."""
        if text.isalnum():
            return text
        text = self._addresses(text)
        return replace_numbers(text, "CN", lambda each: "" if each.text.isalnum() else self.put.number(each))

    def _text(self, text: str) -> str:
        text = self._addresses(text)
        if may_have_number(text) or _BASE64.search(text) or _may_name_person(text):
            return self._parameters(text)
        return text

    def _addresses(self, text: str) -> str:
        if may_have_address(text):
            if "<" in text:
                text = DISPLAY_NAME.sub("<", text)
            return ADDRESS.sub(self._address, USER_INFO.sub("", text))
        return text

    def _address(self, found: re.Match[str]) -> str:
        address = Address.of(found)
        if NO_DOMAIN.search(address.domain):
            return found[0]
        return address.before + self.put.address(address)

    def _parameters(self, text: str) -> str:
        """Treat each parameter by its name; those of a URL inside a parameter, escaped, count as well."""
        is_ad = cache(lambda: is_of_an_ad(text))
        pieces = _SEPARATORS.split(text)
        for index in range(0, len(pieces), 2):
            piece = pieces[index]
            equals = _EQUALS.search(piece)
            if equals is None:
                pieces[index] = self._free(piece)
                continue
            kind = self._kind(decoded(piece[: equals.start()]), is_ad)
            pieces[index] = piece[: equals.end()] + self._value(kind, piece[equals.end() :])
        return "".join(pieces)

    def _kind(self, name: str, is_ad: Callable[[], bool]) -> Named:
        name = name.rpartition("/")[2].strip()
        if name.lower() in self.ids:
            return Named.ID
        kind = named(name)
        if kind is Named.CAMPAIGN:
            return Named.ID if is_ad() else Named.FREE
        return kind

    def _value(self, kind: Named, value: str) -> str:
        if not value or _TOKEN.fullmatch(value):
            return value
        match kind:
            case Named.PHONE if may_have_number(value):
                return self.put.phone_field(
                    unquote_plus(value) if not value.startswith("+") else unquote(value)
                )
            case Named.PERSON:
                return self.put.person(unquote_plus(decoded(value)))
            case Named.ID:
                return self.given_id(value)
        return self._free(value)

    def _free(self, text: str) -> str:
        text = self._numbers(text)
        if "%" in text and (plain := decoded(text)) != text:
            # What the escapes hid: 139%207777%208888, or each digit of it.
            again = self._numbers(self._addresses(plain))
            text = text if again == plain else quote(again, safe=":/,@!()")
        return _BASE64.sub(self._unpacked, text) if _BASE64.search(text) else text

    def _numbers(self, text: str) -> str:
        return replace_numbers(text, self.region, self.put.number)

    def _unpacked(self, found: re.Match[str]) -> str:
        """Return base64 as it is, unless it is certain that personal data are packed in it."""
        packed = found[0].replace("%3D", "").replace("%3d", "").rstrip("=")
        before = found.string[found.start() - 1 : found.start()]
        if len(packed) > _LONGEST_BASE64 or before.isalnum() or before in ("+", "_", "-"):
            return found[0]
        try:
            padded = packed.replace("+", "-") + "=" * (-len(packed) % 4)
            plain = base64.urlsafe_b64decode(padded).decode("ascii")
        except (binascii.Error, ValueError):
            return found[0]
        if not plain.isprintable():
            return found[0]
        clean = self._numbers(self._addresses(plain))
        return found[0] if clean == plain else quote(clean, safe=":/,@!()")


def may_hold_personal_data(text: str) -> bool:
    """Tell at little cost whether a text may hold any; of most texts it is certain that they don't."""
    if not text.isascii():
        text = without_unseen(text)
    return (
        may_have_address(text)
        or may_have_number(text)
        or _BASE64.search(text) is not None
        or _may_name_person(text)
    )


def _may_name_person(text: str) -> bool:
    if "=" not in text and "%3" not in text:
        return False
    small = text.lower()
    return any(hint in small for hint in _PERSON_HINTS)


def token_shaped(text: str) -> bool:
    """Tell whether a text is one of the short tokens that scrubbing leaves."""
    return _TOKEN.fullmatch(text) is not None
