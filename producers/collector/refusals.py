"""How a request is refused: a status and one sentence."""

from collections.abc import Iterable
from typing import Any


class RefusedError(Exception):
    """A request that is answered with `status` and a sentence; `rejected` are its events' own reasons.

    `retry_after` says after how many seconds it may be sent again, None that we don't know better than usual.
    """

    def __init__(
        self, status: int, text: str, rejected: Iterable[Any] = (), retry_after: float | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.rejected = tuple(rejected)
        self.retry_after = retry_after
