"""A loader that its group leaves out gives up; one whose group settles is a member, however long it takes."""

from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import KafkaConsumer
from kafka.cluster import ClusterMetadata
from kafka.future import Future

from settings import Settings
from sinks import broker
from sinks.broker import LOADED, Source
from sinks.membership import ASK_AFTER, MOST_ANSWERS, LeftOutError, Membership


class Outside:
    """A group that counts us in, and brokers that answer, or not."""

    def __init__(self) -> None:
        self.member = False
        self.there = True
        self.asked = 0

    def is_member(self) -> bool:
        return self.member

    def answers(self) -> bool:
        self.asked += 1
        return self.there


def looks(membership: Membership, group: Outside, first: float, times: int) -> list[bool]:
    return [membership.holds(group, first + number * ASK_AFTER) for number in range(times)]


def test_whom_the_group_leaves_out_for_long_gives_up() -> None:
    membership, group = Membership(), Outside()
    assert not any(looks(membership, group, 0.0, MOST_ANSWERS))
    with pytest.raises(LeftOutError, match="has not counted this loader in for 90 seconds"):
        membership.holds(group, MOST_ANSWERS * ASK_AFTER)


def test_brokers_are_asked_rarely_while_the_group_settles() -> None:
    membership, group = Membership(), Outside()
    for tenths in range(100):
        membership.holds(group, tenths / 10)
    assert group.asked == 0


def test_the_time_in_which_kafka_is_away_does_not_count() -> None:
    membership, group = Membership(), Outside()
    looks(membership, group, 0.0, MOST_ANSWERS)
    group.there = False
    looks(membership, group, 1_000.0, 50)
    group.there = True
    assert not any(looks(membership, group, 2_000.0, MOST_ANSWERS - 1))


@pytest.mark.parametrize("seen", ["by asking", "by what came"])
def test_one_rebalance_after_the_other_is_no_cause_to_give_up(seen: str) -> None:
    membership, group = Membership(), Outside()
    for number in range(20):
        assert not any(looks(membership, group, number * 1_000.0, MOST_ANSWERS))
        if seen == "by asking":
            group.member = True
            assert membership.holds(group, number * 1_000.0 + 900.0)
            group.member = False
        else:
            membership.shown()


class Coordinator:
    """A broker that settles a group of one; how it is given out it says when it is told to `go_on`."""

    def __init__(self, net: Any) -> None:
        self._net = net
        self._generation = 0
        self._left: list[Callable[[], Any]] = []

    def send(self, request: Any, **_: Any) -> Future:
        future = Future()
        name = type(request).__name__
        answer = getattr(self, name, None)
        if answer is not None:
            content = SimpleNamespace(error_code=0, protocol_type=None, **answer(request))
            if name == "SyncGroupRequest":
                self._left.append(lambda: future.success(content))
            else:
                future.success(content)
        return future

    def go_on(self) -> None:
        """Answer in a moment: what comes while nobody polls is lost on the client."""
        left, self._left = self._left, []
        self._net.call_soon_threadsafe(lambda: [self._net.call_later(0.05, answer) for answer in left])

    def JoinGroupRequest(self, request: Any) -> dict[str, Any]:  # noqa: N802 - the request's name
        self._generation += 1
        (name, subscription), *_ = request.protocols
        me = SimpleNamespace(member_id="me", metadata=subscription.encode(), group_instance_id=None)
        joined = {"generation_id": self._generation, "member_id": "me", "leader": "me"}
        return {**joined, "protocol_name": name, "members": [me]}

    def SyncGroupRequest(self, request: Any) -> dict[str, Any]:  # noqa: N802 - the request's name
        return {"protocol_name": None, "assignment": dict(request.assignments)["me"].encode()}

    def HeartbeatRequest(self, _request: Any) -> dict[str, Any]:  # noqa: N802 - the request's name
        return {}


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """The loader's side of a group, with a coordinator that it has found."""
    # It hears of brokers and topics by `know` alone.
    monkeypatch.setattr(ClusterMetadata, "start_refresh_loop", lambda _self: None)
    monkeypatch.setattr(broker, "KafkaConsumer", partial(KafkaConsumer, api_version=(2, 8)))
    made = Source(Settings(kafka="127.0.0.1:1"), lambda _: None)
    made._consumer._coordinator.coordinator = lambda: "coordinator"
    yield made
    made._consumer._client.close()


@pytest.fixture
def coordinator(source: Source) -> Coordinator:
    made = Coordinator(source._consumer._net)
    source._consumer._manager.send = made.send
    return made


def know(source: Source, topics: int) -> None:
    """Have the client hear of so many of the topics, as it does when the brokers have just begun."""
    only = SimpleNamespace(partition_index=0, leader_id=1, leader_epoch=-1, replica_nodes=[1], isr_nodes=[1])
    same: dict[str, Any] = {"is_internal": False, "error_code": 0, "topic_id": None, "partitions": [only]}
    told = [SimpleNamespace(name=topic.name, **same) for topic in LOADED[:topics]]
    brokers = [(1, "127.0.0.1", 1, None)]
    answer = SimpleNamespace(API_VERSION=7, brokers=brokers, controller_id=1, cluster_id="c", topics=told)
    source._consumer._net.run(lambda: source._consumer._cluster.update_metadata(answer))


def join(source: Source, coordinator: Coordinator, partitions: int) -> None:
    """Poll until we are a member with so many partitions; each poll ends before these are given out."""
    until = monotonic() + 10.0
    while not (source.is_member() and len(source._consumer.assignment()) == partitions):
        assert monotonic() < until, "not counted in"
        source.read(0.2)
        coordinator.go_on()


def test_polls_that_end_between_the_answers_to_a_join_leave_nobody_outside(
    source: Source, coordinator: Coordinator
) -> None:
    know(source, 2)
    join(source, coordinator, 2)
    know(source, len(LOADED))
    join(source, coordinator, len(LOADED))
