"""Where in a text or a URL addresses and phone numbers stand, and which numbers there are ids instead."""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

# Each run of characters is tried once (possessive repetition after a look-behind), and no character can be
# both a part of a label and the dot behind it, so the time is linear.
_AT = r"(?:@|＠|%(?:25)*40|&#64;|&#x40;|&commat;)"
_DOT = r"(?:[.．。]|%(?:25)*2[Ee])"
_ESCAPED = r"%(?:25)*(?:2[BbDdEe]|5[Ff])"
_FOREIGN_BYTE = r"%[89A-Fa-f][0-9A-Fa-f]"  # of a letter beyond ASCII, percent-encoded
_FOREIGN = r"\u0080-\u3001\u3003-\uff0d\uff0f-\uff1f\uff21-\uffff"  # without the dots and the sign above
# What follows a percent sign may be the rest of an escape that stands for no part of an address.
_RUN_STARTS = r"(?:(?<![A-Za-z0-9._+~%-])|(?<=%)(?!(?:25)*(?:2[BbDdEe]|5[Ff])))"
_LOCAL = (
    rf"(?:{_RUN_STARTS}(?:[A-Za-z0-9._+~-]|{_ESCAPED})++"
    rf"|(?<!{_FOREIGN_BYTE})(?:{_FOREIGN_BYTE})++|(?<![^\x00-\x7f])[^\x00-\x7f\s＠]++)"
)
_PLAIN_DOMAIN = rf"(?:[A-Za-z0-9-]{{1,63}}{_DOT}){{1,8}}[A-Za-z]{{2,63}}(?![A-Za-z0-9-])"
_OTHER_DOMAIN = (
    rf"(?:(?:[A-Za-z0-9{_FOREIGN}-]|{_FOREIGN_BYTE}){{1,190}}+{_DOT}){{1,8}}"
    rf"(?:[A-Za-z{_FOREIGN}]|{_FOREIGN_BYTE}){{2,63}}"
)
AT_SIGN = re.compile(_AT)
ADDRESS = re.compile(rf"(?P<local>{_LOCAL})(?P<at>{_AT})(?P<domain>{_PLAIN_DOMAIN}|{_OTHER_DOMAIN})")

# Whoever puts a user and a password into a URL doesn't want them in a report.
USER_INFO = re.compile(r"(?<=://)[^/\s?#@]{1,256}@")

# name@2x.png and vue@3.min.js are files.
NO_DOMAIN = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg|ico|m?js|css|map|html?|php|json)$", re.IGNORECASE)

# +86 138 …, 138-1234-5678 and 010-12345678, with nothing around that makes it a part of something longer.
CLEAR_PHONE = re.compile(
    r"(?:(?<![0-9A-Za-z_.-])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2}))(?:"
    r"(?:\+|%2[Bb])\d(?:[ .()-]{0,2}\d){7,14}"
    r"|(?:86[ -]?)?1[3-9]\d(?P<gap>[ -]?)\d{4}(?P=gap)\d{4}"
    r"|0\d{2,3}-\d{7,8}"
    r")(?![0-9A-Za-z_]|[.-]\d)"
)
_MAYBE_PHONE = re.compile(r"(?:\d\D{0,3}){7}")
_TOKEN = re.compile(r"(?:email|phone):[0-9a-f]{12}")

_SEPARATORS = re.compile(r"([?&#;]|%(?:25)*(?:3[Ff]|26|23))")
_EQUALS = re.compile(r"=|%(?:25)*3[Dd]")
_PHONE_NAME = re.compile(
    r"phone|mobile|msisdn|whatsapp|cellphone|手机|手機|电话|電話|shouji|dianhua|(?:^|[^a-z])(?:tel|mob|cell)(?:$|[^a-z])",
    re.IGNORECASE,
)
# Parameters whose numbers are ids of ads, clicks, campaigns, moments: eleven digits there are no phone.
_ID_NAME = re.compile(
    r"^(?:(?:utm|mtm|pk|piwik|hsa|e|qh|gad|bd|gdt|qz|li|mc|hm|ga|fb)?_\w*"
    r"|(?!(?:u|user|member|customer|login|wechat|open)_?id$)\w*(?:id|ids|vid)\d?"
    r"|(?:\w*_)?(?:campaign|ad_?group|ad_?set|keyword|creative|placement|target|plan|unit|network|logid|spm)\w*"
    r"|kw|t|ts|time|timestamp|date|v|ver|version|nonce|random|rand|cb)$",
    re.IGNORECASE,
)
_LONGEST_NAME = 100  # of a parameter of ids
_LEADING_ESCAPE = re.compile(r"(?:25)*[0-9A-Fa-f]{2}")


class Address(NamedTuple):
    """An address as found: what stands `before` it stays, the rest is the address, decoded."""

    before: str
    local: str
    domain: str

    @classmethod
    def of(cls, found: re.Match[str]) -> "Address":
        local, before = found["local"], ""
        # In %3Da%40b.example the run of letters before the sign starts with the rest of an escape.
        if found.start() and found.string[found.start() - 1] == "%":
            escape = _LEADING_ESCAPE.match(local)
            if escape and len(escape[0]) < len(local):
                before, local = escape[0], local[escape.end() :]
        return cls(before, _decoded(local), _decoded(found["domain"]))


def scrub_parameters(text: str, phone_field: Callable[[str], str], free: Callable[[str], str]) -> str:
    """Apply `phone_field` to the values of parameters named like a phone, `free` to all that is no id.

    Parameters of a URL inside a parameter, percent-encoded, count as well.
    """
    if not _MAYBE_PHONE.search(text):
        return text
    pieces = _SEPARATORS.split(text)
    for index in range(0, len(pieces), 2):
        piece = pieces[index]
        equals = _EQUALS.search(piece)
        if equals is None:
            pieces[index] = free(piece)
            continue
        name, value = _decoded(piece[: equals.start()]), piece[equals.end() :]
        pieces[index] = piece[: equals.end()] + _scrubbed_value(name, value, phone_field, free)
    return "".join(pieces)


def token_shaped(text: str) -> bool:
    """Tell whether a text is one of the short tokens that scrubbing leaves."""
    return _TOKEN.fullmatch(text) is not None


def is_phone_name(name: str) -> bool:
    """Tell whether a field of this name holds a phone number."""
    return _PHONE_NAME.search(name) is not None


def _scrubbed_value(
    name: str, value: str, phone_field: Callable[[str], str], free: Callable[[str], str]
) -> str:
    if is_phone_name(name):
        if token_shaped(value) or not _MAYBE_PHONE.search(value):
            return value
        return phone_field(unquote_plus(value) if not value.startswith("+") else unquote(value))
    return value if len(name) <= _LONGEST_NAME and _ID_NAME.search(name) else free(value)


def _decoded(text: str) -> str:
    for _ in range(3):
        if "%" not in text:
            break
        text = unquote(text)
    return text
