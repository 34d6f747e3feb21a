"""How a request is refused: a status and one sentence."""

from collections.abc import Iterable
from typing import Any


class RefusedError(Exception):
    """A request that is answered with `status` and a sentence; `rejected` are its events' own reasons."""

    def __init__(self, status: int, text: str, rejected: Iterable[Any] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.rejected = tuple(rejected)
