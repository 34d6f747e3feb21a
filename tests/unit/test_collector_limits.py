"""What one caller may cost: memory, bytes in work, connections."""

import asyncio
import gzip
import tracemalloc
import zlib

import pytest

from producers.collector.limits import Budget, BusyError, Guard, MalformedError, TooLargeError, unpacked

LARGEST = 500 << 10


def test_a_plain_body_is_itself() -> None:
    assert unpacked(b'{"a": 1}', LARGEST) == b'{"a": 1}'
    assert unpacked(b"", LARGEST) == b""


def test_compressed_bodies_are_unpacked_whatever_the_header_says() -> None:
    assert unpacked(gzip.compress(b"[1]", mtime=0), LARGEST) == b"[1]"
    assert unpacked(zlib.compress(b"[1]"), LARGEST) == b"[1]"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(100 << 20), mtime=0)
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        unpacked(bomb, LARGEST)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize(
    "body", [gzip.compress(b"[1, 2, 3]", mtime=0)[:-9], b"\x1f\x8bnonsense", b"x\x9cnonsense", b"\x1f\x8b"]
)
def test_a_damaged_body_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        unpacked(body, LARGEST)


def test_what_is_in_work_is_bounded_and_given_back() -> None:
    budget = Budget(100)
    with budget.lease() as reserve:
        reserve(60)
        with budget.lease() as other:
            other(30)
            with pytest.raises(BusyError):
                other(11)
        reserve(40)
        assert budget.left == 0
    assert budget.left == 100


class Wire:
    """A transport that can only be cut."""

    def __init__(self) -> None:
        self.cut = False

    def abort(self) -> None:
        self.cut = True


def test_the_one_that_waits_longest_makes_room_and_one_in_work_never() -> None:
    async def story() -> None:
        guard = Guard(most=2, patience=60)
        busy, idle, late, last = Wire(), Wire(), Wire(), Wire()
        assert guard.opened(busy)
        assert guard.opened(idle)
        guard.asks(busy)
        assert guard.opened(late)
        assert (busy.cut, idle.cut, late.cut) == (False, True, False)
        guard.asks(late)
        assert not guard.opened(last)
        guard.closed(busy)
        assert guard.opened(last)

    asyncio.run(story())


def test_who_keeps_us_waiting_is_cut_off_and_who_asked_is_not() -> None:
    async def story() -> None:
        guard = Guard(most=10, patience=0.02)
        silent, asking, done = Wire(), Wire(), Wire()
        for wire in (silent, asking, done):
            guard.opened(wire)
        guard.asks(asking)
        guard.asks(done)
        guard.waits(done)
        await asyncio.sleep(0.1)
        assert (silent.cut, asking.cut, done.cut) == (True, False, True)

    asyncio.run(story())
