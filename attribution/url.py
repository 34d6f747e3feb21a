"""URLs as they are in the wild: what they name, what their parameters say, in whatever encoding."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from attribution.escapes import clean_text, decode_text
from attribution.placeholders import says_nothing

MAX_LENGTH = 8192
"""Characters of a URL that are looked at."""

_HEAD = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]{0,31}):)?//([^/?#\\]*)")
_BARE_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?=[:/?#]|$)", re.IGNORECASE)
_SYNTAX = {"%3d": "=", "%26": "&", "%25": "%"}
_ESCAPED_SYNTAX = re.compile("|".join(_SYNTAX), re.IGNORECASE)
# "&" as an entity of HTML, once or several times; the "#" of "&#38;" began what looks like a fragment.
_AND = r"(?:amp;|#?0{0,9}38;|#?x0{0,9}26;)"
_AND_BEFORE = re.compile(rf"{_AND}+")
_TAG = r"(?:utm[_\-]|hm(?:sr|md|pl|kw|ci|cu)\b)"
# Where the next tag begins in a value that should have ended: ";utm_medium=" or "%26utm_medium%3D".
_NEXT_TAG = re.compile(
    rf"(?:;|\?|%(?:25){{0,3}}(?:3B|26|3F))(?:{_AND}|amp%3B){{0,4}}(?={_TAG})", re.IGNORECASE
)
# Tags appended to a path as if it had a query already: "/offer&utm_source=", "/offer%3Futm_source%3D".
_TAGS_IN_PATH = re.compile(rf"(?:[&;,]|%(?:25){{0,3}}(?:3F|26))(?:{_AND}){{0,4}}(?={_TAG})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_. ]+")
_INDEX = re.compile(r"\[\w{0,9}\]$")


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
    path, query, fragment = _parts(rest)
    parameters: dict[str, str] = {}
    repeated: dict[str, None] = {}
    for name, value in _pairs(query, fragment):
        first = parameters.get(name)
        if first is None:
            parameters[name] = value
        elif value and value != first:
            repeated[name] = None
            if says_nothing(decode_text(first) or ""):
                parameters[name] = value
    return Url(host, _path_with_route(path, fragment), parameters, tuple(repeated), truncated)


@lru_cache(maxsize=8192)
def split_referrer(referrer: str) -> Url:
    """The parts of a referrer; many visits have the same."""
    return split_url(referrer)


def page_of(url: str) -> tuple[str, str]:
    """Host and readable path of a page, without parameters; a fragment that is a route (#/…) stays."""
    return _page_of(url if len(url) <= MAX_LENGTH else url[:MAX_LENGTH])


@lru_cache(maxsize=16384)
def _page_of(url: str) -> tuple[str, str]:
    text = url.strip()
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    host, rest = _split_host(text)
    path, _, fragment = _parts(rest)
    path = _path_with_route(path, fragment)
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


def _parts(rest: str) -> tuple[str, str, str]:
    """Path, query and fragment of what follows the host; tags that stand in the path belong to the query."""
    rest, _, fragment = rest.partition("#")
    path, _, query = rest.partition("?")
    path, tags = _without_tags(path)
    return path, f"{query}&{tags}" if query and tags else query or tags, fragment


def _without_tags(path: str) -> tuple[str, str]:
    found = _TAGS_IN_PATH.search(path) if "utm" in path or "UTM" in path else None
    return (path[: found.start()], path[found.end() :]) if found else (path, "")


def _path_with_route(path: str, fragment: str) -> str:
    if fragment.startswith(("/", "!/")):
        return f"{path or '/'}#{_without_tags(fragment.partition('?')[0])[0]}"
    return path


def _pairs(query: str, fragment: str) -> Iterator[tuple[str, str]]:
    if query:
        yield from _parameters(query)
    if "=" in fragment:
        before, mark, after = fragment.partition("?")
        yield from _parameters(after if mark else before)


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    if "=3D" in query and query.count("=3D") == query.count("="):
        # Quoted-printable of an e-mail writes "=" as "=3D".
        query = query.replace("=3D", "=")
    escaped = "%" in query or ";" in query
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if not equals:
            # A query that was escaped as a whole, its "=" and "&" too.
            if "%3d" in name.lower():
                yield from _unescaped(name)
            continue
        if "?" in value:
            value, tail = _appended(value)
            if tail:
                yield from _plain(tail if "/" in tail else tail.replace("?", "&"))
        if escaped and ("utm" in value or "hm" in value or "UTM" in value):
            value, *tags = _apart(value)
            for tag in tags:
                yield from _plain(tag) if "=" in tag else _unescaped(tag)
        yield _name(name), value


def _unescaped(query: str) -> Iterator[tuple[str, str]]:
    for _ in range(3):
        if "=" in query:
            break
        query = _ESCAPED_SYNTAX.sub(lambda escape: _SYNTAX[escape[0].lower()], query)
    return _plain(query)


def _plain(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        if equals:
            yield _name(name), value


def _appended(value: str) -> tuple[str, str]:
    """Splits `b?utm_source=c`, as templates make it that append a second "?"; a nested URL stays whole."""
    own, _, tail = value.partition("?")
    return (value, "") if "/" in own or "=" not in tail else (own, tail)


def _apart(value: str) -> list[str]:
    """Splits `b;utm_medium=c` and `b%26utm_medium%3Dc` before each tag; a nested URL stays whole."""
    return [value] if "/" in value or "%2f" in value.lower() else _NEXT_TAG.split(value)


def _name(name: str) -> str:
    return _short_name(name) if len(name) <= 64 else _plain_name(name)


def _plain_name(name: str) -> str:
    if "%" in name:
        name = decode_text(name) or name
    name = name.lower().lstrip("?")
    if ";" in name and (ands := _AND_BEFORE.match(name)):
        name = name[ands.end() :]
    elif name.startswith("amputm"):
        name = name[3:]
    return _tag_name(name) if name.startswith("utm") and not name.isidentifier() else name


_short_name = lru_cache(maxsize=4096)(_plain_name)


def _tag_name(name: str) -> str:
    """One spelling for utm-source, utm.source, utm_source[] and the like."""
    return _SEPARATORS.sub("_", _INDEX.sub("", name))


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
