"""What is done to states without a new fact changes nothing that follows from the facts."""

from dataclasses import replace
from random import Random

import facts as f
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import a_life

from attribution.policy import Policy
from attribution.replay import Replay
from schemas.envelope import Fact

SEEDS = st.integers(0, 1 << 40)
EXAMPLES = settings(max_examples=4 * settings().max_examples)


def outcome(replay: Replay) -> tuple[object, object]:
    journeys = {person: replace(journey, version=0) for person, journey in replay.living().items()}
    return journeys, {deal: replace(found, version=0) for deal, found in replay.opportunities.items()}


def played(policy: Policy, facts: list[Fact]) -> Replay:
    replay = Replay(policy)
    replay.feed(f.records(*facts))
    replay.drain(3)
    return replay


@EXAMPLES
@given(seed=SEEDS)
def test_letting_go_of_the_forgotten_changes_no_journey(policy: Policy, seed: int) -> None:
    """It happens when all is heard that was received by then, and no sooner than the grace allows."""
    chaos = Random(seed)
    soon = policy.model_copy(update={"retention": policy.retention.model_copy(update={"anonymous_days": 3})})
    facts = a_life(chaos, 150)
    swept = Replay(soon)
    for fact in facts:
        swept.forget(fact.received_at)
        swept.feed(f.records(fact))
        swept.drain()
    assert outcome(swept) == outcome(played(soon, facts))


def test_there_is_something_to_let_go(policy: Policy) -> None:
    """Or the property above would prove little."""
    soon = policy.model_copy(update={"retention": policy.retention.model_copy(update={"anonymous_days": 3})})
    replay = played(soon, [f.page("anon:1", 0), f.page("anon:2", 0), f.form("anon:2", 0, "email:a")])
    replay.forget(f.START + 11 * f.DAY)
    assert set(replay.states) == {"anon:2", "email:a"}
    last = replay.journeys["anon:1"].version
    replay.feed(f.records(f.page("anon:1", 90 * f.DAY)))
    replay.drain()
    assert replay.journeys["anon:1"].version > last
    assert replay.journeys["anon:1"].first_at == f.START + 90 * f.DAY


def changed(policy: Policy, what: str) -> Policy:
    """The policy with one rule of another content."""
    stages = policy.stages
    mapping = {**stages.mapping, "crm": {"marketing_qualified": frozenset({"hot"})}}
    part, update = {
        "stages": ("stages", {"mapping": mapping}),
        "sessions": ("sessions", {"timeout_minutes": 3 * 24 * 60}),
        "identity": ("identity", {"largest_person": 3}),
        "bounds": ("bounds", {"full_members": 1}),
        "retention": ("retention", {"anonymous_days": 4}),
        "hints": ("parameters", {"source_hints": ()}),
    }[what]
    return policy.model_copy(update={part: getattr(policy, part).model_copy(update=update)})


@pytest.mark.parametrize("what", ["stages", "sessions", "identity", "bounds", "retention", "hints"])
@settings(max_examples=settings().max_examples // 2)
@given(seed=SEEDS)
def test_a_new_policy_makes_of_what_is_known_what_it_would_have_made_of_it(
    policy: Policy, what: str, seed: int
) -> None:
    chaos = Random(seed)
    facts, new = a_life(chaos, 60), changed(policy, what)
    replay = played(policy, facts)
    assert replay.policy.version != new.version
    replay.come_under(new)
    replay.drain(chaos.randint(1, 9))
    assert outcome(replay) == outcome(played(new, facts))
    more = [f.page("anon:1", 61 * f.DAY), f.form("anon:2", 61 * f.DAY, "email:a")]
    replay.feed(f.records(*more))
    replay.drain()
    assert outcome(replay) == outcome(played(new, facts + more))
