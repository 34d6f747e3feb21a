"""Where to read on in partitions that have just become ours: one question to the group for all of them.

aiokafka asks for one partition after the other, and fetches nothing meanwhile: far from the broker, with
forty partitions, that takes longer than a minute.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka.errors import IllegalStateError
from faust.types import TP

UNKNOWN = -1


def ask_at_once(fetcher: Any) -> None:
    """Have a fetcher of aiokafka ask for all partitions at once where it doesn't know the positions."""
    one_by_one = fetcher._update_fetch_positions

    async def update(assignment: Any, node_id: int, partitions: list[Any]) -> bool:
        await _find_positions(fetcher, [assignment.state_value(tp) for tp in partitions])
        wakes: bool = await one_by_one(assignment, node_id, partitions)
        return wakes

    fetcher._update_fetch_positions = update


async def _find_positions(fetcher: Any, states: list[Any]) -> None:
    unknown = [state for state in states if _is_unknown(state)]
    # All of them wait for the same answer.
    answers = await asyncio.gather(*(state.fetch_committed() for state in unknown))
    for state, committed in zip(unknown, answers, strict=True):
        if not _is_unknown(state):
            continue  # somebody sought it meanwhile
        if committed.offset == UNKNOWN:
            state.await_reset(fetcher._default_reset_strategy)
        else:
            state.reset_to(committed.offset)


def _is_unknown(state: Any) -> bool:
    return not state.has_valid_position and not state.awaiting_reset


async def seek_to_committed(consumer: Any) -> Mapping[TP, int | None]:
    """Seek all partitions of a consumer of aiokafka to what is committed of them, and return that; None where
    nothing is. Raises IllegalStateError when a rebalance comes between.
    """
    partitions = consumer.assignment()
    if not partitions:
        return {}
    found = await consumer._coordinator.fetch_committed_offsets(sorted(partitions))
    if not partitions <= consumer.assignment():
        raise IllegalStateError("the group has settled in another way meanwhile")
    committed: dict[TP, int | None] = {}
    for tp in partitions:
        offset = found[tp].offset if tp in found else UNKNOWN
        committed[tp] = offset if offset >= 0 else None
        if offset > 0:
            consumer._fetcher.seek_to(tp, offset)
    return committed
