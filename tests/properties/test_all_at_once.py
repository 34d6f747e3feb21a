"""A batch over all facts ends where the agents end, step by step, in any order."""

from dataclasses import replace
from random import Random

import facts as f
from any_facts import BOUNDS, MANY_FACTS
from cluster import tight_policy
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.at_once import all_at_once
from attribution.policy import Policy
from attribution.replay import Replay
from schemas.envelope import Fact
from schemas.journey import Journey, Opportunity

TIGHT = tight_policy()
EXAMPLES = settings(max_examples=5 * settings().max_examples)


def by_agents(policy: Policy, known: list[Fact]) -> dict[str, Journey | Opportunity]:
    """What agents end in that take the facts as they come, a few at a time."""
    replay = Replay(policy)
    replay.feed(f.records(*known))
    replay.drain(3)
    journeys = {person: replace(journey, version=1) for person, journey in replay.living().items()}
    return journeys | {deal: replace(each, version=1) for deal, each in replay.opportunities.items()}


def at_once(policy: Policy, known: list[Fact]) -> dict[str, Journey | Opportunity]:
    made = all_at_once({fact.event_id: fact for fact in known}.values(), policy)
    return {each.person if isinstance(each, Journey) else each.deal: each for each in made}


@EXAMPLES
@given(known=MANY_FACTS, seed=st.integers(0, 1 << 30))
def test_all_at_once_is_what_the_agents_end_in(policy: Policy, known: list[Fact], seed: int) -> None:
    shuffled = Random(seed).sample(known, len(known))
    assert at_once(policy, shuffled) == by_agents(policy, known)


@EXAMPLES
@given(known=MANY_FACTS, bounds=BOUNDS)
def test_also_where_there_are_more_facts_than_are_kept(
    policy: Policy, known: list[Fact], bounds: dict[str, int]
) -> None:
    bounded = policy.model_copy(update={"bounds": policy.bounds.model_copy(update=bounds)})
    assert at_once(bounded, known) == by_agents(bounded, known)


@EXAMPLES
@given(known=MANY_FACTS)
def test_also_where_guards_hold_people_apart_and_visitors_are_forgotten(known: list[Fact]) -> None:
    assert at_once(TIGHT, known) == by_agents(TIGHT, known)
