"""What the people on a deal tell it, when they may keep only few facts."""

from dataclasses import replace

import facts as f

from attribution.policy import Policy
from attribution.replay import Replay
from schemas.envelope import Fact

LEADS, DEAL = ("crm:crm:1", "crm:crm:2"), "deal:crm:8"


def outcome(policy: Policy, *told: Fact) -> object:
    replay = Replay(policy)
    replay.feed(f.records(*told))
    replay.drain()
    journeys = {person: replace(journey, version=0) for person, journey in replay.living().items()}
    return journeys, {deal: replace(snapshot, version=0) for deal, snapshot in replay.opportunities.items()}


def test_a_deal_hears_what_a_lead_must_let_go_when_it_comes_to_know_of_the_deal(policy: Policy) -> None:
    few = policy.bounds.model_copy(update={"first_facts": 2, "last_facts": 1})
    tight = policy.model_copy(update={"bounds": few})
    joined = f.joined(DEAL, 0, *LEADS)
    of_deal = (f.deleted(DEAL, 0), f.deleted(DEAL, 1))
    # Of four deletions the lead keeps the first two and the last.
    of_lead = (f.deleted(LEADS[0], 2), f.deleted(LEADS[0], 3))

    assert outcome(tight, *of_lead, *of_deal, joined) == outcome(tight, joined, *of_deal, *of_lead)
