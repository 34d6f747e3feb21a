"""URLs as they are in the wild: what they name, what their parameters say, in whatever encoding."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

MAX_LENGTH = 8192
"""Characters of a URL that are looked at."""

DEFAULT_ENCODINGS = ("utf-8", "gb18030")

_HEAD = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]{0,31}):)?//([^/?#\\]*)")
_BARE_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?=[:/?#]|$)", re.IGNORECASE)
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_UNICODE_ESCAPES = re.compile(r"(?:%u[0-9A-Fa-f]{4})+")
_ASCII_RUN = re.compile(r"([\x00-\x7f]+)")
_SYNTAX = {"%3d": "=", "%26": "&", "%25": "%"}
_ESCAPED_SYNTAX = re.compile("|".join(_SYNTAX), re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff]+")
_MACRO = re.compile(
    r"\{\{?[A-Za-z_][\w .+\-]{0,60}(?::[^{}]{0,200})?\}"  # {keyword} {keyword:default} {{campaign.name}}
    r"|^__[A-Z][A-Z0-9_]{0,60}__$"  # __CLICKID__
    r"|^\[[A-Z][A-Z0-9_]{0,60}\]$"  # [KEYWORD]
    r"|%%[A-Z][A-Z0-9_]{0,60}%%"  # %%KEYWORD%%
)


@dataclass(frozen=True, slots=True)
class Url:
    """A URL's parts. Parameters are still escaped, by lower-case name, the first value that isn't empty."""

    host: str
    path: str
    parameters: Mapping[str, str]
    repeated: tuple[str, ...]
    truncated: bool


def split_url(url: str) -> Url:
    """The parts of any string taken as a URL; parameters of the fragment come after those of the query."""
    text = url.strip()
    truncated = len(text) > MAX_LENGTH
    if truncated:
        # What is cut in the middle would be a wrong value, so the last parameter goes altogether.
        text = text[:MAX_LENGTH]
        text = text.rpartition("&")[0] or text
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    host, rest = _split_host(text)
    rest, _, fragment = rest.partition("#")
    path, _, query = rest.partition("?")
    parameters: dict[str, str] = {}
    repeated: dict[str, None] = {}
    for name, value in _pairs(query, fragment):
        first = parameters.get(name)
        if first is None:
            parameters[name] = value
        elif value:
            repeated[name] = None
            parameters[name] = first or value
    return Url(host, _path_with_route(path, fragment), parameters, tuple(repeated), truncated)


def page_of(url: str) -> tuple[str, str]:
    """Host and readable path of a page, without parameters; a fragment that is a route (#/…) stays."""
    return _page_of(url if len(url) <= MAX_LENGTH else url[:MAX_LENGTH])


@lru_cache(maxsize=16384)
def _page_of(url: str) -> tuple[str, str]:
    text = url.strip()
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    host, rest = _split_host(text)
    rest, _, fragment = rest.partition("#")
    path = _path_with_route(rest.partition("?")[0], fragment)
    if "%" in path:
        path = decode_text(path.replace("+", "%2B")) or path
    return host, clean_text(path)[:512] or "/"


def site_of(url: str) -> str:
    """The registrable domain of a URL or host name (example.com.cn), the bare host if it has none, or ''."""
    return site_of_host(page_of(url)[0] or page_of(f"//{url}")[0])


@lru_cache(maxsize=16384)
def site_of_host(host: str) -> str:
    """The registrable domain of a host name; an address, or a name without one, stands for itself."""
    name = host.rstrip(".")
    if not name or ":" in name or name.rpartition(".")[2].isdigit():
        return name
    site: str | None = _suffixes().privatesuffix(name)
    return site or name


def decode_text(raw: str, encodings: tuple[str, ...] = DEFAULT_ENCODINGS) -> str | None:
    """What an escaped parameter value says, or None if no encoding makes sense of it.

    Good UTF-8 wins, but for this: where it would be an odd text (no character beyond U+07FF) and the first of
    `encodings` is another that reads it well, that one does. Short GBK words can look like Cyrillic in UTF-8.
    """
    text = raw.replace("+", " ") if "+" in raw else raw
    if "%" not in text:
        return text
    decoded = _decode_once(text, encodings)
    # Values that went through several redirects are escaped several times.
    for _ in range(2):
        if decoded is None or "%" not in decoded or not decoded.isascii():
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


def is_macro(value: str) -> bool:
    """Whether the value holds a placeholder that the ad platform should have replaced."""
    return _MACRO.search(value) is not None


def _split_host(text: str) -> tuple[str, str]:
    head = _HEAD.match(text)
    if head is None:
        bare = _BARE_HOST.match(text)
        end = bare.end() if bare else 0
        authority, rest = text[:end], text[end:]
    else:
        authority, rest = head[2], text[head.end() :]
    host = authority.rpartition("@")[2].lower()
    if host.startswith("["):
        return host[1:].partition("]")[0], rest
    host = clean_text(host.partition(":")[0]).rstrip(".")
    return (host if len(host) <= 253 else ""), rest


def _path_with_route(path: str, fragment: str) -> str:
    if fragment.startswith(("/", "!/")):
        return f"{path or '/'}#{fragment.partition('?')[0]}"
    return path


def _pairs(query: str, fragment: str) -> Iterator[tuple[str, str]]:
    if query:
        yield from _parameters(query)
    if "=" in fragment:
        before, mark, after = fragment.partition("?")
        yield from _parameters(after if mark else before)


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if not equals:
            # A query that was escaped as a whole, its "=" and "&" too.
            if "%3d" in name.lower():
                yield from _plain(_ESCAPED_SYNTAX.sub(lambda escape: _SYNTAX[escape[0].lower()], name))
            continue
        if "?" in value:
            value, tail = _appended(value)
            if tail:
                yield from _plain(tail)
        yield _name(name), value


def _plain(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if equals:
            yield _name(name), value


def _appended(value: str) -> tuple[str, str]:
    """Splits `b?utm_source=c`, as templates make it that append a second "?"; a nested URL stays whole."""
    own, _, tail = value.partition("?")
    return (value, "") if "/" in own or "=" not in tail else (own, tail)


def _name(name: str) -> str:
    if ";" in name:
        while name.startswith("amp;"):
            name = name[4:]
    if "%" in name:
        name = decode_text(name) or name
    return name.lower()


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
    return bytes.fromhex(escapes[0].replace("%u", "")).decode("utf-16-be", "replace")


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


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
