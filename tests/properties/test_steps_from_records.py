"""A step with what may change leads to what the whole state leads to, whatever comes in any order."""

from random import Random
from typing import Any

import facts as f
from any_facts import DEVICES, NAMES, REFERRERS, URLS, any_fact
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.advance import Arrival, advance
from attribution.keeping import Kept, load_whole
from attribution.layout import load_layout
from attribution.policy import Policy
from attribution.replay import Replay
from attribution.state import State
from schemas.closed_touchpoints import is_closed_touchpoint, whole
from schemas.codec import Encoded, decode, decode_closed, output_record
from schemas.envelope import Fact
from schemas.journey import Touchpoint
from schemas.topics import JOURNEYS, LINKS, MENTIONS, SEM
from schemas.website import PageViewed
from streams.journey_states import Beginning, JourneyStates


class Twin(Replay):
    """Takes each step of a journey twice, from the whole state and from its records, and compares."""

    def __init__(self, policy: Policy, chaos: Random) -> None:
        super().__init__(policy)
        self.chaos = chaos
        self.records: dict[bytes, bytes] = {}
        self.closed: dict[tuple[str, str], Touchpoint] = {}
        self.stepping = JourneyStates(chaos.choice((0, 1 << 30)), keep_open=chaos.choice((0, 2, 99)))

    def _step(self, topic: str, key: str, group: list[tuple[int, Encoded]]) -> None:
        if topic in (LINKS.name, SEM.name, MENTIONS.name):
            super()._step(topic, key, group)
            return
        arrivals = [Arrival(topic, offset, decode(topic, record.value)) for offset, record in group]
        state = self.states.get(key) or State(applied=self.metadata.floor)
        step = advance(key, state, arrivals, self.policy, self.metadata.epoch)
        self.states[key] = step.state
        kept = self._kept(key, arrivals)
        sent, wanted = self._sent(kept), list(map(output_record, step.outputs))
        assert sent == wanted
        if self.chaos.random() < 0.2:
            # The process ends while it writes. What was acknowledged before need not be sent again.
            self._write(list(kept.changes.items())[: self.chaos.randrange(len(kept.changes))])
            kept = self._kept(key, arrivals)
            assert self._sent(kept)[-1:] == wanted[-1:]
        self._write(list(kept.changes.items()))
        assert self._read_back(key) == step.state
        self._send(step.outputs)

    def _kept(self, key: str, arrivals: list[Arrival]) -> Kept:
        begin = Beginning(None, self.metadata.floor)
        return self.stepping.step(key, self.records.get, arrivals, begin, self.policy, self.metadata.epoch)

    def _write(self, changes: list[tuple[bytes, bytes | None]]) -> None:
        for key, data in changes:
            self.records.pop(key, None)
            if data is not None:
                self.records[key] = data

    def _sent(self, kept: Kept) -> list[Encoded]:
        """What is sent, as if no touchpoint were closed; those that are, are noted."""
        sent = []
        for record in kept.outputs:
            if record.topic != JOURNEYS.name:
                sent.append(record)
            elif is_closed_touchpoint(record.key):
                closed = decode_closed(record.value)
                self.closed[closed.person, closed.ref] = closed.touchpoint
            else:
                journey = decode(record.topic, record.value)
                mine = {ref: each for (who, ref), each in self.closed.items() if who == journey.person}
                sent.append(output_record(whole(journey, mine)))
        return sent

    def _read_back(self, key: str) -> State:
        head = self.records[key.encode()]
        layout = load_layout(key, head, self.records.get)
        return load_whole(key, head, layout, self.records.get).state


# Somebody who reads on: most facts come in order, in visits with pauses between.
@st.composite
def reading(draw: Any) -> list[Fact]:
    device, at = draw(st.sampled_from(DEVICES[:2])), draw(st.integers(0, f.DAY))
    landing = draw(st.sampled_from(URLS))
    facts: list[Fact] = []
    for _ in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from([5_000, 20_000, f.MINUTE, 20 * f.MINUTE, 2 * f.HOUR, 3 * f.DAY]))
        url = draw(st.sampled_from([*URLS[:2], landing, "https://www.site.example/a"]))
        referrer = draw(st.sampled_from(REFERRERS))
        made = draw(st.sampled_from(("view", "view", "view", "dwell", "tracked", "form", "named")))
        match made:
            case "view":
                facts.append(f.page(device, at, url, referrer=referrer))
            case "dwell":
                read = facts[-1].url if facts and isinstance(facts[-1], PageViewed) else url
                facts.append(f.dwell(device, at, read, draw(st.sampled_from([1000, 15_000, 45 * f.MINUTE]))))
            case "tracked":
                facts.append(f.tracked(device, at, "anything", url=draw(st.sampled_from(["", url]))))
            case "form":
                facts.append(f.form(device, at, url=url))
            case _:
                facts.append(f.form(device, at, draw(st.sampled_from(NAMES[:2]))))
    return facts


DISORDER = st.sampled_from([0, 0, 2, 9])
MIXED = st.tuples(st.lists(reading(), min_size=1, max_size=3), st.lists(any_fact(), max_size=8))


# None of them, few facts and touchpoints, a short memory of visitors, people of one's own, many machines.
POLICIES = st.sampled_from(
    [
        {},
        {"bounds": {"first_facts": 3, "last_facts": 5, "first_bytes": 1500, "last_bytes": 2500}},
        {"bounds": {"first_facts": 16, "last_facts": 16, "first_bytes": 4000, "last_bytes": 4000}},
        {"bounds": {"touchpoints_first": 2, "touchpoints_last": 2}},
        {"retention": {"anonymous_days": 2}},
        {"internal": {"hosts": frozenset({"www.site.example"})}},
        {"internal": {"identifiers": frozenset({"anon:1"})}},
        {"bots": {"pages_per_minute": 2}},
    ]
)


@settings(max_examples=200)
@given(changed=POLICIES, told=MIXED, seed=st.integers(0, 1 << 30), batch=st.integers(1, 6), disorder=DISORDER)
def test_each_step_is_the_one_of_the_whole_state(
    policy: Policy,
    changed: dict[str, dict[str, Any]],
    told: tuple[list[list[Fact]], list[Fact]],
    seed: int,
    batch: int,
    disorder: int,
) -> None:
    chaos = Random(seed)
    sections = {name: getattr(policy, name).model_copy(update=said) for name, said in changed.items()}
    policy = policy.model_copy(update=sections)
    readings, others = told
    known = sorted((fact for reads in readings for fact in reads), key=lambda fact: fact.occurred_at)
    for fact in others:
        known.insert(chaos.randrange(len(known) + 1), fact)
    for _ in range(disorder):
        known.insert(chaos.randrange(len(known)), known.pop(chaos.randrange(len(known))))
    known += chaos.choices(known, k=disorder)
    twin = Twin(policy, chaos)
    for start in range(0, len(known), 7):
        twin.feed(f.records(*known[start : start + 7]))
        twin.drain(batch)
