"""Where topics end, and whether records wait for a worker, as far as the brokers tell."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from faust.types import TP

log = logging.getLogger(__name__)

ANSWER_WITHIN = 15.0


async def ends_of(consumer: Any, partitions: Collection[TP]) -> Mapping[TP, int] | None:
    """The ends of partitions; None when the brokers don't say, who may be away: whatever has to reach them
    is tried until its own budget is spent."""
    try:
        ends: Mapping[TP, int] = await consumer.ends(partitions, ANSWER_WITHIN)
    except Exception as error:
        log.debug("end offsets: %s", type(error).__name__)
        return None
    return ends


async def waiting(consumer: Any) -> tuple[TP, ...] | None:
    """The partitions with records behind those that were handed out; None when the brokers don't say."""
    following = consumer.following()
    if not following:
        return ()
    ends = await ends_of(consumer, following)
    if ends is None:
        return None
    return tuple(tp for tp, offset in following.items() if ends.get(tp, 0) > offset)


async def is_idle(consumer: Any) -> bool:
    """Whether all that was handed out is done and committed, and nothing is behind it."""
    done = not consumer.progress.busy() and consumer.liveness.uncommitted_since is None
    return done and await waiting(consumer) == ()
