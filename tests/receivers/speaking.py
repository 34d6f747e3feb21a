"""What the sender speaks through to fakes instead of HTTP, each behind the name of its host."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from outbox.destination import Answer, Request
from outbox.speaking import LostError
from receivers.asked import Asked, Receiver
from receivers.asked import LostError as LostThere


class Speaking:
    """Fakes by the names of their hosts, at the time of a clock (ms)."""

    def __init__(self, clock: Callable[[], int], receivers: Mapping[str, Receiver]) -> None:
        self._clock, self._receivers = clock, receivers

    async def ask(self, request: Request, seconds: float, allows_private: bool) -> Answer:
        del seconds, allows_private
        headers = {name.lower(): value for name, value in request.headers.items()}
        receiver = self._receivers[urlsplit(request.url).hostname or ""]
        try:
            answered = receiver.answer(
                Asked(request.method, request.url, headers, request.body), self._clock()
            )
        except LostThere:
            raise LostError("it did not answer") from None
        named = {name.lower(): value for name, value in answered.headers.items()}
        return Answer(status=answered.status, headers=named, body=answered.body, at=self._clock())
