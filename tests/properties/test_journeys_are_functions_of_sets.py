"""Any order, repetition, batching and interleaving of the same facts ends in the same journeys."""

from dataclasses import replace
from random import Random

import facts as f
from any_facts import BOUNDS, MANY_FACTS
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.policy import Policy
from attribution.replay import Replay
from schemas.codec import Encoded
from schemas.envelope import Fact


def outcome(policy: Policy, fed: list[Encoded], batch: int = 1, pause: int = 0) -> tuple[object, object]:
    """What the pipeline ends in; `pause` records in between each drain, or all at once."""
    replay = Replay(policy)
    for start in range(0, len(fed), pause or len(fed) or 1):
        replay.feed(fed[start : start + (pause or len(fed))])
        replay.drain(batch)
    journeys = {person: replace(journey, version=0) for person, journey in replay.living().items()}
    deals = {deal: replace(snapshot, version=0) for deal, snapshot in replay.opportunities.items()}
    return journeys, deals


@settings(max_examples=150)
@given(known=MANY_FACTS, seed=st.integers(0, 1 << 30), batch=st.integers(1, 12), pause=st.integers(0, 7))
def test_order_repetition_and_batches_change_nothing(
    policy: Policy, known: list[Fact], seed: int, batch: int, pause: int
) -> None:
    fed = f.records(*known)
    chaos = Random(seed)
    disturbed = fed + chaos.choices(fed, k=len(fed)) if fed else []
    chaos.shuffle(disturbed)
    assert outcome(policy, disturbed, batch, pause) == outcome(policy, fed)


@settings(max_examples=150)
@given(known=MANY_FACTS, bounds=BOUNDS, seed=st.integers(0, 1 << 30), batch=st.integers(1, 12))
def test_bounded_state_ends_the_same_too(
    policy: Policy, known: list[Fact], bounds: dict[str, int], seed: int, batch: int
) -> None:
    tight = policy.model_copy(update={"bounds": policy.bounds.model_copy(update=bounds)})
    fed = f.records(*known)
    chaos = Random(seed)
    disturbed = fed + chaos.choices(fed, k=len(fed)) if fed else []
    chaos.shuffle(disturbed)
    assert outcome(tight, disturbed, batch) == outcome(tight, fed)


@settings(max_examples=60)
@given(known=MANY_FACTS)
def test_every_fact_is_in_exactly_one_journey(policy: Policy, known: list[Fact]) -> None:
    """Nothing is lost and nothing is doubled: each device's page views are touchpoints of one person only."""
    replay = Replay(policy)
    replay.feed(f.records(*known))
    replay.drain()
    touchpoints = [touch.id for journey in replay.living().values() for touch in journey.touchpoints]
    assert len(touchpoints) == len(set(touchpoints))
    visits = sum(touch.pages for journey in replay.living().values() for touch in journey.touchpoints)
    assert visits == len({fact.event_id for fact in known if fact.type == "page_viewed"})


@settings(max_examples=40)
@given(known=MANY_FACTS, seed=st.integers(0, 1 << 30))
def test_a_full_replay_on_top_of_what_is_known_changes_nothing(
    policy: Policy, known: list[Fact], seed: int
) -> None:
    fed = f.records(*known)
    again = list(fed)
    Random(seed).shuffle(again)
    assert outcome(policy, fed + again, 3, len(fed)) == outcome(policy, fed)
