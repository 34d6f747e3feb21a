"""One step of a deal: its records are gathered under its own key and shared with the people on it."""

from collections.abc import Sequence

from attribution.facts import AnyFact
from attribution.journey import derive_opportunity, ever_on
from attribution.policy import Policy
from attribution.state import State, indexed, settle
from schemas.handover import FactsShared, Message
from schemas.journey import Opportunity


def advance_deal(
    key: str, state: State, facts: Sequence[AnyFact], policy: Policy
) -> tuple[State, tuple[Message | Opportunity, ...]]:
    """Add records to a deal and tell all of them to everybody who is or was on it.

    Who joined late needs the early records, and who was taken off needs the one that says so.
    """
    own, cut = settle(indexed(state.own), facts, policy.bounds.first_facts, policy.bounds.last_facts)
    state = state.model_copy(update={"own": own, "truncated": state.truncated or cut})
    shared = [FactsShared(identifier=person, facts=own) for person in ever_on(own)]
    return state, (*shared, derive_opportunity(key, own, state.version(policy.epoch), policy))
