"""Requests to a platform's interface: bounded in time and size, repeated where that may help, and secret."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from hosts import is_loopback
from producers.sem.pull.platform import PullError

_MAY_PASS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take and how large it may be, how often and how long it is asked anew."""

    seconds: float = 180.0
    most_bytes: int = 64 << 20
    attempts: int = 6
    first_wait: float = 2.0
    longest_wait: float = 300.0
    file_seconds: float = 3600.0
    file_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that came whole: `body` is what its JSON says."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Web:
    """Asks over HTTPS, or this machine's loopback; redirects are not followed.

    `sleep` waits for so many seconds.
    """

    session: aiohttp.ClientSession
    patience: Patience = field(default_factory=Patience)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def ask(
        self,
        url: str,
        *,
        document: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        passing: Callable[[Answer], float | None] = lambda _: None,
    ) -> Answer:
        """Post a document or a form and return the answer, whatever its status.

        It is asked anew where the connection breaks, the server is busy, or `passing` says that it may be
        another answer later: None for no, else the seconds to wait at least. Raises PullError.
        """
        host = urlsplit(url).hostname or ""
        for attempt in range(1, self.patience.attempts + 1):
            try:
                answer = await self._once(url, document, form, headers)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why, least = f"{host} can't be reached or didn't end its answer ({type(error).__name__})", 0.0
            else:
                hinted = passing(answer)
                if hinted is None and answer.status not in _MAY_PASS:
                    return answer
                why = f"{host} is busy (HTTP {answer.status})"
                least = max(hinted or 0.0, _retry_after(answer.headers))
            if attempt == self.patience.attempts or least > self.patience.longest_wait:
                later = f", and asks to wait {least:,.0f} seconds" if least else ""
                raise PullError(f"{why}{later}: it was asked {attempt} times; pull again later")
            await self.sleep(self._wait(attempt, least))
        raise AssertionError("the last attempt returns or raises")

    async def download(self, url: str, path: Path) -> None:
        """Write the file at a URL to a path, piece by piece. Raises PullError."""
        host = urlsplit(url).hostname or ""
        refuse_open_way(url)
        for attempt in range(1, self.patience.attempts + 1):
            try:
                status = await self._into(url, path)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = f"the file at {host} can't be fetched ({type(error).__name__})"
            else:
                if status == 200:
                    return
                why = f"the file at {host} can't be fetched (HTTP {status})"
                if status not in _MAY_PASS:
                    raise PullError(why)
            if attempt == self.patience.attempts:
                raise PullError(f"{why}: it was asked {attempt} times; pull again later")
            await self.sleep(self._wait(attempt, 0.0))

    async def _once(
        self, url: str, document: Any, form: Mapping[str, str] | None, headers: Mapping[str, str] | None
    ) -> Answer:
        limit = aiohttp.ClientTimeout(total=self.patience.seconds, sock_connect=20.0)
        async with self.session.post(
            url,
            json=document if form is None else None,
            data=form,
            headers=headers,
            timeout=limit,
            allow_redirects=False,
        ) as response:
            body = await self._whole(response)
            return Answer(response.status, response.headers, _parsed(body, response.status, url))

    async def _whole(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for piece in response.content.iter_chunked(_CHUNK):
            body += piece
            if len(body) > self.patience.most_bytes:
                raise PullError(
                    f"an answer is larger than {self.patience.most_bytes >> 20} MB, as none of this kind is"
                )
        return bytes(body)

    async def _into(self, url: str, path: Path) -> int:
        limit = aiohttp.ClientTimeout(total=self.patience.file_seconds, sock_connect=20.0, sock_read=120.0)
        written = 0
        async with self.session.get(url, timeout=limit, allow_redirects=False) as response:
            if response.status != 200:
                return response.status
            with path.open("wb") as file:
                async for piece in response.content.iter_chunked(_CHUNK):
                    written += file.write(piece)
                    if written > self.patience.file_bytes:
                        raise PullError(f"a report is larger than {self.patience.file_bytes >> 30} GB")
        return 200

    def _wait(self, attempt: int, least: float) -> float:
        grown = self.patience.first_wait * 2.0 ** (attempt - 1)
        # Those who were refused together shall not come back together.
        apart = random.uniform(1.0, 1.25)  # noqa: S311 - no secret
        return max(least, min(grown, self.patience.longest_wait)) * apart


def refuse_open_way(url: str) -> None:
    """Raise PullError for a URL over which others could read along."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise PullError("the platform names an address that isn't https, which isn't asked")


def words(text: object, most: int = 200) -> str:
    """Return what a platform says as one line for people."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[:most]}…"


def _parsed(body: bytes, status: int, url: str) -> Any:
    if not body.strip():
        return None
    try:
        # Money is told as it is written, and not as the nearest binary fraction.
        return json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        if status in _MAY_PASS or status >= 400:
            return None
        host = urlsplit(url).hostname or ""
        raise PullError(f"{host} answers with something that is no JSON (HTTP {status})") from None


def _retry_after(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time()) if text else 0.0
    except (ValueError, TypeError, OverflowError):
        return 0.0
