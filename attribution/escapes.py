"""Escaped texts, by whatever and however often they were escaped → what they say."""

import html
import re

DEFAULT_ENCODINGS = ("utf-8", "gb18030")

# Values that went through several redirects are escaped several times.
_MOST_TIMES = 4
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_UNICODE_ESCAPES = re.compile(r"(?:%u[0-9A-Fa-f]{4})+")
_SCRIPT_ESCAPES = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_ASCII_RUN = re.compile(r"([\x00-\x7f]+)")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff]+")
# A letter with an accent (ü, é, ß), or two, after a plain one: as Western pages in their old encoding write.
_WESTERN = re.compile(
    rb"(?:[\x00-\x7f]*[A-Za-z][\xc0-\xd6\xd8-\xf6\xf8-\xff]{1,2}(?=[A-Za-z \-_.,)]|$))+[\x00-\x7f]*"
)
_ACCENTED = re.compile(r"(?=.*[A-Za-z]{3})(?:[\x20-\x7e]|(?<=[A-Za-z])[\xc0-\xff])+")


def decode_text(raw: str, encodings: tuple[str, ...] = DEFAULT_ENCODINGS) -> str | None:
    """What an escaped parameter value says, or None if no encoding makes sense of it.

    Good UTF-8 wins, but for this: where it would be an odd text (no character beyond U+07FF) and the first of
    `encodings` is another that reads it well, that one does. Short GBK words can look like Cyrillic in UTF-8.
    """
    text = raw.replace("+", " ") if "+" in raw else raw
    if "%" not in text:
        return text
    decoded = _decode_once(text, encodings)
    for _ in range(_MOST_TIMES - 1):
        if decoded is None or "%" not in decoded:
            break
        again = _decode_once(decoded, encodings)
        if again is None or again == decoded:
            break
        decoded = again
    return decoded


def clean_text(text: str) -> str:
    """Without control and invisible characters, outer spaces and runs of spaces."""
    if text.isalnum():
        return text
    return " ".join(_INVISIBLE.sub(" ", text).split())


def repaired(text: str) -> str:
    """A decoded text, freed of &amp; of HTML, of \\u6570 of scripts, and of UTF-8 that was read as Latin."""
    if text.isascii():
        if "\\u" in text:
            text = _SCRIPT_ESCAPES.sub(_from_utf16, text)
        return html.unescape(text) if "&" in text and _ENTITY.search(text) else text
    for encoding in ("latin-1", "cp1252"):
        if (right := _as_utf8(text, encoding)) is not None:
            return right
    return text


def _as_utf8(text: str, encoding: str) -> str | None:
    try:
        right = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return None
    if max(right) > "\u07ff":
        return right
    # Two such characters may be meant; within a word of plain letters they are one letter with an accent.
    return right if _ACCENTED.fullmatch(right) else None


def _decode_once(text: str, encodings: tuple[str, ...]) -> str | None:
    if "%u" in text:
        text = _UNICODE_ESCAPES.sub(_from_utf16, text)
    if text.isascii():
        return _decode_bytes(_unescape(text), encodings)
    parts = [
        _decode_bytes(_unescape(part), encodings) if "%" in part else part for part in _ASCII_RUN.split(text)
    ]
    readable = [part for part in parts if part is not None]
    return "".join(readable) if len(readable) == len(parts) else None


def _unescape(text: str) -> bytes:
    """The bytes of an ASCII text with %XX escapes; what only looks like an escape stays."""
    return _ESCAPES.sub(lambda run: bytes.fromhex(run[0].replace(b"%", b"").decode()), text.encode("ascii"))


def _from_utf16(escapes: re.Match[str]) -> str:
    return bytes.fromhex(re.sub(r"[%\\]u", "", escapes[0])).decode("utf-16-be", "replace")


def _decode_bytes(data: bytes, encodings: tuple[str, ...]) -> str | None:
    if data.isascii():
        return data.decode("ascii")
    text = _utf8(data)
    if text is not None and (encodings[0] == "utf-8" or max(text) > "\u07ff"):
        return text
    for encoding in encodings:
        if encoding != "utf-8":
            other = _strictly(data, encoding)
            if other is not None:
                return other
    if text is None and _WESTERN.fullmatch(data):
        return data.decode("cp1252")
    return text


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" or len(data) - error.start > 3:
            return None
        # A value that some system cut at a byte limit: all but its last character is good.
        text = data[: error.start].decode("utf-8")
        return text if text and max(text) > "\u07ff" else None


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return text if encoding != "gb18030" or _is_plausible_chinese(text) else None


def _is_plausible_chinese(text: str) -> bool:
    """Nearly any bytes are GB18030; real words are made mostly of the common characters of GB2312."""
    common = len(text.encode("gb2312", "ignore").decode("gb2312"))
    foreign = sum(character > "\x7f" for character in text)
    return (len(text) - common) * 2 < foreign
