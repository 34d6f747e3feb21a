"""What leads and deals tell each other, when they may keep only few facts: in any order the same is left."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import facts as f
import pytest

from attribution.policy import Policy
from attribution.replay import Replay
from schemas.envelope import Fact

LEADS, DEAL, OTHER = ("crm:crm:1", "crm:crm:2"), "deal:crm:8", "deal:crm:9"


def outcome(policy: Policy, *parts: Sequence[Fact]) -> object:
    """What is left when these come one after the other, and all that follows from one before the next."""
    replay = Replay(policy)
    for part in parts:
        replay.feed(f.records(*part))
        replay.drain()
    journeys = {person: replace(journey, version=0) for person, journey in replay.living().items()}
    return journeys, {deal: replace(snapshot, version=0) for deal, snapshot in replay.opportunities.items()}


@pytest.fixture
def tight(policy: Policy) -> Policy:
    """Of each type the first two and the last are kept."""
    few = policy.bounds.model_copy(update={"first_facts": 2, "last_facts": 1})
    return policy.model_copy(update={"bounds": few})


def test_what_a_deal_tells_a_lead_takes_no_room_from_what_the_lead_has_to_tell(tight: Policy) -> None:
    parts = [
        (f.joined(DEAL, 0, *LEADS), f.deleted(DEAL, 9)),
        (f.deleted(LEADS[0], 1), f.deleted(LEADS[0], 2), f.deleted(LEADS[0], 3)),
        (f.joined(OTHER, 0, *LEADS),),
    ]
    wanted = outcome(tight, *parts)
    assert all(outcome(tight, *order) == wanted for order in permutations(parts))


def test_what_had_to_go_before_a_deal_was_known_would_have_had_to_go_there_too(tight: Policy) -> None:
    of_lead = [f.deleted(LEADS[0], at) for at in range(5)]
    joined = [f.joined(DEAL, 0, *LEADS)]
    assert outcome(tight, of_lead, joined) == outcome(tight, joined, of_lead)
