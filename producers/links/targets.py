"""Where links may lead: to hosts that a setting lists, and nowhere else, whatever stands in a file."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, urlsplit

# No blank, no control character, no backslash (browsers read it as a slash), no user before the host.
_ADDRESS: Final = re.compile(r"https?://[^\s\\/?#@\x00-\x20\x7f]+(?:[/?#][^\s\\\x00-\x20\x7f]*)?", re.ASCII)
_SAFE: Final = "".join(chr(code) for code in range(0x21, 0x7F))


def target_of(text: str, hosts: Iterable[str]) -> str:
    """Return an address as it may stand in a Location header; raise ValueError with the reason if it may not.

    Of a host in `hosts`, its own hosts below it may be led to as well.
    """
    if not _ADDRESS.fullmatch(text):
        raise ValueError(
            "it may be an address such as https://www.example.com/offer, without blanks and users"
        )
    try:
        parts = urlsplit(text)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
        plain = host if host.isascii() else host.encode("idna").decode()
    except ValueError:  # UnicodeError is one
        raise ValueError("its host or port is none") from None
    if not any(is_within(plain, each) for each in hosts):
        raise ValueError(f"{plain[:100]} is not among the hosts that links may lead to")
    netloc = plain if ":" not in plain else f"[{plain}]"
    netloc += f":{parts.port}" if parts.port is not None else ""
    rest = text.partition("://")[2]
    start = next((at for at, sign in enumerate(rest) if sign in "/?#"), len(rest))
    return f"{parts.scheme}://{netloc}{quote(rest[start:], safe=_SAFE)}"


def is_within(host: str, domain: str) -> bool:
    """Whether a host is a domain, or lies below it."""
    name, own = host.lower(), domain.lower().strip(".")
    return bool(own) and (name == own or name.endswith(f".{own}"))
