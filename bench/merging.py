"""What it costs to join two journeys and to part them again: the steps of both sides, from bytes to bytes."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from attribution.policy import Policy
from schemas.codec import Encoded, message_record, record_of
from schemas.envelope import natural_id
from schemas.handover import IdentityAssigned
from schemas.topics import HAND_OVER, WEBSITE
from schemas.website import PageViewed
from streams.batches import Batch, Output, Record
from streams.handlers import build_journeys

START = 1_767_225_600_000
VISITOR, PERSON = "anon:1", "crm:crm:1"
PAGES = 50


class Agent:
    """The journey agent with its table, in memory."""

    def __init__(self, policy: Policy) -> None:
        self._handle = build_journeys(policy)
        self._table: dict[bytes, bytes] = {}
        self._next = 0

    def take(self, records: Sequence[Encoded | Output]) -> list[Output]:
        """Take records of one topic in one batch; return what goes to others."""
        if not records:
            return []
        taken = [Record(self._next + n, each.key, each.value, (), 0) for n, each in enumerate(records)]
        self._next += len(taken)
        effects = self._handle(Batch(records[0].topic, 0, tuple(taken)), self._table.get)
        assert not effects.dead_letters
        self._table.update((key, value) for key, value in effects.changes.items() if value is not None)
        return [output for output in effects.outputs if output.topic == HAND_OVER.name]


def merge_and_part(policy: Policy, facts: int) -> dict[str, float]:
    """Give two journeys so many facts each, join them, part them; return the CPU seconds of each step."""
    agent = Agent(policy)
    for subject in (VISITOR, PERSON):
        agent.take([record_of(page(subject, number), WEBSITE.name) for number in range(facts)])
    costs: dict[str, float] = {}
    told: list[Output] = []

    def assign(assigned: IdentityAssigned) -> None:
        told[:] = agent.take([message_record(assigned)])

    for name, person, version in (("joining", PERSON, 1), ("parting", VISITOR, 2)):
        assigned = IdentityAssigned(identifier=VISITOR, person=person, version=version)
        costs[f"{name}, the visitor's step"] = cpu_seconds(partial(assign, assigned))
        costs[f"{name}, the person's step"] = cpu_seconds(partial(agent.take, tuple(told)))
    return costs


def page(subject: str, number: int) -> PageViewed:
    """One page view of many."""
    return PageViewed(
        event_id=natural_id("bench", subject, number),
        occurred_at=START + number * 60_000,
        received_at=START + number * 60_000,
        source="bench",
        subject=subject,
        url=f"https://www.site.example/page-{number % PAGES}",
    )


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process that the work took."""
    began = time.process_time()
    work()
    return time.process_time() - began
