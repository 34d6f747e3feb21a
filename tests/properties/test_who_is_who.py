"""Whoever is affected by what is said about identity is told, in any batches, whatever crashed."""

from dataclasses import dataclass, field
from random import Random

import facts as f
from cluster import tight_policy
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.identity import Belonging, Node
from attribution.linking import IdentityFact, LinkStep, resolve_again, resolve_links
from attribution.persons import Persons
from attribution.policy import Policy
from schemas.identity import IdentityLinked

POLICY = tight_policy()
LOOSE = POLICY.model_copy(
    update={
        "identity": POLICY.identity.model_copy(
            update={"degree_caps": {"anon": 4, "email": 4, "phone": 4, "user": 4, "crm": 4}}
        )
    }
)


def anything_said(chaos: Random) -> list[IdentityFact]:
    """Links between a few names of each kind, hardly more than join them, and some corrections."""
    names = [f"{kind}:{n}" for kind in ("anon", "email", "phone", "user", "crm:crm") for n in range(3)]
    names = chaos.sample(names, chaos.randint(4, len(names)))
    facts: list[IdentityFact] = []
    for _ in range(chaos.randint(2, len(names) * 3 // 2)):
        one, other = chaos.sample(names, 2)
        correction = chaos.random()
        if correction < 0.12:
            tied = [(each.left, each.right) for each in facts if isinstance(each, IdentityLinked)]
            facts.append(f.split(*chaos.choice(tied or [(one, other)])))
        elif correction < 0.16:
            facts.append(f.blocked(one))
        else:
            facts.append(f.linked(one, other))
    return facts


@dataclass
class Agent:
    """What the identity agent remembers, and what everybody has heard of it."""

    policy: Policy
    epoch: int = 1
    nodes: dict[str, Node] = field(default_factory=dict)
    heard: dict[str, tuple[int, Belonging]] = field(default_factory=dict)

    def node(self, name: str) -> Node:
        return self.nodes.get(name, Node())

    def hear(self, step: LinkStep) -> None:
        for each in step.assignments:
            if each.version > self.heard.get(each.identifier, (-1,))[0]:
                belonging = Belonging(each.person, each.shared, each.issue, each.divisor)
                self.heard[each.identifier] = each.version, belonging

    def take(self, run: list[IdentityFact], head: int, *, crashes: bool = False) -> None:
        step = resolve_links(run, head, self.node, self.policy, self.epoch)
        self.hear(step)
        if not crashes:
            self.nodes.update(step.nodes)

    def take_all(self, facts: list[IdentityFact], chaos: Random, done: int = 0) -> None:
        """Each run is preceded by an attempt of another length, whose messages went out before it crashed."""
        while done < len(facts):
            length, tried = chaos.randint(1, 6), chaos.randint(0, 6)
            attempt, run = facts[done : done + tried], facts[done : done + length]
            self.take(attempt, done + len(attempt) - 1, crashes=True)
            self.take(run, done + len(run) - 1)
            done += length

    def change(self, policy: Policy, chaos: Random) -> None:
        """Come under another policy: everybody known is looked at, a few at a time."""
        self.policy, self.epoch = policy, self.epoch + 1
        names = sorted(self.nodes)
        chaos.shuffle(names)
        for start in range(0, len(names), 3):
            step = resolve_again(names[start : start + 3], self.node, self.policy, self.epoch)
            self.hear(step)
            self.nodes.update(step.nodes)

    def all_at_once(self) -> dict[str, Belonging]:
        persons = Persons(self.node, self.policy)
        return {name: persons.belonging(name) for name in self.nodes}

    def said(self) -> dict[str, Belonging]:
        return {name: belonging for name, (_, belonging) in self.heard.items()}


EXAMPLES = settings(max_examples=20 * settings().max_examples)
SEEDS = st.integers(0, 1 << 40)
POLICIES = st.sampled_from([POLICY, LOOSE])


@EXAMPLES
@given(seed=SEEDS, policy=POLICIES)
def test_everybody_ends_where_all_links_at_once_would_put_them(seed: int, policy: Policy) -> None:
    chaos, agent = Random(seed), Agent(policy)
    agent.take_all(anything_said(chaos), chaos)
    assert agent.said() == agent.all_at_once()


@EXAMPLES
@given(seed=SEEDS, before=POLICIES, after=POLICIES)
def test_so_it_is_under_a_new_policy(seed: int, before: Policy, after: Policy) -> None:
    chaos, agent = Random(seed), Agent(before)
    facts = anything_said(chaos)
    half = chaos.randint(0, len(facts))
    agent.take_all(facts[:half], chaos)
    agent.change(after, chaos)
    agent.take_all(facts, chaos, half)
    assert agent.said() == agent.all_at_once()


@EXAMPLES
@given(seed=SEEDS)
def test_a_policy_with_lower_caps_might_have_been_there_from_the_start(seed: int) -> None:
    chaos, agent, other = Random(seed), Agent(LOOSE), Agent(POLICY)
    facts = anything_said(chaos)
    agent.take_all(facts, chaos)
    agent.change(POLICY, chaos)
    other.take_all(facts, chaos)
    assert agent.said() == other.said()
