"""Characters that nobody sees, and blanks that only look like one, taken out of texts that people pasted."""

import re
from typing import Final

# Soft hyphen, joiners, marks of direction, byte order mark:
# they come with what is pasted from pages and contacts.
_UNSEEN: Final = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]+"
)
_BLANKS: Final = re.compile(r"[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def visible(text: str) -> str:
    """Return a text as it looks: without characters that have no shape, and with plain blanks."""
    if text.isascii():
        return text
    return _BLANKS.sub(" ", _UNSEEN.sub("", text))


def without_unseen(text: str) -> str:
    """Return a text without characters that have no shape; its blanks stay as they are."""
    return _UNSEEN.sub("", text)
