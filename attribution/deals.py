"""One step of a deal: its records are gathered under its own key and shared with the people on it."""

from collections.abc import Sequence

from attribution.opportunity import derive_opportunity, ever_on
from attribution.policy import Policy
from attribution.state import State, indexed, settle
from schemas.handover import AnyFact, FactsShared, Message
from schemas.journey import Opportunity


def advance_deal(
    key: str, state: State, facts: Sequence[AnyFact], policy: Policy, epoch: int
) -> tuple[State, tuple[Message | Opportunity, ...]]:
    """Add records to a deal and tell all of them to everybody who is or was on it.

    Who joined late needs the early records, and who was taken off needs the one that says so, even if the
    record that once named them had to go.
    """
    own, cut = settle(indexed(state.own), facts, policy.bounds.room)
    people = tuple(sorted({*state.holders, *ever_on(own), *ever_on(facts)}))
    truncated = state.truncated or cut
    state = state.model_copy(update={"own": own, "truncated": truncated, "holders": people})
    shared = [FactsShared(identifier=person, facts=own, truncated=truncated) for person in people]
    return state, (*shared, derive_opportunity(key, own, state.version(epoch), policy))
