"""The shape of every answer: JSON, a sentence if something is wrong, the CORS headers of browsers."""

import math
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from producers.collector.admission import Admission
from producers.collector.connections import Guard
from producers.collector.refusals import RefusedError
from producers.collector.tallies import Tally

RETRY_AFTER: Final = 5  # seconds
NOT_FOUND: Final = (
    "there is nothing at this path: events go to /v1/events, those of Segment's SDKs to /v1/batch"
)
WEBHOOKS: Final = "/webhooks/"  # below it, programs post: no page of a browser has anything to ask there
WRONG_METHOD: Final = "this path takes another method: events are sent with POST"
NO_HTTP: Final = "this is no request of HTTP/1.1"
TOO_LONG: Final = "a line of the request's head is longer than 8 KB, or it has more than 128 headers"
MOST_AT_ONCE: Final = 8  # requests that wait on one connection behind the one in work
HURRIED: Final = "wait for an answer before you send more on the same connection"
UNFORESEEN: Final = "something went wrong here; the event was not accepted"
GUARD: Final = web.AppKey("guard", Guard)
TALLY: Final = web.AppKey("tally", Tally)
LOST_BY_429: Final = web.AppKey("lost_by_429", frozenset[str])  # paths whose trackers forget what gets a 429

USUAL_HEADERS: Final = "Authorization, Content-Type, Content-Encoding"
_ORIGIN = re.compile(r"null|[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._~:\[\]-]+")
_HEADER_NAMES = re.compile(r"[A-Za-z0-9_-]{1,64}(\s*,\s*[A-Za-z0-9_-]{1,64}){0,31}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answering(origins: Iterable[str], admission: Admission) -> Any:
    """Make the middleware that gives every answer its shape; of `origins`, "*" stands for any."""
    allowed = frozenset(origins)

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        guard, tally = request.app[GUARD], request.app[TALLY]
        guard.asks(request.transport)
        origin = request.headers.get("Origin", "")
        try:
            if isinstance(request.protocol, Speaking) and request.protocol.is_hurried():
                raise RefusedError(429, HURRIED)
            admission.admit(request)
            if origin and "*" not in allowed and origin not in allowed:
                raise RefusedError(403, "pages of this origin may not send here")
            if request.method == "OPTIONS" and request.path.startswith(WEBHOOKS):
                raise RefusedError(405, "webhooks are posted by programs, and not by pages in a browser")
            # A browser's question before it sends: the answer is the CORS headers.
            response = web.Response(status=204) if request.method == "OPTIONS" else await handler(request)
        except RefusedError as error:
            response = _refusal(error, request)
        except web.HTTPException as error:
            response = _refusal(_own(error), request)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except Exception as error:
            # Neither the text nor the trace of an unforeseen error: they may quote what was sent.
            at = error.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f"{at.tb_frame.f_globals.get('__name__')}:{at.tb_lineno}" if at else "?"
            tally.say(f"unforeseen {type(error).__name__} at {where}")
            response = _refusal(RefusedError(500, UNFORESEEN), request)
        finally:
            guard.waits(request.transport)
        if response.status >= 400:
            tally.refused(response.status)
        if not request.path.startswith(WEBHOOKS):
            varies = response.headers.get("Vary", "")
            response.headers.update(_cors(origin, allowed, request))
            if varies and response.headers["Vary"] != varies:
                response.headers["Vary"] = f"{varies}, {response.headers['Vary']}"
        return response

    return answer


class Speaking(web.RequestHandler):
    """The server's side of a connection, which says in our own words what never becomes a request."""

    __slots__ = ("_tally",)

    def __init__(self, server: web.Server, tally: Tally, **options: Any) -> None:
        super().__init__(server, **options)
        self._tally = tally

    def is_hurried(self) -> bool:
        """Tell whether requests pile up behind the one in work, as of nobody who reads our answers."""
        return len(self._messages) > MOST_AT_ONCE

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the server itself refuses; it logs each, and answers with the line at fault."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of another answer was sent already")
        if status >= 500:
            self._tally.say(f"unforeseen {type(exc).__name__} around a request")
            status, text = 500, UNFORESEEN
        elif isinstance(exc, LineTooLong) or "Too many headers" in (message or ""):
            status, text = 431, TOO_LONG
        else:
            status, text = 400, NO_HTTP
        self._tally.refused(status)
        response = json_answer({"error": text}, status)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; what was refused before our middleware saw it gets its shape here."""
        if isinstance(resp, web.HTTPException):
            self._tally.refused(resp.status)
            resp = json_answer({"error": str(_own(resp))}, resp.status)
            resp.force_close()
        return await super().finish_response(request, resp, start_time)


def json_answer(content: Any, status: int = 200) -> web.Response:
    """Answer with a value as JSON."""
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")


def _own(error: web.HTTPException) -> RefusedError:
    match error.status:
        case 404:
            return RefusedError(404, NOT_FOUND)
        case 405:
            return RefusedError(405, WRONG_METHOD)
        case 417:
            return RefusedError(417, "of all that can be expected, only 100-continue is known")
        case _:
            return RefusedError(error.status, error.reason)


def _cors(origin: str, allowed: frozenset[str], request: web.Request) -> Mapping[str, str]:
    """Let the page read our answer: trackers that can't take what was stored for lost, and send it again.

    Some ask with credentials, which forbids "*"; ours are but the id of a browser.
    """
    if not _ORIGIN.fullmatch(origin) or ("*" not in allowed and origin not in allowed):
        return {}
    readable = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }
    if request.method != "OPTIONS":
        return readable
    # Each tracker has headers of its own, some only when it tries again.
    wanted = request.headers.get("Access-Control-Request-Headers", "")
    return readable | {
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": wanted if _HEADER_NAMES.fullmatch(wanted) else USUAL_HEADERS,
        "Access-Control-Max-Age": "86400",
    }


def _refusal(error: RefusedError, request: web.Request) -> web.Response:
    is_forgotten = error.status == 429 and request.path.rstrip("/") in request.app[LOST_BY_429]
    status = 503 if is_forgotten else error.status
    told: dict[str, Any] = {"error": str(error)}
    if error.rejected:
        told["rejected"] = error.rejected
    response = json_answer(told, status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(math.ceil(error.retry_after or RETRY_AFTER))
    if error.status == 429 or (request.can_read_body and not request.content.is_eof()):
        response.force_close()  # the rest of the body, or more requests, aren't wanted
    return response
