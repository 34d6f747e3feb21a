"""Phone numbers in what people write: with labels and notes, extensions in every form, several in a cell."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Final

import phonenumbers

from producers.cells.invisible import visible

_LONGEST: Final = 400  # characters; a field with a number is shorter
_LONGEST_PASTED: Final = 600  # with characters that nobody sees
_MOST: Final = 8  # numbers of one field
_MOST_TRIES: Final = 8  # candidates of one field that turn out to be none; each takes its time
_WHOLE: Final = re.compile(r"\d+\.0+")
_SCIENTIFIC: Final = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_ABROAD: Final = re.compile(r"^\(?00(?=[1-9])")  # 0086-138-…: what is dialled before a country code
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3}){2,4}")  # 13,812,340,001, by a spreadsheet
_LABELLED: Final = re.compile(r"^[^\d+(]{1,20}?(?=[+(]?\d)")

# 转8001, 分机 21, *227, #12, x 9, ;ext=555, and a pause before it: ,123 or /8001 with no number behind.
_EXTENSION: Final = re.compile(
    r"(?<=[\d)])[\s,;(]*(?:转|轉|分机号?|分機|内线|內線|durchwahl|extension|extn?|ramal|poste|доб|app|[x*#~])"
    r"[\s.:=]*(\d{1,7})(?!\d)\)?",
    re.IGNORECASE,
)
_PAUSED: Final = re.compile(r"(?<=[\d)])\s*[,/;]{1,3}\s*(\d{1,6})(?![\d]|[\s().-]{0,2}\d)")
# 010-62345678-8001: in China what follows the eight digits is an extension, elsewhere a direct line.
_DASHED: Final = re.compile(
    r"(?<!\d)((?:\+?86[- ]?\(?0?|\(?0)\d{2,3}\)?[- ]?\d{3,4}[- ]?\d{4})\s*-\s*(\d{1,6})(?![\d-])"
)
# +52 1 55 … of WhatsApp, +972-050…: digits that belong to calls within the country only.
_TRUNK: Final = re.compile(r"(\+52[ -]?)1(?=[ -]?\d{2})|(\+\d{1,3}[ -])0(?=\d)")


def numbers_in(text: str, region: str) -> tuple[str, ...]:
    """Return each valid number of a field as +<country><number>, with ;ext=<extension> if it has one.

    `region` is the country of numbers that don't name theirs. A number that a spreadsheet has rounded
    (1.38E+10) is none. What an extension belongs to never comes without it: a switchboard is nobody.
    Of a longer text than any field with a number has, or of more numbers than people have, the rest is not
    looked at.
    """
    plain = unicodedata.normalize("NFKC", visible(text[:_LONGEST_PASTED])).strip()[:_LONGEST]
    if is_rounded(plain):
        return ()
    return tuple(dict.fromkeys(_found(_spelled_out(plain, region), region)))


def is_rounded(text: str) -> bool:
    """Tell whether a spreadsheet has cut digits of this number off: 1.38E+10 may be any of many."""
    found = _SCIENTIFIC.fullmatch(text.strip())
    return found is not None and len(found[2] or "") < int(found[3])


def _spelled_out(text: str, region: str) -> str:
    text = text.lstrip("'=").removeprefix("tel:").removeprefix("p:")
    text = _ABROAD.sub("+", text)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if _WHOLE.fullmatch(text) or _SCIENTIFIC.fullmatch(text):
        text = format(Decimal(text.replace(",", ".")), ".0f")
    if region == "CN" or "+86" in text:
        text = _DASHED.sub(r"\1 ext \2 ", text)
    text = _EXTENSION.sub(r" ext \1 ", text)
    return _PAUSED.sub(r" ext \1 ", text)


def _found(text: str, region: str) -> Iterator[str]:
    matcher = phonenumbers.PhoneNumberMatcher(text, region, max_tries=_MOST_TRIES)
    matches = [match.number for match in islice(matcher, _MOST)]
    if not matches:
        # Alone in its field a number may be written as no text would: with a label stuck to it, say.
        alone = _TRUNK.sub(lambda found: found[1] or found[2], _LABELLED.sub("", text))
        try:
            matches = [phonenumbers.parse(alone[:60], region)]
        except phonenumbers.NumberParseException:
            return
    for number in matches:
        if phonenumbers.is_valid_number(number):
            plain: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            yield f"{plain};ext={number.extension}" if number.extension else plain
