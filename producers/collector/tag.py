"""The tag that websites load, /leadtrace.js: as it is served, and how browsers may keep it."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import Final

from aiohttp import web

from producers.collector.entrance import Route

PATH: Final = "/leadtrace.js"
SOURCE: Final = "leadtrace.js"
MAX_AGE: Final = 3600  # seconds that a browser need not ask for a newer one
_TEXT_OR_SIGN: Final = re.compile(r'("(?:[^"\\]|\\.)*")|[ ]?([-=+*/<>&|?:,;{}()!]+)[ ]?')


def routes() -> tuple[Route, ...]:
    """Return its path."""
    tag = tag_of(tag_source())

    async def serve(request: web.Request) -> web.Response:
        return served(request, tag)

    return tuple(Route(method, PATH, serve) for method in ("GET", "HEAD"))


@dataclass(frozen=True, slots=True)
class Tag:
    """The script as it is, packed, and the mark by which a browser asks whether it has changed."""

    plain: bytes
    packed: bytes
    mark: str


def tag_of(source: str) -> Tag:
    """Make what is served of the tag's source."""
    plain = squeezed(source).encode()
    # Without the time of packing, every collector serves the same bytes under the same mark.
    packed = gzip.compress(plain, compresslevel=9, mtime=0)
    return Tag(plain, packed, f'"{hashlib.blake2b(plain, digest_size=8).hexdigest()}"')


def squeezed(source: str) -> str:
    """Leave out lines that are comments, indentation, and blanks around signs outside of texts."""
    lines = (line.strip() for line in source.splitlines())
    told = (line for line in lines if line and not line.startswith("//"))
    return "\n".join(_TEXT_OR_SIGN.sub(lambda found: found[1] or found[2], line) for line in told) + "\n"


def tag_source() -> str:
    """The tag as it is written."""
    return resources.files(__package__).joinpath(SOURCE).read_text(encoding="utf-8")


def served(request: web.Request, tag: Tag) -> web.Response:
    """Answer a browser that asks for the tag; one that has it already is told so."""
    headers = {
        "Cache-Control": f"public, max-age={MAX_AGE}",
        "ETag": tag.mark,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",  # pages of any site load it
    }
    known = request.headers.get("If-None-Match", "").split(",")
    if tag.mark in {each.strip().removeprefix("W/") for each in known}:
        return web.Response(status=304, headers=headers)
    body = tag.plain
    if "gzip" in request.headers.get("Accept-Encoding", "").lower():
        body, headers["Content-Encoding"] = tag.packed, "gzip"
    return web.Response(body=body, headers=headers, content_type="text/javascript", charset="utf-8")
