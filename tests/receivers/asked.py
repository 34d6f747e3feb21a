"""A request as a platform sees it, its answer, and a bad line between the two."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request: its URL with the query, its headers by small names, its body as it was sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.url).query).items()}

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def json(self) -> Any:
        """The body; None if it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Answered:
    """What a platform says."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Any, status: int = 200, **headers: str) -> "Answered":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(told, ensure_ascii=False).encode(), named)


class Receiver(Protocol):
    """A platform: `now` is its clock, in UTC milliseconds."""

    def answer(self, asked: Asked, now: int) -> Answered: ...


class LostError(Exception):
    """No answer came: whether the request arrived, nobody on this side can know."""


class Troubled:
    """A platform behind a bad line: a request may be lost before it, its answer after it, or meet a 5xx."""

    def __init__(self, receiver: Receiver, dice: random.Random, odds: float) -> None:
        self._receiver, self._dice, self.odds = receiver, dice, odds

    def answer(self, asked: Asked, now: int) -> Answered:
        if self._dice.random() >= self.odds:
            return self._receiver.answer(asked, now)
        trouble = self._dice.choice(("before", "after", "503", "502 after", "nonsense after"))
        if trouble == "before":
            raise LostError
        if trouble == "503":
            return Answered(503, b"upstream connect error")
        answered = self._receiver.answer(asked, now)
        if trouble == "502 after":
            return Answered(502, b"<html>Bad Gateway</html>")
        if trouble == "nonsense after":
            return Answered(answered.status, b"<html>\xff")
        raise LostError
