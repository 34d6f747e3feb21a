"""The shape of every answer: JSON, a sentence if something is wrong, the CORS headers of browsers."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from producers.collector.limits import Guard
from producers.collector.refusals import RefusedError

RETRY_AFTER: Final = "5"
NOT_FOUND: Final = (
    "there is nothing at this path: events go to /v1/events, those of Segment's SDKs to /v1/batch"
)
WEBHOOKS: Final = "/webhooks/"  # below it, programs post: no page of a browser has anything to ask there
GUARD: Final = web.AppKey("guard", Guard)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)


def answering(origins: Iterable[str]) -> Any:
    """Make the middleware that gives every answer its shape; of `origins`, "*" stands for any."""
    allowed = frozenset(origins)

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        guard = request.app[GUARD]
        guard.asks(request.transport)
        origin = request.headers.get("Origin", "")
        try:
            if origin and "*" not in allowed and origin not in allowed:
                raise RefusedError(403, "pages of this origin may not send here")
            if request.method == "OPTIONS" and request.path.startswith(WEBHOOKS):
                raise RefusedError(405, "webhooks are posted by programs, and not by pages in a browser")
            # A browser's question before it sends: the answer is the CORS headers.
            response = web.Response(status=204) if request.method == "OPTIONS" else await handler(request)
        except RefusedError as error:
            response = _refusal(error)
        except web.HTTPException as error:
            response = _refusal(
                RefusedError(error.status, NOT_FOUND if error.status == 404 else error.reason)
            )
        except Exception as error:
            # Neither the text nor the trace of an unforeseen error: they may quote what was sent.
            at = error.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f"{at.tb_frame.f_globals.get('__name__')}:{at.tb_lineno}" if at else "?"
            _log.error("unforeseen %s at %s", type(error).__name__, where)
            response = _refusal(RefusedError(500, "something went wrong here; the event was not accepted"))
        finally:
            guard.waits(request.transport)
        if not request.path.startswith(WEBHOOKS):
            response.headers.update(_cors(origin, allowed))
        return response

    return answer


def _cors(origin: str, allowed: frozenset[str]) -> Mapping[str, str]:
    if not origin or ("*" not in allowed and origin not in allowed):
        return {}
    return {
        "Access-Control-Allow-Origin": "*" if "*" in allowed else origin,
        "Access-Control-Allow-Methods": "POST, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
        "Access-Control-Max-Age": "86400",
        "Vary": "Origin",
    }


def _refusal(error: RefusedError) -> web.Response:
    told: dict[str, Any] = {"error": str(error)}
    if error.rejected:
        told["rejected"] = error.rejected
    response = json_answer(told, error.status)
    if error.status == 503:
        response.headers["Retry-After"] = RETRY_AFTER
    if error.status in (401, 408, 413):
        response.force_close()  # the rest of the body isn't wanted
    return response


def json_answer(content: Any, status: int = 200) -> web.Response:
    """Answer with a value as JSON."""
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")
