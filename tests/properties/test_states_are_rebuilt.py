"""A damaged state stops nobody else, and rebuilt from the facts it is what it would have been undamaged."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import facts as f
from cluster import Cluster, oracle, tight_policy
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import a_life

from attribution.linking import IdentityFact, ends_of
from attribution.policy import Policy
from attribution.rebuilding import Stored, rebuild
from schemas.codec import Encoded, decode
from schemas.dead_letter import letter_of
from schemas.envelope import Fact
from schemas.identity import IdentityBlocked, IdentityLinked, IdentitySplit
from streams import dead_letters
from streams.batches import Batch, Effects
from streams.damaged import DAMAGED_STATE
from streams.isolation import isolate
from streams.maintenance import METADATA

SEEDS = st.integers(0, 1 << 40)
EXAMPLES = settings(max_examples=3 * settings().max_examples, deadline=None)
POLICY = tight_policy()
DAMAGES = (
    lambda data, _: b"\xff\xfe garbage",
    lambda data, _: b"",
    lambda data, _: data[:-3],
    lambda data, chaos: bytes(chaos.randrange(256) for _ in range(40)),
    lambda data, _: b"4\xff\xff\xff\x7f" + data,
    lambda data, _: b'{"own":[],"surprise":1}',
)


class Damageable(Cluster):
    """A cluster that puts aside what it can't use, as a worker does."""

    letters: list[Encoded]

    def __init__(self, policy: Policy) -> None:
        self.letters = []
        super().__init__(policy)

    def take(self, topic: str, most: int) -> tuple[Batch, Effects]:
        batch, _ = self._taken(topic, most)
        agent = self.agents[topic]
        effects = isolate(agent.handler, batch, self.table(agent.table).get, 1 << 20)
        for letter in effects.dead_letters:
            assert letter.reason == DAMAGED_STATE
            output = dead_letters.from_source(letter, batch, "1")
            assert letter_of(output.headers) is not None
            self.letters.append(Encoded(batch.topic, output.key or b"", output.value or b""))
        return batch, replace(effects, dead_letters=())

    def _taken(self, topic: str, most: int) -> tuple[Batch, Effects]:
        """The batch alone: its handler must not be asked before the damaged states are looked for."""
        handler = self.agents[topic].handler
        self.agents[topic] = replace(self.agents[topic], handler=lambda _batch, _read: Effects())
        try:
            return super().take(topic, most)
        finally:
            self.agents[topic] = replace(self.agents[topic], handler=handler)

    def damage(self, chaos: Random) -> tuple[str, str] | None:
        """Spoil the state of some key; returns it with its table."""
        places = [
            (table, key)
            for table in sorted(self.changelogs)
            for key in sorted(self.table(table))
            if key != METADATA
        ]
        if not places:
            return None
        table, key = chaos.choice(places)
        self.write(table, {key: chaos.choice(DAMAGES)(self.table(table)[key], chaos)})
        return table, key.decode()

    def rebuild(self, key: str) -> None:
        """What `leadtrace states rebuild` does, with the logs in the place of ClickHouse."""
        made = rebuild(key.partition("\x1f")[0], self.stored(key.partition("\x1f")[0]), self.policy)
        self.publish(made.first)
        self.drain()
        self.publish(made.then)
        self.drain()

    def stored(self, key: str) -> Stored:
        facts = [
            fact
            for topic in ("website.events", "utm.events", "sem.events", "crm.events", "identity.links")
            for record in self.logs.get(topic, [])
            for fact in [decode(topic, record.value)]
        ]
        said = [each for each in facts if isinstance(each, IdentityLinked | IdentitySplit | IdentityBlocked)]
        told = [each for each in facts if each not in said]
        snapshots = self.snapshots()
        return Stored(
            own=unique(fact for fact in told if fact.subject == key),
            naming=unique(fact for fact in told if fact.subject != key),
            said=around(key, said),
            members=sorted({name for each in snapshots if each.person == key for name in each.identifiers}),
            holders=sorted({each.person for each in snapshots if key in each.identifiers}),
            floor={topic: len(log) - 1 for topic, log in self.logs.items() if log},
        )


def unique(facts: Iterable[Fact]) -> list[Fact]:
    return list({fact.event_id: fact for fact in facts}.values())


def around(key: str, facts: Iterable[IdentityFact]) -> list[IdentityFact]:
    """What was said about a key and about all whom that ties to it."""
    found: dict[str, IdentityFact] = {}
    names, before = {key}, 0
    while len(names) > before:
        before = len(names)
        found |= {fact.event_id: fact for fact in facts if names & {*ends_of(fact)}}
        names |= {name for fact in found.values() for name in ends_of(fact)}
    return list(found.values())


def outcome(cluster: Cluster) -> object:
    journeys = {person: replace(journey, version=0) for person, journey in cluster.journeys().items()}
    return journeys, {key: replace(deal, version=0) for key, deal in cluster.opportunities().items()}


def expected(facts: list[Fact]) -> object:
    calm = oracle(POLICY, f.records(*facts))
    journeys = {person: replace(journey, version=0) for person, journey in calm.living().items()}
    return journeys, {key: replace(deal, version=0) for key, deal in calm.opportunities.items()}


def lived(cluster: Cluster, facts: list[Fact]) -> None:
    cluster.publish(f.records(*facts))
    cluster.drain()


@EXAMPLES
@given(SEEDS)
def test_a_state_that_is_rebuilt_is_what_it_would_be_undamaged(seed: int) -> None:
    chaos = Random(seed)
    facts = a_life(chaos, 5)
    middle, late = sorted(chaos.choices(range(len(facts) + 1), k=2))
    cluster = Damageable(POLICY)
    lived(cluster, facts[:middle])
    damaged = cluster.damage(chaos)
    lived(cluster, facts[middle:late])
    if damaged is not None:
        cluster.rebuild(damaged[1])
    if chaos.random() < 0.5:
        # What was put aside comes again, as after `leadtrace dead-letters redrive`: that changes nothing.
        cluster.publish(cluster.letters)
    cluster.letters = []
    lived(cluster, facts[late:])
    assert cluster.letters == []
    assert outcome(cluster) == expected(facts)
    assert cluster.contents_of_newest_versions() == len(cluster.persons())


@EXAMPLES
@given(SEEDS)
def test_to_rebuild_twice_or_what_is_not_damaged_changes_nothing(seed: int) -> None:
    chaos = Random(seed)
    facts = a_life(chaos, 5)
    cluster = Damageable(POLICY)
    lived(cluster, facts)
    damaged = cluster.damage(chaos) if chaos.random() < 0.5 else None
    states = [cluster.table(name) for name in cluster.changelogs]
    names = {key.decode() for each in states for key in each if key != METADATA}
    key = damaged[1] if damaged else chaos.choice(sorted(names))
    for _ in range(chaos.randint(1, 3)):
        cluster.rebuild(key)
    assert outcome(cluster) == expected(facts)
    assert cluster.letters == []
