"""Where in a text or a URL e-mail addresses stand, however they are escaped, and their one spelling."""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from producers.cells.invisible import visible

# Each run of characters is tried once (possessive repetition after a look-behind), and no character can be
# both a part of a label and the dot behind it, so the time is linear.
_AT = (
    r"(?:@|＠|%(?:25)*(?:40|[Ee][Ff]%(?:25)*[Bb][Cc]%(?:25)*[Aa]0)|&(?:#0*64|#[xX]0*40|commat);"
    r"|\\{1,4}(?:u00|x)40)"
)
_DOT = r"(?:[.．。]|%(?:25)*2[Ee])"
_ESCAPED = r"%(?:25)*(?:2[BbDdEe]|5[Ff])"
_FOREIGN_BYTE = r"%[89A-Fa-f][0-9A-Fa-f]"  # of a letter beyond ASCII, percent-encoded
_FOREIGN = r"\u0080-\u3001\u3003-\uff0d\uff0f-\uff1f\uff21-\uffff"  # without the dots and the sign above
# What follows a percent sign may be the rest of an escape that stands for no part of an address.
_RUN_STARTS = r"(?:(?<![A-Za-z0-9._+~%-])|(?<=%)(?!(?:25)*(?:2[BbDdEe]|5[Ff])))"
_LOCAL = (
    rf"(?:{_RUN_STARTS}(?:[A-Za-z0-9._+~-]|{_ESCAPED}|(?<=[A-Za-z])'(?=[A-Za-z]))++"
    r'|"[^"\r\n]{1,64}"'
    rf"|(?<!{_FOREIGN_BYTE})(?:{_FOREIGN_BYTE})++|(?<![^\x00-\x7f])[^\x00-\x7f\s＠]++)"
)
_PLAIN_DOMAIN = rf"(?:[A-Za-z0-9-]{{1,63}}{_DOT}){{1,8}}[A-Za-z]{{2,63}}(?![A-Za-z0-9-])"
_OTHER_DOMAIN = (
    rf"(?:(?:[A-Za-z0-9{_FOREIGN}-]|{_FOREIGN_BYTE}){{1,190}}+{_DOT}){{1,8}}"
    rf"(?:[A-Za-z{_FOREIGN}]|{_FOREIGN_BYTE}){{2,63}}"
)
_AT_SIGN = re.compile(_AT)
ADDRESS = re.compile(rf"(?P<local>{_LOCAL})(?P<at>{_AT})(?P<domain>{_PLAIN_DOMAIN}|{_OTHER_DOMAIN})")

# The name in Wang Li <wang.li@acme.cn>, where it can't be anything else.
DISPLAY_NAME = re.compile(
    r"(?:\"[^\"<>\r\n]{1,64}\"|(?<!\w)[A-ZÀ-Þ][\w'.-]{0,30}(?: [A-ZÀ-Þ][\w'.-]{0,30}){0,3}"
    r"|[\u4e00-\u9fff]{2,4})\s{0,2}<(?=\s?[^<>\s@＠]{1,64}[@＠])"
)

# Whoever puts a user and a password into a URL doesn't want them in a report.
USER_INFO = re.compile(r"(?<=://)[^/\s?#@]{1,256}@")

# name@2x.png and vue@3.min.js are files.
NO_DOMAIN = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg|ico|m?js|css|map|html?|php|json)$", re.IGNORECASE)

_LEADING_ESCAPE = re.compile(r"(?:25)*[0-9A-Fa-f]{2}")
_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}")
_LONGEST_ADDRESS = 400  # with what may stand around it
_LONGEST_FIELD = 1000  # that may hold an address; normalising more may take long
_LONGEST_DOMAIN = 253
_AROUND_AT = re.compile(r"\s+@\s*|@\s+")
_LABELS = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]*[a-z0-9]")


def may_have_address(text: str) -> bool:
    """Tell at little cost whether a text has the sign of an address, however it is escaped."""
    if "@" in text:
        return True
    if text.isascii() and "%" not in text and "\\" not in text and "&" not in text:
        return False
    return _AT_SIGN.search(text) is not None


class Address(NamedTuple):
    """An address as found: what stands `before` it stays, the rest is the address, decoded."""

    before: str
    local: str
    domain: str

    @classmethod
    def of(cls, found: re.Match[str]) -> "Address":
        """Take a match of ADDRESS."""
        local, before = found["local"], ""
        # In %3Da%40b.example the run of letters before the sign starts with the rest of an escape.
        if found.start() and found.string[found.start() - 1] == "%":
            escape = _LEADING_ESCAPE.match(local)
            if escape and len(escape[0]) < len(local):
                before, local = escape[0], local[escape.end() :]
        return cls(before, decoded(local), decoded(found["domain"]))


def decoded(text: str) -> str:
    """Return what percent-encoding hides, also if it was done up to three times."""
    for _ in range(3):
        if "%" not in text:
            break
        text = unquote(text)
    return text


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
