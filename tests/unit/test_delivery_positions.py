"""Where to read on is asked for all partitions at once: a far broker costs one round trip, not forty."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError
from faust.types import TP

from streams.positions import ask_at_once, seek_to_committed

PARTITIONS = [TP("facts", number) for number in range(40)]


class Place:
    """What aiokafka knows of the position in one partition."""

    def __init__(self, group: "Group", tp: TP) -> None:
        self._group = group
        self._tp = tp
        self.position: int | None = None
        self.awaiting_reset = False

    @property
    def has_valid_position(self) -> bool:
        return self.position is not None

    def fetch_committed(self) -> "asyncio.Future[Any]":
        return self._group.ask(self._tp)

    def reset_to(self, offset: int) -> None:
        self.position = offset

    def await_reset(self, strategy: str) -> None:
        assert strategy == "earliest"
        self.awaiting_reset = True


class Group:
    """Answers all that ask at the same moment together, and counts how often it had to."""

    def __init__(self, committed: dict[TP, int]) -> None:
        self.committed = committed
        self.answers = 0
        self._asking: list[tuple[TP, asyncio.Future[Any]]] = []

    def ask(self, tp: TP) -> "asyncio.Future[Any]":
        if not self._asking:
            asyncio.get_running_loop().call_later(0.01, self._answer)
        asked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asking.append((tp, asked))
        return asked

    def _answer(self) -> None:
        self.answers += 1
        for tp, asked in self._asking:
            asked.set_result(SimpleNamespace(offset=self.committed.get(tp, -1)))
        self._asking = []


def test_forty_partitions_without_a_position_take_one_answer() -> None:
    async def story() -> None:
        group = Group({PARTITIONS[0]: 7, PARTITIONS[1]: 0})
        places = {tp: Place(group, tp) for tp in PARTITIONS}
        places[PARTITIONS[2]].position = 99

        async def one_by_one(_assignment: Any, _node: int, partitions: list[TP]) -> bool:
            assert all(places[tp].has_valid_position or places[tp].awaiting_reset for tp in partitions)
            return True

        fetcher = SimpleNamespace(_update_fetch_positions=one_by_one, _default_reset_strategy="earliest")
        ask_at_once(fetcher)
        assignment = SimpleNamespace(state_value=places.__getitem__)
        assert await fetcher._update_fetch_positions(assignment, 1, PARTITIONS) is True
        assert group.answers == 1
        assert [places[tp].position for tp in PARTITIONS[:3]] == [7, 0, 99]
        assert all(places[tp].awaiting_reset for tp in PARTITIONS[3:])

    asyncio.run(story())


def test_what_is_sought_while_the_group_is_asked_stays() -> None:
    async def story() -> None:
        group = Group({PARTITIONS[0]: 7})
        place = Place(group, PARTITIONS[0])

        async def one_by_one(*_: Any) -> bool:
            return False

        fetcher = SimpleNamespace(_update_fetch_positions=one_by_one, _default_reset_strategy="earliest")
        ask_at_once(fetcher)
        asked = fetcher._update_fetch_positions(
            SimpleNamespace(state_value=lambda _: place), 1, PARTITIONS[:1]
        )
        task = asyncio.ensure_future(asked)
        await asyncio.sleep(0)
        place.position = 3
        await task
        assert place.position == 3

    asyncio.run(story())


def consumer_of(assigned: list[set[TP]], committed: dict[TP, int], sought: dict[TP, int]) -> Any:
    """A consumer whose assignment is each of these, one after the other, each time that it is asked."""
    asked = iter(assigned)

    async def fetch(partitions: list[TP]) -> dict[TP, Any]:
        return {tp: SimpleNamespace(offset=committed[tp]) for tp in partitions if tp in committed}

    return SimpleNamespace(
        assignment=lambda: next(asked),
        _coordinator=SimpleNamespace(fetch_committed_offsets=fetch),
        _fetcher=SimpleNamespace(seek_to=sought.__setitem__),
    )


def test_all_partitions_are_sought_to_what_is_committed_of_them() -> None:
    ours = set(PARTITIONS[:3])
    sought: dict[TP, int] = {}
    consumer = consumer_of([ours, ours], {PARTITIONS[0]: 5, PARTITIONS[1]: -1}, sought)
    found = asyncio.run(seek_to_committed(consumer))
    assert found == {PARTITIONS[0]: 5, PARTITIONS[1]: None, PARTITIONS[2]: None}
    assert sought == {PARTITIONS[0]: 5}


def test_a_rebalance_while_the_group_is_asked_leaves_the_new_positions_alone() -> None:
    sought: dict[TP, int] = {}
    consumer = consumer_of([set(PARTITIONS[:3]), set(PARTITIONS[:2])], dict.fromkeys(PARTITIONS, 5), sought)
    with pytest.raises(IllegalStateError):
        asyncio.run(seek_to_committed(consumer))
    assert sought == {}


def test_nothing_is_asked_for_nothing() -> None:
    assert asyncio.run(seek_to_committed(consumer_of([set()], {}, {}))) == {}
