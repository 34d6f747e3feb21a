"""Requests to a CRM's interface: bounded in time and size, repeated where that may help, and secret."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

_MAY_PASS: Final = frozenset({408, 423, 425, 429, 500, 502, 503, 504})
_CHUNK: Final = 1 << 16


class BackfillError(Exception):
    """A CRM doesn't tell what it was asked; the text is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take and how large it may be, how often and how long it is asked anew."""

    seconds: float = 120.0
    most_bytes: int = 64 << 20
    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that came whole: `body` is what its JSON says, None if it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


Refusal = Callable[[Answer], str]


@dataclass(slots=True)
class Asker:
    """Asks one CRM at `url`, which is https or this machine's loopback; redirects are not followed.

    `headers` hold the secret, and are never told. `hopeless` returns why a busy answer will not get better
    today, "" if it may; `sleep` waits for so many seconds.
    """

    session: aiohttp.ClientSession
    url: str
    headers: Mapping[str, str] = field(repr=False)
    hopeless: Refusal = lambda _: ""
    patience: Patience = field(default_factory=Patience)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def ask(
        self,
        path: str,
        document: Any = None,
        parameters: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Get a path, or post a document or a form to it; return the answer, whatever its status.

        It is asked anew where the connection breaks or the server is busy. Raises BackfillError.
        """
        host = urlsplit(self.url).hostname or ""
        for attempt in range(1, self.patience.attempts + 1):
            least = 0.0
            try:
                answer = await self._once(path, document, parameters, form)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = f"{host} can't be reached or didn't end its answer ({type(error).__name__})"
            else:
                if answer.status not in _MAY_PASS:
                    return answer
                if reason := self.hopeless(answer):
                    raise BackfillError(reason)
                why = f"{host} is busy (HTTP {answer.status})"
                stated = answer.headers.get("Retry-After", "")
                least = float(stated[:6]) if stated.isdigit() else 0.0
            if attempt == self.patience.attempts or least > self.patience.longest_wait:
                break
            grown = min(self.patience.first_wait * 2.0 ** (attempt - 1), self.patience.longest_wait)
            # Those who were refused together shall not come back together.
            await self.sleep(max(least, grown) * random.uniform(1.0, 1.25))  # noqa: S311 - no secret
        raise BackfillError(
            f"{why}: it was asked {attempt} times; run it again later, and it goes on from there"
        )

    async def _once(
        self,
        path: str,
        document: Any,
        parameters: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
    ) -> Answer:
        limit = aiohttp.ClientTimeout(total=self.patience.seconds, sock_connect=20.0)
        async with self.session.request(
            "GET" if document is None and form is None else "POST",
            self.url + path,
            json=document,
            data=form,
            params=parameters,
            headers=self.headers,
            timeout=limit,
            allow_redirects=False,
        ) as response:
            body = bytearray()
            async for piece in response.content.iter_chunked(_CHUNK):
                body += piece
                if len(body) > self.patience.most_bytes:
                    raise BackfillError(f"an answer is larger than {self.patience.most_bytes >> 20} MB")
            return Answer(response.status, response.headers, _parsed(bytes(body)))


def words(text: object, most: int = 200) -> str:
    """Return what a CRM says as one line for people."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[:most]}…"


def _parsed(body: bytes) -> Any:
    try:
        # Money is told as it is written, and not as the nearest binary fraction.
        return json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        return None
