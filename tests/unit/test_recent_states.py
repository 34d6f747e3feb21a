"""What a worker remembers of large states changes nothing but its speed."""

from collections import Counter, deque
from itertools import count
from random import Random
from typing import Any

import facts as f
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution import state as states
from attribution.policy import Policy
from attribution.state import State
from schemas.codec import Encoded
from schemas.topics import LINKS
from streams import recent
from streams.batches import Batch, Effects, Record
from streams.handlers import JOURNEY_TOPICS, build_journeys, resolve_identities
from streams.recent import RecentStates

KEY = b"anon:1"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[bytes]:
    """How often which bytes were decoded."""
    counted: Counter[bytes] = Counter()

    def load(data: bytes | None) -> State:
        counted[data or b""] += 1
        return states.load_state(data)

    monkeypatch.setattr(recent, "load_state", load)
    return counted


def numbered(number: int) -> State:
    return State(applied={"website.events": number})


def test_a_state_that_was_just_written_is_not_decoded_again(decoded: Counter[bytes]) -> None:
    remembered = RecentStates(large=0)
    data = remembered.dump(KEY, numbered(1))
    assert remembered.load(KEY, data) == numbered(1)
    assert not decoded


def test_other_bytes_of_the_same_key_are(decoded: Counter[bytes]) -> None:
    """The write may have failed, or another worker may have had the partition meanwhile."""
    remembered = RecentStates(large=0)
    before = remembered.dump(KEY, numbered(1))
    remembered.dump(KEY, numbered(2))
    assert remembered.load(KEY, before) == numbered(1)
    assert remembered.load(KEY, bytes(bytearray(before))) == numbered(1)
    assert decoded.total() == 2


def test_small_states_are_decoded_each_time(decoded: Counter[bytes]) -> None:
    remembered = RecentStates(large=1 << 20)
    remembered.load(KEY, remembered.dump(KEY, numbered(1)))
    assert decoded.total() == 1


def test_only_the_last_few_are_remembered(decoded: Counter[bytes]) -> None:
    remembered = RecentStates(large=0, keep=2)
    written = {key: remembered.dump(key, numbered(n)) for n, key in enumerate((b"a", b"b", b"a", b"c"))}
    for key, data in written.items():
        remembered.load(key, data)
    assert list(decoded) == [written[b"b"]]


def pipeline(policy: Policy, fed: list[Encoded], size: int, recent: RecentStates) -> list[Effects]:
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
    remembering, forgetful = RecentStates(large=0), RecentStates(large=1 << 30)
    assert pipeline(policy, fed, size, remembering) == pipeline(policy, fed, size, forgetful)
