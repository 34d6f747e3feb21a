"""What each of the peers does with a fact: the step of Leadtrace's own agent, for one record."""

from collections.abc import Callable

from bench.site import shipped_policy
from streams.batches import Batch, Effects, Handler, Read, Record
from streams.handlers import build_journeys

Step = Callable[[str, int, int, bytes, bytes, Read], Effects]


def fact_step() -> Step:
    """The step: topic without prefix, partition, offset, key, value, and how to read a state by its key."""
    handle: Handler = build_journeys(shipped_policy())

    def step(topic: str, partition: int, offset: int, key: bytes, value: bytes, read: Read) -> Effects:
        return handle(Batch(topic, partition, (Record(offset, key, value, (), 0),)), read)

    return step
