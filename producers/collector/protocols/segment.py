"""Segment's HTTP API: batches and single calls, at the paths of its servers' and browsers' SDKs.

Its browser SDK asks for settings before it sends anything: they name this collector, so that the SDK's
`cdnURL` alone brings its events here.
"""

from typing import Any, Final

from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.entrance import Call, Entrance, Route, each_of, too_much
from producers.collector.refusals import RefusedError
from producers.publishing.collected import Steps, collected
from producers.website.facts import by_their_own_clock
from producers.website.segment import (
    LARGEST_BATCH,
    LARGEST_EVENT,
    MOST_EVENTS,
    TIMES,
    fact_of_call,
    merged_context,
)

BATCHES: Final = ("batch", "b", "import")
METRICS: Final = ("metrics", "m")
# Short paths are those of Segment's browser SDK.
SINGLE: Final = {
    "track": "track", "t": "track", "page": "page", "p": "page", "screen": "screen", "s": "screen",
    "identify": "identify", "i": "identify", "group": "group", "g": "group", "alias": "alias", "a": "alias",
}  # fmt: skip


def routes() -> tuple[Route, ...]:
    """Return its paths."""
    batch = Entrance(LARGEST_BATCH, understood_batch)
    metrics = Entrance(LARGEST_BATCH, lambda call: collected((), call.reception.tokeniser))
    return (
        *(Route("POST", f"/v1/{path}", batch) for path in BATCHES),
        *(Route("POST", f"/v1/{path}", _single(kind)) for path, kind in SINGLE.items()),
        *(Route("POST", f"/v1/{path}", metrics) for path in METRICS),
        Route("GET", "/v1/projects/{key}/settings", settings),
    )


async def settings(request: web.Request) -> web.Response:
    """Answer what the browser SDK is to do: send everything here, with its key, and nothing elsewhere.

    The page's own scheme counts, since a page of https sends nowhere else, and proxies often hide theirs.
    """
    secure = "https" in (request.scheme, request.headers.get("X-Forwarded-Proto", "").lower())
    is_https = secure or request.headers.get("Origin", "").startswith("https:")
    told = {
        "apiKey": request.match_info["key"],
        "apiHost": f"{request.host}/v1",
        "protocol": "https" if is_https else "http",
    }
    answer = json_answer({"integrations": {"Segment.io": told}})
    answer.headers["Cache-Control"] = "no-store"  # it repeats what this request says of our name
    return answer


def understood_batch(call: Call, source: str = "") -> Steps:
    """Make facts of the calls of a batch; `source` names the tracker, if its calls don't."""
    batch = call.body.get("batch") if isinstance(call.body, dict) else None
    if not isinstance(batch, list) or not batch:
        raise RefusedError(400, 'the body must be an object with the events in the array "batch"')
    if len(batch) > MOST_EVENTS:
        raise RefusedError(400, f"a batch holds at most {MOST_EVENTS} events: send several")
    context = call.body.get("context")
    if call.size > LARGEST_EVENT and (fault := too_much(context)):
        raise RefusedError(400, f"the context of the batch {fault}")
    events = (merged_context(each, context) for each in batch)
    reception = by_their_own_clock(call.reception, batch, TIMES)
    is_large = call.size > LARGEST_EVENT
    return each_of(events, lambda event: fact_of_call(event, reception, source), reception, is_large)


def understood_single(call: Call, kind: str, source: str = "") -> Steps:
    """Make a fact of one call of a kind, which its path tells."""
    event: Any = call.body | {"type": kind} if isinstance(call.body, dict) else call.body
    reception = by_their_own_clock(call.reception, [event], TIMES)
    return each_of([event], lambda event: fact_of_call(event, reception, source), reception)


def _single(kind: str) -> Entrance:
    return Entrance(LARGEST_EVENT, lambda call: understood_single(call, kind))
