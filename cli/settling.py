"""Waits until everything that was sent has arrived in ClickHouse, with all that follows from it."""

import time
from collections.abc import Callable

from producers.publishing.lag import lag_of
from settings import Settings
from sinks.broker import GROUP, LOADED
from stack.errors import StackError
from streams.app import app_id, source_topics
from streams.batches import AgentSpec

PAUSE = 0.3
PATIENCE = 120.0


def groups_of(given: Settings, agents: tuple[AgentSpec, ...]) -> dict[str, list[str]]:
    """The consumer groups of worker and loader, with the full names of the topics that each reads."""
    return {
        app_id(given): list(source_topics(given, agents)),
        given.topic_prefix + GROUP: [given.topic_prefix + topic.name for topic in LOADED],
    }


def wait_settled(
    given: Settings,
    agents: tuple[AgentSpec, ...],
    check: Callable[[], None],
    say: Callable[[int], None],
    patience: float = PATIENCE,
) -> None:
    """Return when worker and loader have nothing left to do; `say` gets the number of records left.

    Raises StackError when that number doesn't go down for `patience` seconds, what `check` raises, and
    TopicsError when the broker doesn't answer.
    """
    groups = groups_of(given, agents)
    least, since = -1, time.monotonic()
    while True:
        check()
        left = sum(lag_of(given, groups).values())
        if left == 0:
            return
        say(left)
        if least < 0 or left < least:
            least, since = left, time.monotonic()
        if time.monotonic() - since > patience:
            raise StackError(
                f"{left} records are still not processed, and nothing has moved for {patience:.0f} s: "
                f"see the logs in {given.data_dir / 'logs'}"
            )
        time.sleep(PAUSE)
