"""The one way of requests to others' servers: within limits of time and size, and without redirects."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from time import time
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from outbox.destination import LARGEST_ANSWER, Answer, Request

_CONNECT_WITHIN: Final = 10.0


class UnreachableError(Exception):
    """Nothing was sent, for sure; the text says why, without any address."""


class LostError(Exception):
    """It was sent, and there is no answer: it may have been taken or not; the text says why."""


class Speaker(Protocol):
    """Sends requests; raises UnreachableError and LostError, and nothing else for what a server does."""

    async def ask(self, request: Request, seconds: float, allows_private: bool) -> Answer:
        """Send a request, and wait for the answer for so many seconds."""
        ...


class HttpSpeaker:
    """Speaks HTTP; use it as a context, in one event loop."""

    def __init__(self, resolver: Callable[[], AbstractResolver] = ThreadedResolver) -> None:
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        for allows_private in (False, True):
            resolver = self._resolver() if allows_private else PublicResolver(self._resolver())
            self._sessions[allows_private] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit_per_host=4),
                cookie_jar=aiohttp.DummyCookieJar(),
                # An answer must not be larger than it looks.
                auto_decompress=False,
                headers={"User-Agent": "Leadtrace", "Accept-Encoding": "identity"},
            )
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()

    async def ask(self, request: Request, seconds: float, allows_private: bool) -> Answer:
        """Send a request, and wait for the answer for so many seconds."""
        if not allows_private:
            _demand_public(request.url)
        return await _answered(self._sessions[allows_private], request, seconds)


async def _answered(session: aiohttp.ClientSession, request: Request, seconds: float) -> Answer:
    try:
        async with session.request(
            request.method,
            request.url,
            data=request.body or None,
            headers=dict(request.headers),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds, connect=min(seconds, _CONNECT_WITHIN)),
        ) as response:
            body = await _some(response.content.readany)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(status=response.status, headers=headers, body=body, at=int(time() * 1000))
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, PrivateAddressError):
            raise UnreachableError(str(error.os_error)) from None
        raise UnreachableError("it can't be reached") from None
    except aiohttp.ConnectionTimeoutError:
        raise UnreachableError("it can't be reached in time") from None
    except aiohttp.InvalidURL:
        raise UnreachableError("its address can't be used") from None
    except TimeoutError:
        raise LostError(f"it did not answer within {seconds:.0f} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise LostError(f"it broke off ({type(error).__name__})") from None


async def _some(read: Callable[[], Awaitable[bytes]]) -> bytes:
    """The beginning of a body; the rest is left where it is."""
    body = bytearray()
    while len(body) < LARGEST_ANSWER:
        part = await read()
        if not part:
            break
        body += part
    return bytes(body[:LARGEST_ANSWER])


class PrivateAddressError(OSError):
    """A name leads to an address that is not public."""


class PublicResolver(AbstractResolver):
    """Resolves names, but not to addresses within one's own networks: nobody shall be sent there."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises PrivateAddressError if any of the addresses is not public."""
        found = await self._inner.resolve(host, port, family)
        for each in found:
            if not is_public(each["host"]):
                raise PrivateAddressError(PRIVATE)
        return found

    async def close(self) -> None:
        """Close what resolves."""
        await self._inner.close()


UNENCRYPTED: Final = (
    "its address is not https, which only allow_private = true would allow, for one's own network"
)
PRIVATE: Final = "its address lies in a private network, which allow_private = true would allow"


def is_public(address: str) -> bool:
    """Whether an IP address is one of the whole internet; False for what is no IP address."""
    try:
        ip: Any = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(ip, "ipv4_mapped", None)
    return bool((inner or ip).is_global) and not ip.is_multicast


def _demand_public(url: str) -> None:
    """Let nothing out of one's own networks unencrypted: credentials and addresses of leads go with it."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise UnreachableError(UNENCRYPTED)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_public(host):
        raise UnreachableError(PRIVATE)


async def wait_for(seconds: float, wake: asyncio.Event) -> None:
    """Wait for so many seconds, or until somebody wakes us."""
    try:
        await asyncio.wait_for(wake.wait(), seconds)
    except TimeoutError:
        return
    wake.clear()
