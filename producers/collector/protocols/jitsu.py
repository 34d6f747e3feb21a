"""Jitsu's HTTP API: Segment's calls, one in each request, at paths of its own.

Its SDKs send nothing twice, show their key in a header alone (in the body it is masked), and load code of
others into the page if the answer names destinations: it never does.
"""

from functools import partial
from typing import Any, Final

from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.entrance import Entrance, Route, shown
from producers.collector.keys import credentials_in
from producers.collector.protocols.segment import understood_batch, understood_single
from producers.publishing.collected import Collected
from producers.website.segment import LARGEST_BATCH, LARGEST_EVENT, TYPES

SOURCE: Final = "jitsu"
BASES: Final = ("/api/s", "/api/s/s2s")
KEY: Final = b"x-write-key"


def routes() -> tuple[Route, ...]:
    """Return its paths."""
    batch = Entrance(
        LARGEST_BATCH, partial(understood_batch, source=SOURCE), keys_before=_key_in_head, answer=_told
    )
    return tuple(
        Route("POST", f"{base}/{path}", served)
        for base in BASES
        for path, served in (*((kind, _single(kind)) for kind in TYPES), ("batch", batch))
    )


def _single(kind: str) -> Entrance:
    understand = partial(understood_single, kind=kind, source=SOURCE)
    return Entrance(LARGEST_EVENT, understand, keys_before=_key_in_head, answer=_told)


def _key_in_head(request: web.Request) -> tuple[bytes, ...]:
    """The key in its header, `ID:SECRET`: all of it or the secret; nothing counts that the body shows."""
    for name, value in request.raw_headers:
        if name.lower() == KEY:
            return value.strip(), value.rpartition(b":")[2].strip()
    return credentials_in(request) or ()


def _told(_: web.Request, told: Collected) -> web.Response:
    answer: dict[str, Any] = {"ok": True}
    if told.rejected:
        answer["rejected"] = shown(told.rejected)
    return json_answer(answer)
