"""What counts as standing still and what is said of it, and what is only an outage that is being borne."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams import consumer_thread, lag, watch
from streams.batches import Batch, Record, round_robin
from streams.clients import ended_in_consumer, ended_in_producer
from streams.consumer_thread import BatchConsumerThread
from streams.lag import is_idle, waiting
from streams.limits import Limits
from streams.messages import BatchMessage, SideWork
from streams.progress import Progress
from streams.pulses import Pulses
from streams.retry import Retry
from streams.watch import Watch

LIMITS = Limits(stall=100, rebalance_timeout=50, progress_budget=600)
FACTS = TP("x.facts", 3)


def watch_of(*, rebalancing: bool = False, crashed: bool = False) -> Watch:
    app: Any = SimpleNamespace(
        rebalancing=rebalancing,
        crashed=crashed,
        crash_reason=ValueError("secret"),
        transport=SimpleNamespace(pulses=Pulses()),
        producer=SimpleNamespace(_producer=None),
    )
    return Watch(app, LIMITS, Path("health"))


def consumer_with(
    *,
    busy: bool = False,
    uncommitted_since: float | None = None,
    in_flight: Mapping[Any, float] | None = None,
    restored: tuple[TP, ...] = (),
    connected: bool = True,
) -> Any:
    progress: Progress[TP] = Progress()
    if busy:
        progress.hand_out(FACTS, 0, 1)
    liveness = SimpleNamespace(moved_at=0.0, uncommitted_since=uncommitted_since)
    return SimpleNamespace(
        progress=progress,
        liveness=liveness,
        in_flight=in_flight or {},
        being_restored=lambda: restored,
        connected=lambda: connected,
    )


def problem_after(looking: Watch, consumer: Any, now: float, since: float = 0) -> str:
    looking._note_work(consumer, since)
    return looking._problem(consumer, now) or ""


def test_work_that_does_not_get_done_is_a_problem_after_a_while() -> None:
    assert problem_after(watch_of(), consumer_with(busy=True), 99) == ""
    assert "nothing got done for 101 s" in problem_after(watch_of(), consumer_with(busy=True), 101)


def test_to_be_idle_is_none() -> None:
    assert problem_after(watch_of(), consumer_with(), 100_000) == ""


def test_what_comes_after_a_long_calm_is_not_late() -> None:
    assert problem_after(watch_of(), consumer_with(busy=True), now=5_010, since=5_000) == ""


def test_it_names_the_batch_that_has_been_in_work_for_longest() -> None:
    records = tuple(Record(offset, b"k", b"v", (), 0) for offset in (7, 9))
    batch = Batch("facts", 3, records)
    message = BatchMessage("x.facts", 3, 9, 0, 0, (), None, batch, None, 0, 0, FACTS)
    consumer = consumer_with(busy=True, in_flight={SideWork(1): 50.0, message: 1.0})
    assert problem_after(watch_of(), consumer, 101).endswith(
        "a batch of x.facts-3, offsets 7 to 9, has been in work for 100 s"
    )


@pytest.mark.parametrize(
    ("consumer", "words"),
    [
        (consumer_with(busy=True, in_flight={SideWork(1): 1.0}), "a look through the states has not ended"),
        (consumer_with(busy=True), "batches of x.facts-3 are handed out, and nobody works on them"),
        (consumer_with(restored=(TP("states", 0),)), "states-0 is not read back to its end"),
        (consumer_with(connected=False), "the coordinator of the group is not known"),
        (consumer_with(), "the brokers don't hand out what waits in x.facts-3"),
    ],
)
def test_it_names_what_else_stands(consumer: Any, words: str) -> None:
    looking = watch_of()
    looking._waiting = (FACTS,)
    assert words in problem_after(looking, consumer, 101)


def test_it_names_a_rebalance() -> None:
    looking = watch_of(rebalancing=True)
    looking._waiting = (FACTS,)
    assert problem_after(looking, consumer_with(), 101).endswith("a rebalance has begun, and has not ended")


def test_an_outage_is_borne_as_long_as_its_own_budget_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retry, "failing", 1)
    assert problem_after(watch_of(), consumer_with(busy=True), 101) == ""


def test_a_group_that_never_settles_is_a_problem() -> None:
    assert problem_after(watch_of(rebalancing=True), consumer_with(), 149) == ""
    assert "did not settle" in problem_after(watch_of(rebalancing=True), consumer_with(), 151)


def test_what_is_done_has_to_be_committed_some_time() -> None:
    assert "committed" in problem_after(watch_of(), consumer_with(uncommitted_since=0.0), 601)


def test_brokers_that_never_say_what_waits_are_a_problem_when_the_budget_is_spent() -> None:
    looking = watch_of()
    looking._unanswered_since = 0.0
    assert problem_after(looking, consumer_with(), 599) == ""
    assert "the brokers have not said for 601 s" in problem_after(looking, consumer_with(), 601)


def test_a_crash_is_named_without_its_text() -> None:
    assert problem_after(watch_of(crashed=True), consumer_with(), 0) == "Faust crashed: ValueError"


def asked(following: dict[TP, int], ends: Any) -> Any:
    async def answer(_partitions: Any, _within: float) -> Any:
        if isinstance(ends, Exception):
            raise ends
        return ends

    progress: Progress[TP] = Progress()
    return SimpleNamespace(
        following=lambda: following,
        ends=answer,
        progress=progress,
        liveness=SimpleNamespace(uncommitted_since=None),
    )


@pytest.mark.parametrize(
    ("ends", "found", "idle"),
    [({FACTS: 6}, (FACTS,), False), ({FACTS: 5}, (), True), (TimeoutError(), None, False)],
)
def test_what_waits_is_known_or_it_is_not(ends: Any, found: Any, idle: bool) -> None:
    async def look() -> None:
        assert await waiting(asked({FACTS: 5}, ends)) == found
        assert await is_idle(asked({FACTS: 5}, ends)) == idle

    asyncio.run(look())


def test_a_broker_that_says_nothing_holds_up_neither_the_pulse_nor_the_watch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The question has its own task: the others go on while it waits, and it waits no longer than it may."""
    monkeypatch.setattr(watch, "BEAT", 0.01)
    monkeypatch.setattr(watch, "LAG_EVERY", 0.01)
    monkeypatch.setattr(lag, "ANSWER_WITHIN", 60.0)
    looking = watch_of()
    limits: list[float] = []
    # This process is no worker that has to end.
    monkeypatch.setattr(watch, "end_within", limits.append)
    consumer = consumer_with()
    consumer.following = lambda: {FACTS: 5}
    consumer.ends = lambda *_: asyncio.sleep(60)
    looking._app.consumer = consumer
    looking._health = tmp_path / "health" / "worker"

    async def run() -> None:
        looking.start()
        await asyncio.sleep(0.2)
        looking.stopping()

    asyncio.run(run())
    assert looking._health.exists()
    assert looking._pulses.silence("the event loop") < 0.1
    assert limits == [LIMITS.shutdown]


def test_before_the_brokers_have_answered_we_are_no_member_and_not_connected() -> None:
    """aiokafka makes its coordinator after some round trips: until then there is none."""
    thread = object.__new__(BatchConsumerThread)
    for consumer in (
        None,
        SimpleNamespace(_coordinator=None, _subscription=SimpleNamespace(subscription=None)),
    ):
        thread._consumer = consumer
        assert (thread.counted_in(), thread.connected(), thread.positions()) == (False, False, {})
        assert ended_in_consumer(consumer) is None


def client_with(**tasks: Any) -> Any:
    coordinator = SimpleNamespace(
        _pending_exception=tasks.get("pending"), _coordination_task=tasks.get("coordination")
    )
    return SimpleNamespace(
        _closed=False,
        _coordinator=coordinator,
        _fetcher=SimpleNamespace(_fetch_task=tasks.get("fetching")),
        _client=SimpleNamespace(_sync_task=tasks.get("looking")),
        client=SimpleNamespace(_sync_task=tasks.get("looking")),
        _sender=SimpleNamespace(_sender_task=tasks.get("sending")),
    )


@pytest.mark.parametrize(
    ("task", "look", "words"),
    [
        ("coordination", ended_in_consumer, "the coordination of the group ended: ValueError"),
        ("fetching", ended_in_consumer, "fetching ended: ValueError"),
        ("looking", ended_in_consumer, "the look for brokers ended: ValueError"),
        ("sending", ended_in_producer, "sending ended: ValueError"),
        ("looking", ended_in_producer, "the producer's look for brokers ended: ValueError"),
    ],
)
def test_a_task_of_a_client_that_ends_is_noticed(task: str, look: Any, words: str) -> None:
    async def fail() -> None:
        raise ValueError("geheim@example.com")

    async def run() -> None:
        failing, client = asyncio.ensure_future(fail()), client_with()
        assert look(client) is None
        await asyncio.wait([failing])
        said = look(client_with(**{task: failing})) or ""
        assert said.startswith(words)
        assert "geheim" not in said

    asyncio.run(run())


def test_the_pulse_of_its_thread_looks_at_the_consumer_as_long_as_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def end(status: int, sentence: str) -> None:
        raise SystemExit(status, sentence)

    monkeypatch.setattr(consumer_thread, "stop_at_once", end)
    thread: Any = SimpleNamespace(
        consumer=SimpleNamespace(liveness=SimpleNamespace(beat=lambda: None)),
        should_stop=True,
        _consumer=client_with(pending=PermissionError()),
    )

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(BatchConsumerThread._beat(thread), 0.01)
        thread.should_stop = False
        await BatchConsumerThread._beat(thread)

    with pytest.raises(SystemExit, match="the coordination of the group ended"):
        asyncio.run(run())


def test_what_the_coordination_waits_for_somebody_to_hear_is_heard() -> None:
    assert ended_in_consumer(client_with(pending=PermissionError("geheim"))) == (
        "the coordination of the group ended: PermissionError"
    )


def test_partitions_take_turns() -> None:
    batches: dict[str, Any] = {"long": iter([(1,), (2,), (3,)]), "short": iter([(9,)])}
    turns: list[Any] = list(round_robin(batches))
    assert turns == [("long", (1,)), ("short", (9,)), ("long", (2,)), ("long", (3,))]
