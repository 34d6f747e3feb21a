"""Requests to others' servers: within their time and size, never elsewhere, and not into private networks."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from outbox.destination import LARGEST_ANSWER, Answer, Limits, Request
from outbox.patience import Pace, told_wait
from outbox.speaking import HttpSpeaker, LostError, UnreachableError, is_public

pytestmark = pytest.mark.enable_socket


class Names(AbstractResolver):
    """Every name leads to this address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=self._address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


def asked(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    seconds: float = 5.0,
    allows_private: bool = True,
    host: str = "",
    scheme: str = "http",
) -> Answer:
    async def run() -> Answer:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", handler)
        async with TestServer(app) as server, HttpSpeaker(lambda: Names("127.0.0.1")) as speaker:
            url = f"{scheme}://{host or server.host}:{server.port}/hooks"
            request = Request(method="POST", url=url, body=b"{}", headers={"webhook-id": "msg_1"})
            return await speaker.ask(request, seconds, allows_private)

    return asyncio.run(run())


async def fine(request: web.Request) -> web.Response:
    assert request.headers["webhook-id"] == "msg_1"
    return web.Response(text="ok", headers={"Retry-After": "7"})


def test_an_answer_comes_with_its_status_headers_and_body() -> None:
    answer = asked(fine)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (200, b"ok", "7")


@pytest.mark.parametrize("host", ["", "erp.example.com"])
def test_a_private_address_is_refused_also_behind_a_name_unless_it_is_allowed(host: str) -> None:
    with pytest.raises(UnreachableError, match="private network"):
        asked(fine, allows_private=False, host=host, scheme="https")
    assert asked(fine, host=host).status == 200


def test_nothing_leaves_one_s_own_network_without_encryption() -> None:
    with pytest.raises(UnreachableError, match="not https"):
        asked(fine, allows_private=False, host="erp.example.com")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("10.0.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False), ("fe80::1%eth0", False), ("224.0.0.1", False), ("2606:4700::1", True),
        ("0.0.0.0", False), ("no address", False),
    ],
)  # fmt: skip
def test_what_a_public_address_is(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    visited: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        visited.append(request.path)
        raise web.HTTPFound("/admin")

    assert asked(elsewhere).status == 302
    assert visited == ["/hooks"]


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            return response

    assert len(asked(endless).body) == LARGEST_ANSWER


def test_a_server_that_is_silent_is_given_up_and_may_have_taken_it() -> None:
    async def silent(_request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    with pytest.raises(LostError, match="did not answer"):
        asked(silent, seconds=0.2)


def test_one_that_breaks_off_may_have_taken_it() -> None:
    async def breaks(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    with pytest.raises(LostError, match="broke off"):
        asked(breaks)


def test_where_nobody_listens_nothing_was_sent() -> None:
    async def run() -> None:
        async with HttpSpeaker(lambda: Names("127.0.0.1")) as speaker:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                url = f"http://127.0.0.1:{free.getsockname()[1]}/"
            await speaker.ask(Request(method="POST", url=url), 5.0, True)

    with pytest.raises(UnreachableError, match="can't be reached"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120.0),
        ("Wed, 15 Nov 2023 06:15:00 GMT", 300.0),
        ("999999999", 86_400.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_a_day_at_most(told: str, seconds: float | None) -> None:
    assert told_wait({"retry-after": told}, 1_700_028_600_000) == seconds


def test_requests_keep_their_distance() -> None:
    pace = Pace(Limits(per_second=2.0, per_minute=30))
    pace.asked(1000)
    assert pace.wait(1000) == 2.0, "the stricter of both"
    assert pace.wait(3000) == 0.0
