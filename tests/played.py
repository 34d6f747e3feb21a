"""Plays facts through the whole pure pipeline, and says what it ended in."""

from collections.abc import Mapping
from dataclasses import replace

import facts as f

from attribution.pages import pages_of
from attribution.policy import Policy
from attribution.replay import Replay
from schemas.envelope import Fact
from schemas.handover import AnyFact
from schemas.journey import Journey, Opportunity, PageVisit


def play(policy: Policy, *known: Fact, batch: int = 1) -> Replay:
    """Feed facts in the given order, and take all steps."""
    replay = Replay(policy)
    replay.feed(f.records(*known))
    replay.drain(batch)
    return replay


def people(policy: Policy, *known: Fact) -> dict[str, Journey]:
    """The living journeys by person; without versions, which tell only how they came about."""
    living = play(policy, *known).living()
    return {person: replace(journey, version=0) for person, journey in living.items()}


def deals(policy: Policy, *known: Fact) -> dict[str, Opportunity]:
    """The snapshots of deals by deal, without versions."""
    found = play(policy, *known).opportunities
    return {deal: replace(snapshot, version=0) for deal, snapshot in found.items()}


def pages(
    policy: Policy, journey: Journey, *known: AnyFact, users: Mapping[str, str] | None = None
) -> tuple[PageVisit, ...]:
    """The pages of a journey, of the facts it is made of; `users` share its devices, by what names them."""
    visits = {touchpoint.id for touchpoint in journey.touchpoints}
    shared = {fact.subject: users for fact in known} if users else {}
    return pages_of(visits, known, shared, policy)
