"""A partition with more work than can be done keeps no other partition waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from settings import Settings
from streams.app import AgentSpec, build_app
from streams.batches import Batch, Effects, Read, Record
from streams.consumer import BatchConsumer
from streams.delivery import PartitionQueues
from streams.messages import BatchMessage

HOT, COLD = TP("x.facts", 0), TP("x.facts", 1)
# One batch in work, one ready to follow it.
ENOUGH = 2

Story = Callable[[BatchConsumer], Awaitable[None]]


def nothing(_batch: Batch, _read: Read) -> Effects:
    return Effects()


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    """Plays a story with a consumer that has both partitions, in a generation that is open."""

    async def played(story: Story) -> None:
        settings = Settings(kafka="127.0.0.1:9092", topic_prefix="x.", data_dir=tmp_path)
        app = build_app(settings, (AgentSpec("fold", ("facts",), "facts", 2, nothing),))
        consumer = app.consumer
        consumer._active_partitions = {HOT, COLD}
        opened(consumer)
        await story(consumer)

    return lambda story: asyncio.run(played(story))


def opened(consumer: BatchConsumer) -> None:
    consumer.generation.sought(consumer.app.consumer_generation_id)
    consumer.generation.recovered()


def handed_out(consumer: BatchConsumer, tp: TP, offset: int) -> BatchMessage:
    message = consumer._message(tp, (Record(offset, b"k", b"v", (), 0),), consumer.app.consumer_generation_id)
    consumer.begin(message)
    return message


def test_a_partition_with_enough_in_work_is_not_asked_for_more(play: Callable[[Story], None]) -> None:
    async def story(consumer: BatchConsumer) -> None:
        batches = [handed_out(consumer, HOT, offset) for offset in range(ENOUGH)]
        assert consumer.wanted() == {COLD}
        consumer.finish(batches[0], done=True)
        assert consumer.wanted() == {HOT, COLD}

    play(story)


def test_a_batch_that_came_to_nothing_makes_no_room(play: Callable[[Story], None]) -> None:
    """It is not committed, so nothing behind it may be either: that is for the next owner."""

    async def story(consumer: BatchConsumer) -> None:
        batches = [handed_out(consumer, HOT, offset) for offset in range(ENOUGH)]
        consumer.finish(batches[0], done=False)
        assert consumer.wanted() == {COLD}

    play(story)


def test_after_a_rebalance_all_partitions_have_room(play: Callable[[Story], None]) -> None:
    async def story(consumer: BatchConsumer) -> None:
        for offset in range(ENOUGH):
            handed_out(consumer, HOT, offset)
        consumer._forget()
        opened(consumer)
        assert consumer.wanted() == {HOT, COLD}

    play(story)


def test_who_waits_with_all_partitions_full_is_woken_by_the_first_batch_done(
    play: Callable[[Story], None],
) -> None:
    async def story(consumer: BatchConsumer) -> None:
        batches = [handed_out(consumer, tp, offset) for tp in (HOT, COLD) for offset in range(ENOUGH)]
        waiting = asyncio.create_task(consumer._fetch())
        await asyncio.sleep(0.01)
        began = asyncio.get_running_loop().time()
        consumer.finish(batches[0], done=True)
        assert not (await waiting).records
        assert asyncio.get_running_loop().time() - began < 0.1

    play(story)


class OneBuffer:
    """What aiokafka has fetched: one record of the hot partition."""

    _closed = False
    _subscriptions = SimpleNamespace(reassignment_in_progress=False, fetch_context=nullcontext)

    def _create_fetch_waiter(self) -> "asyncio.Future[None]":
        return asyncio.get_running_loop().create_future()

    async def fetched_records(self, wanted: set[TP], **_: Any) -> dict[TP, list[str]]:
        return {tp: ["record"] for tp in wanted & {HOT}}


def test_the_wait_for_records_ends_when_a_partition_has_room_again(play: Callable[[Story], None]) -> None:
    async def story(consumer: BatchConsumer) -> None:
        thread = consumer._thread
        thread.thread_loop = asyncio.get_running_loop()
        batches = [handed_out(consumer, HOT, offset) for offset in range(ENOUGH)]
        aiokafka: Any = SimpleNamespace(_closed=False, _fetcher=OneBuffer())
        waiting = asyncio.create_task(thread._fetch_records(aiokafka, None, timeout=5))
        await asyncio.sleep(0.01)
        assert not waiting.done(), "of the cold partition there is nothing, and the hot one is not wanted"
        consumer.finish(batches[0], done=True)
        assert (await asyncio.wait_for(waiting, 1)).records == {HOT: ["record"]}

    play(story)


def test_a_full_queue_takes_more_without_making_the_others_wait() -> None:
    delivered: list[tuple[int, int]] = []
    hot_may_go_on = asyncio.Event()

    async def deliver(message: Any) -> None:
        if message.partition == HOT.partition:
            await hot_may_go_on.wait()
        delivered.append((message.partition, message.offset))

    async def story() -> None:
        delivery: Any = SimpleNamespace(deliver=deliver, table_name="facts")
        consumer: Any = SimpleNamespace(begin=lambda _message: True)
        queues = PartitionQueues(delivery, lambda: consumer)
        batches = [SimpleNamespace(partition=HOT.partition, offset=offset, tp=HOT) for offset in range(20)]
        for batch in (*batches, SimpleNamespace(partition=COLD.partition, offset=0, tp=COLD)):
            queues.put(batch)  # type: ignore[arg-type]  # a stand-in
        await asyncio.sleep(0.01)
        assert delivered == [(COLD.partition, 0)]
        hot_may_go_on.set()
        await asyncio.sleep(0.01)
        queues.close()

    asyncio.run(story())
    assert delivered[1:] == [(HOT.partition, offset) for offset in range(20)], "in their order"
