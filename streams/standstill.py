"""Says what a worker waits for that gets nothing done: a batch, a rebalance, a changelog, or the brokers."""

from collections.abc import Collection
from typing import Any

from faust.types import TP

from streams.messages import BatchMessage


def what_stands(app: Any, consumer: Any, waiting: Collection[TP], now: float) -> str:
    """Words for what stands still in a worker, by what it has begun and not ended.

    `waiting`: partitions with records that have not been handed out; `now` on the monotonic clock.
    """
    restored = consumer.being_restored()
    if restored:
        return f"{_names(restored)} is not read back to its end"
    if app.rebalancing:
        return "a rebalance has begun, and has not ended"
    if consumer.in_flight:
        begun, since = min(consumer.in_flight.items(), key=lambda item: item[1])
        if not isinstance(begun, BatchMessage):
            return f"a look through the states has not ended for {now - since:.0f} s"
        records = begun.value.records
        return (
            f"a batch of {_name(begun.tp)}, offsets {records[0].offset} to {records[-1].offset}, "
            f"has been in work for {now - since:.0f} s"
        )
    handed_out = consumer.progress.unfinished()
    if handed_out:
        return f"batches of {_names(handed_out)} are handed out, and nobody works on them"
    if not consumer.connected():
        return f"the coordinator of the group is not known; records wait in {_names(waiting)}"
    return f"the brokers don't hand out what waits in {_names(waiting)}"


def _names(partitions: Collection[TP]) -> str:
    names = sorted(map(_name, partitions))
    more = f" and {len(names) - 3} others" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _name(tp: TP) -> str:
    return f"{tp.topic}-{tp.partition}"
