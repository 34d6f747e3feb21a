"""The network of the fault tests does what it promises: otherwise they would prove nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from faults.proxy import Network, Way

pytestmark = pytest.mark.enable_socket


class Counter:
    """A server that adds up the bytes of each connection, and answers how many they are after each line."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as lines:
            try:
                for line in lines:
                    self.heard.append(line)
                    lines.write(b"%d\n" % len(line))
                    lines.flush()
            except OSError:
                return

    def close(self) -> None:
        with suppress(OSError):  # it has ended before
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def counter() -> Iterator[Counter]:
    server = Counter()
    yield server
    server.close()


@pytest.fixture
def way(counter: Counter) -> Iterator[Way]:
    with Network() as network:
        yield network.way("client", {0: counter.port})


@contextmanager
def connection(way: Way, patience: float = 5.0) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", way.ports[0]), patience) as client:
        yield client


def ask(client: socket.socket, line: bytes) -> bytes:
    client.sendall(line)
    return client.recv(100)


def soon(condition: object) -> bool:
    until = time.monotonic() + 5
    while not condition():  # type: ignore[operator]  # a condition is called
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_in_fair_weather_everything_arrives_at_once(way: Way, counter: Counter) -> None:
    with connection(way) as client:
        began = time.monotonic()
        assert [ask(client, b"x" * size + b"\n") for size in (1, 2, 100_000)] == [b"2\n", b"3\n", b"100001\n"]
        assert time.monotonic() - began < 1


def test_latency_is_added_in_both_directions_and_keeps_the_order(way: Way, counter: Counter) -> None:
    way.change(latency=0.2)
    with connection(way) as client:
        began = time.monotonic()
        client.sendall(b"one\n")
        time.sleep(0.05)
        client.sendall(b"seven\n")
        assert client.recv(100) == b"4\n"
        assert 0.4 <= time.monotonic() - began < 0.8
        assert client.recv(100) == b"6\n"
    assert counter.heard == [b"one\n", b"seven\n"]


def test_a_narrow_way_takes_as_long_as_its_bandwidth_says(way: Way) -> None:
    way.change(bandwidth=100_000)
    with connection(way) as client:
        began = time.monotonic()
        assert ask(client, b"x" * 49_999 + b"\n") == b"50000\n"
        assert 0.5 <= time.monotonic() - began < 2


def test_held_bytes_arrive_in_their_order_when_the_way_is_clear(way: Way, counter: Counter) -> None:
    with connection(way) as client:
        assert ask(client, b"before\n") == b"7\n"
        way.change(held=True)
        client.sendall(b"held\n")
        client.sendall(b"held, too\n")
        time.sleep(0.2)
        assert counter.heard == [b"before\n"]
        way.clear()
        assert soon(lambda: len(counter.heard) == 3)
    assert counter.heard == [b"before\n", b"held\n", b"held, too\n"]


def test_held_bytes_arrive_though_their_sender_is_gone(way: Way, counter: Counter) -> None:
    with connection(way) as client:
        way.change(held=True)
        with connection(way) as late:
            late.sendall(b"opened while bytes are held\n")
        client.sendall(b"from the past\n")
    time.sleep(0.2)
    assert counter.heard == []
    way.clear()
    assert soon(lambda: set(counter.heard) == {b"from the past\n", b"opened while bytes are held\n"})


def test_the_first_bytes_to_be_held_can_be_named(way: Way, counter: Counter) -> None:
    with connection(way) as client:
        seen = way.when_said(b"secret", held=True)
        assert ask(client, b"plain\n") == b"6\n"
        assert not seen.is_set()
        client.sendall(b"a secret\n")
        assert seen.wait(5)
        time.sleep(0.1)
        assert counter.heard == [b"plain\n"]
        way.clear()
        assert client.recv(100) == b"9\n"


def test_a_black_hole_answers_nothing_and_breaks_what_it_swallowed_from(way: Way, counter: Counter) -> None:
    with connection(way, 0.3) as client, connection(way) as idle:
        assert ask(idle, b"idle\n") == b"5\n"
        way.change(black_hole=True)
        with pytest.raises(TimeoutError):
            ask(client, b"swallowed\n")
        with connection(way, 0.3) as other, pytest.raises(TimeoutError):
            ask(other, b"not even connected\n")
        way.clear()
        with pytest.raises(ConnectionError):
            client.recv(100)
        assert ask(idle, b"still here\n") == b"11\n", "nothing of it was lost"
    assert b"swallowed\n" not in counter.heard


def test_who_is_deaf_is_heard_but_hears_no_answer(way: Way, counter: Counter) -> None:
    with connection(way, 0.3) as client:
        seen = way.when_said(b"apply", deaf=True)
        with pytest.raises(TimeoutError):
            ask(client, b"apply this\n")
        assert seen.is_set()
        assert counter.heard == [b"apply this\n"]
        way.clear()
        with pytest.raises(ConnectionError):
            client.recv(100)


def test_a_reset_cuts_what_is_connected_and_a_closed_way_lets_nobody_in(way: Way) -> None:
    with connection(way) as client:
        assert ask(client, b"one\n") == b"4\n"
        way.reset()
        with pytest.raises(ConnectionError):
            client.recv(100)
    with connection(way) as client:
        assert ask(client, b"again\n") == b"6\n"
    way.change(closed=True)
    with pytest.raises(ConnectionError), connection(way) as client:
        client.recv(100)


def test_the_end_of_a_server_reaches_its_clients(way: Way, counter: Counter) -> None:
    counter.close()
    with pytest.raises(ConnectionError), connection(way) as client:
        client.recv(100)
