"""What one caller may cost: memory, bytes in work, connections."""

import asyncio
import gzip
import tracemalloc
import zlib
from contextlib import ExitStack

import pytest

from producers.collector.budget import Budget, BusyError, Lease
from producers.collector.connections import Guard
from producers.collector.unpacking import MalformedError, TooLargeError, unpacked

LARGEST = 500 << 10


def test_a_plain_body_is_itself() -> None:
    assert unpacked(b'{"a": 1}', LARGEST) == b'{"a": 1}'
    assert unpacked(b"", LARGEST) == b""


def test_compressed_bodies_are_unpacked_whatever_the_header_says() -> None:
    assert unpacked(gzip.compress(b"[1]", mtime=0), LARGEST) == b"[1]"
    assert unpacked(zlib.compress(b"[1]"), LARGEST) == b"[1]"


def test_a_body_packed_piece_by_piece_is_joined() -> None:
    pieces = gzip.compress(b"[1,", mtime=0) + gzip.compress(b"2]", mtime=0)
    assert unpacked(pieces + bytes(7), LARGEST) == b"[1,2]"


def test_what_pieces_unpack_to_counts_together() -> None:
    with pytest.raises(TooLargeError):
        unpacked(gzip.compress(bytes(LARGEST // 2)) * 3, LARGEST)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(100 << 20), mtime=0)
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        unpacked(bomb, LARGEST)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize(
    "body",
    [
        *(gzip.compress(b"[1, 2, 3]", mtime=0)[:-9], b"\x1f\x8bnonsense", b"x\x9cnonsense", b"\x1f\x8b"),
        gzip.compress(gzip.compress(b"[1]", mtime=0), mtime=0),
        gzip.compress(b"[1]", mtime=0) + b"[2]",
        gzip.compress(b"", mtime=0) * 100,
    ],
)
def test_a_damaged_body_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        unpacked(body, LARGEST)


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_is_in_work_is_bounded_and_given_back() -> None:
    budget = Budget(1000, Clock())
    with budget.lease() as lease:
        lease.reserve(600)
        with budget.lease() as other:
            other.reserve(300)
            with pytest.raises(BusyError):
                other.reserve(101)
        lease.reserve(400)
        assert budget.left == 0
    assert budget.left == 1000


def test_bodies_on_their_way_make_room_and_those_that_came_never_do() -> None:
    clock, given_up = Clock(), list[str]()
    budget = Budget(1000, clock)
    with ExitStack() as leases:

        def body(name: str, size: int, is_known: bool = False) -> Lease:
            lease = leases.enter_context(budget.lease(is_known))
            leases.enter_context(lease.read(lambda: given_up.append(name)))
            lease.reserve(size)
            return lease

        came = leases.enter_context(budget.lease())
        came.reserve(300)
        body("long there, with a key", 100, is_known=True)
        clock.now = 1
        body("long there", 200)
        clock.now = 2
        body("large, not so long there", 300)
        clock.now = 3
        body("new", 150)
        assert given_up == ["long there"]
        body("new, too", 200)
        assert given_up == ["long there", "large, not so long there"]
        assert came.held == 300
        body("larger than the rest", 200)
        with pytest.raises(BusyError):
            body("too large", 600)
        assert "long there, with a key" not in given_up


def test_large_requests_leave_room_for_small_ones() -> None:
    budget = Budget(1 << 20, Clock())
    with ExitStack() as leases:
        for _ in range(3):
            leases.enter_context(budget.lease()).reserve(1 << 18)
        large = leases.enter_context(budget.lease())
        with pytest.raises(BusyError):
            large.reserve(1 << 17)
        for _ in range(16):
            leases.enter_context(budget.lease()).reserve(16 << 10)
        assert budget.left == 0


class Wire:
    """A transport that can only be cut."""

    def __init__(self, address: str = "192.0.2.1") -> None:
        self.cut = False
        self._address = address

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        return self._address, 4711

    def abort(self) -> None:
        self.cut = True


def test_the_one_that_waits_longest_makes_room_and_one_in_work_never() -> None:
    async def story() -> None:
        guard = Guard(most=2, patience=60)
        busy, idle, late, last = Wire(), Wire(), Wire(), Wire()
        assert guard.opened(busy)
        assert guard.opened(idle)
        guard.asks(busy)
        guard.works(busy)
        assert guard.opened(late)
        assert (busy.cut, idle.cut, late.cut) == (False, True, False)
        guard.asks(late)
        guard.works(late)
        assert not guard.opened(last)
        guard.closed(busy)
        assert guard.opened(last)

    asyncio.run(story())


def test_a_body_on_its_way_makes_room_where_nobody_waits() -> None:
    async def story() -> None:
        guard = Guard(most=2, patience=60)
        slow, slower, new = Wire(), Wire(), Wire()
        for wire in (slower, slow):
            guard.opened(wire)
            guard.asks(wire)
        assert guard.opened(new)
        assert (slower.cut, slow.cut) == (True, False)

    asyncio.run(story())


def test_one_address_has_only_its_share_of_connections() -> None:
    async def story() -> None:
        guard = Guard(most=10, patience=60, most_of_one=3)
        theirs = [Wire() for _ in range(5)]
        ours = [Wire("192.0.2.2") for _ in range(3)]
        assert all(guard.opened(wire) for wire in (*ours, *theirs))
        assert [wire.cut for wire in theirs] == [True, True, False, False, False]
        assert not any(wire.cut for wire in ours)

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
