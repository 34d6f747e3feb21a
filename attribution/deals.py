"""One step of a deal: its records are gathered under its own key and shared with the people on it."""

from collections.abc import Iterable, Sequence, Set

from attribution.opportunity import derive_opportunity
from attribution.policy import Policy
from attribution.standing import TIES_OF_LEADS, deals_named, ever_on
from attribution.state import State, indexed, settle
from schemas.crm import DeletionRecorded
from schemas.handover import AnyFact, FactsShared, Message
from schemas.journey import Opportunity
from schemas.terms import kind_of


def advance_deal(
    key: str,
    state: State,
    facts: Sequence[AnyFact],
    policy: Policy,
    epoch: int,
    wanted: Set[str] = frozenset(),
) -> tuple[State, tuple[Message | Opportunity, ...]]:
    """Add records to a deal and tell all of them to everybody who is or was on it.

    Who joined late needs the early records, and who was taken off needs the one that says so, even if the
    record that once named them had to go. A deal that this one was merged into needs all of them, too: its
    people are on that one now. What changes nothing is told to nobody again: two deals could go on for ever.
    Who has lost it, and is in `wanted`, is told all the same.
    """
    own, cut = settle(indexed(state.own), facts, policy.bounds.room)
    # Of what leads told only some may have come here before it had to go there.
    cut = cut and _lacks_records(own, (*state.own, *facts))
    people = tuple(sorted({*state.holders, *ever_on(own), *ever_on(facts)}))
    truncated = state.truncated or cut
    is_news = (own, people, truncated) != (state.own, state.holders, state.truncated)
    state = state.model_copy(update={"own": own, "truncated": truncated, "holders": people})
    shared = _shared(key, own, people, truncated) if is_news or wanted else []
    if not is_news:
        shared = [each for each in shared if each.identifier in wanted]
    return state, (*shared, derive_opportunity(key, own, state.version(epoch), policy))


def _lacks_records(own: Sequence[AnyFact], known: Iterable[AnyFact]) -> bool:
    """Whether records of deals had to go."""
    kept = indexed(own)
    return any(fact.event_id not in kept and kind_of(fact.subject) == "deal" for fact in known)


def tell_deals(
    key: str, own: Sequence[AnyFact], arrived: Sequence[AnyFact], wanted: Set[str] = frozenset()
) -> list[FactsShared]:
    """Return what the deals of a lead must hear of it: that it was deleted, and what it was converted into.

    `own` are the facts of the lead's key, `arrived` those that are new or came again after they had to go.
    Deals that are `wanted` hear it whatever is new.
    """
    if not arrived and not wanted:
        return []
    ties = {
        fact.event_id: fact
        for fact in (*own, *arrived)
        if isinstance(fact, TIES_OF_LEADS) and fact.subject == key
    }
    if not ties:
        return []
    is_news = any(isinstance(fact, TIES_OF_LEADS) or kind_of(fact.subject) == "deal" for fact in arrived)
    deals = deals_named((*own, *arrived)) if is_news else wanted & deals_named(own)
    told = tuple(ties[name] for name in sorted(ties))
    return [FactsShared(identifier=deal, facts=told) for deal in sorted(deals)]


def _shared(key: str, own: tuple[AnyFact, ...], people: Iterable[str], truncated: bool) -> list[FactsShared]:
    """`own` are a deal's facts, those that other deals and leads told it included."""
    of_deals = tuple(fact for fact in own if kind_of(fact.subject) == "deal")
    to_people = [FactsShared(identifier=each, facts=of_deals, truncated=truncated) for each in people]
    into = {fact.merged_into for fact in own if isinstance(fact, DeletionRecorded) and fact.subject == key}
    return [*to_people, *(FactsShared(identifier=deal, facts=own) for deal in sorted(into - {"", key}))]
