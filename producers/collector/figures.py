"""What the collector tells of itself to whoever runs it: how many requests it answered how, at /status."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from producers.collector.answering import WEBHOOKS, json_answer
from producers.collector.entrance import BRINGS_EVENTS
from producers.collector.keys import Keys, Scope, credentials_in
from producers.collector.refusals import RefusedError
from settings import PREFIX, Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Figures:
    """Counts answers since the start, by what was asked for and by status. It keeps nothing of a request."""

    def __init__(self, settings: Settings, keys: Keys, clock: Callable[[], int]) -> None:
        self._keys = keys
        self._clock = clock
        self._began = clock()
        self._installation = settings.installation
        self._answers: Counter[tuple[str, int]] = Counter()

    def counting(self) -> Any:
        """Make the middleware that counts; as the first one it sees the answers of all others."""

        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            self._answers[_area(request), response.status] += 1
            return response

        return count

    async def status(self, request: web.Request) -> web.Response:
        """Answer whoever shows an admin key."""
        if not self._keys.has(Scope.ADMIN):
            raise RefusedError(
                403, f"this is closed: set {PREFIX}COLLECTOR_ADMIN_KEYS to a key that opens it"
            )
        scopes = self._keys.scopes_of(credentials_in(request) or ())
        if Scope.ADMIN not in scopes:
            raise RefusedError(403 if scopes else 401, "this takes an admin key, as Authorization: Bearer")
        answers: dict[str, dict[str, int]] = {}
        for (area, code), number in sorted(self._answers.items()):
            answers.setdefault(area, {})[str(code)] = number
        seconds = (self._clock() - self._began) // 1000
        return json_answer({"installation": self._installation, "seconds": seconds, "answers": answers})


def _area(request: web.Request) -> str:
    if request.path.startswith("/v1/") or BRINGS_EVENTS in request:
        return "events"
    return "webhooks" if request.path.startswith(WEBHOOKS) else "others"
