"""What a worker remembers of large states changes nothing but its speed."""

from collections import deque
from itertools import count
from random import Random
from typing import Any

import facts as f
import pytest
from hypothesis import given
from hypothesis import strategies as st
from states import state_in

from attribution.advance import Arrival
from attribution.keeping import Kept, Whole
from attribution.policy import Policy
from schemas.codec import Encoded
from schemas.topics import CRM, LINKS, WEBSITE
from streams import journey_states
from streams.batches import Batch, Effects, Record
from streams.handlers import JOURNEY_TOPICS, build_journeys, resolve_identities
from streams.journey_states import Beginning, JourneyStates

LEAD = "crm:crm:1"


class Site:
    """Takes steps of leads, and counts how often a whole state is put together from its records."""

    def __init__(self, policy: Policy, monkeypatch: pytest.MonkeyPatch, states: JourneyStates) -> None:
        self.policy, self.states = policy, states
        self.records: dict[bytes, bytes | None] = {}
        self.read = 0
        load = journey_states.load_whole

        def counted(*arguments: Any) -> Whole:
            self.read += 1
            return load(*arguments)

        monkeypatch.setattr(journey_states, "load_whole", counted)

    def step(self, at: int, lead: str = LEAD) -> Kept:
        arrivals = [Arrival(CRM.name, at, f.stage(lead, at, "MQL"))]
        kept = self.states.step(lead, self.records.get, arrivals, Beginning(None, {}), self.policy, 1)
        self.records.update(kept.changes)
        return kept


def test_a_state_that_was_just_written_is_not_read_again(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(policy, monkeypatch, JourneyStates(large=0))
    for at in range(3):
        site.step(at)
    assert site.read == 0


def test_another_head_of_the_same_key_is(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write may have failed, or another worker may have had the partition meanwhile."""
    site = Site(policy, monkeypatch, JourneyStates(large=0))
    site.step(0)
    before = dict(site.records)
    site.step(1)
    site.records = before
    again = site.step(2)
    assert site.read == 1
    assert b'"crm.events":2' in (again.changes[LEAD.encode()] or b"")


def test_small_states_are_read_each_time(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(policy, monkeypatch, JourneyStates(large=99))
    for at in range(3):
        site.step(at)
    assert site.read == 2


def test_only_the_last_few_are_remembered(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(policy, monkeypatch, JourneyStates(large=0, keep_whole=2))
    for at, lead in enumerate(("crm:crm:1", "crm:crm:2", "crm:crm:1", "crm:crm:3", "crm:crm:1", "crm:crm:2")):
        site.step(at, lead)
    assert site.read == 1


def pipeline(policy: Policy, fed: list[Encoded], size: int, recent: JourneyStates) -> list[Effects]:
    """What the agents make of records and of what follows from them, at most so many to a batch."""
    agents: dict[str, Any] = {topic: build_journeys(policy, recent) for topic in JOURNEY_TOPICS}
    agents[LINKS.name] = resolve_identities(policy)
    tables: dict[bool, dict[bytes, bytes | None]] = {True: {}, False: {}}
    offsets, made = count(), []
    waiting = deque(fed)
    while waiting:
        topic = waiting[0].topic
        batch = []
        while waiting and waiting[0].topic == topic and len(batch) < size:
            each = waiting.popleft()
            batch.append(Record(next(offsets), each.key, each.value, (), 0))
        table = tables[topic == LINKS.name]
        made.append(agents[topic](Batch(topic, 0, tuple(batch)), table.get))
        table.update(made[-1].changes)
        waiting.extend(Encoded(o.topic, o.key, o.value) for o in made[-1].outputs if o.topic in agents)
    return made


@given(seed=st.integers(0, 1 << 30), size=st.integers(1, 9))
def test_a_worker_that_remembers_makes_the_same_of_records_byte_for_byte(
    policy: Policy, seed: int, size: int
) -> None:
    chance = Random(seed)
    made = [
        lambda: f.page(f"anon:{chance.randint(1, 2)}", chance.randint(0, 9) * f.HOUR),
        lambda: f.form("anon:1", chance.randint(0, 9) * f.HOUR, chance.choice(["email:a", "email:b"])),
        lambda: f.lead("crm:crm:1", chance.randint(0, 9) * f.HOUR, "email:a", "anon:2"),
        lambda: f.deal("deal:crm:9", chance.randint(0, 9), "won", "crm:crm:1", amount_minor=1),
    ]
    fed = f.records(*(chance.choice(made)() for _ in range(20)))
    remembering, forgetful = JourneyStates(large=0), JourneyStates(large=1 << 30)
    assert pipeline(policy, fed, size, remembering) == pipeline(policy, fed, size, forgetful)


def test_what_another_worker_divided_otherwise_is_not_taken_for_ones_own(policy: Policy) -> None:
    """Both have taken the same facts, and written as many records, but not the same into each."""
    titles = ("a", "another page", "a third one", "a")
    views = [f.page("anon:1", at * f.MINUTE, title=title) for at, title in enumerate(titles)]
    arrivals = [Arrival(WEBSITE.name, offset, view) for offset, view in enumerate(views)]

    def steps(states: JourneyStates, records: dict[bytes, bytes | None], *parts: list[Arrival]) -> None:
        for part in parts:
            kept = states.step("anon:1", records.get, part, Beginning(None, {}), policy, 1)
            records.update(kept.changes)

    mine, stored = JourneyStates(), dict[bytes, bytes | None]()
    steps(mine, {}, arrivals[:1], arrivals[1:3])
    steps(JourneyStates(), stored, arrivals[:2], arrivals[2:3])
    steps(mine, stored, arrivals[3:])
    assert state_in(stored, "anon:1").own == tuple(views)
