"""Requests that no person made by a click: machines, previews, and what a browser fetches in advance."""

from collections.abc import Mapping
from typing import Final

_AHEAD: Final = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
_WORDS: Final = ("prefetch", "preview", "prerender")


def is_a_click(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request can be that of a person who wants to see the page, whatever its user agent says."""
    if method != "GET" or not headers.get("User-Agent", "").strip():
        return False
    if any(word in headers.get(name, "").lower() for name in _AHEAD for word in _WORDS):
        return False
    # Newer browsers say what they want it for: an image or a frame of another page is no click.
    return headers.get("Sec-Fetch-Dest", "document") == "document"


def wants_no_trace(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that nobody may follow who uses it."""
    return headers.get("Sec-GPC") == "1" or headers.get("DNT") == "1"
