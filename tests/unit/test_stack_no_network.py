"""A unit test that opens a socket learns which marker it lacks."""

import asyncio
import socket

import pytest
from pytest_socket import SocketBlockedError


def test_a_socket_is_refused_with_the_name_of_the_marker() -> None:
    with pytest.raises(SocketBlockedError, match=r"@pytest\.mark\.servers"):
        socket.create_connection(("127.0.0.1", 9))
    with pytest.raises(SocketBlockedError):
        socket.socket()


def test_an_event_loop_still_runs() -> None:
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"


@pytest.mark.enable_socket
def test_a_test_that_says_so_may_listen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname()[1] > 0
