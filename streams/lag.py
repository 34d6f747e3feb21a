"""Whether records wait for a worker, as far as the brokers tell."""

import asyncio
import logging
from typing import Any

log = logging.getLogger(__name__)

ANSWER_WITHIN = 15.0


async def has_lag(consumer: Any) -> bool:
    """Whether there are records behind those that were handed out; False when the brokers don't say."""
    following = consumer.progress.next_offsets()
    if not following:
        return False
    try:
        ends = await asyncio.wait_for(consumer.highwaters(*following), ANSWER_WITHIN)
    except Exception as error:
        log.debug("end offsets: %s", type(error).__name__)
        return False
    return any(ends.get(tp, 0) > offset for tp, offset in following.items())


async def is_idle(consumer: Any) -> bool:
    """Whether all that was handed out is done and committed, and nothing is behind it."""
    done = not consumer.progress.busy() and consumer.liveness.uncommitted_since is None
    return done and not await has_lag(consumer)
