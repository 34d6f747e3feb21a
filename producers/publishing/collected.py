"""What comes of one event that a caller sent: a fact for a topic, or the reason why there is none."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from producers.outcomes.left_out import LeftOut
from producers.privacy.facts import record_of
from producers.privacy.personal_data import Tokeniser
from schemas.codec import Encoded
from schemas.envelope import Fact
from schemas.identity import IdentityBlocked
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from schemas.utm import CampaignTouched, EventAttended, OfflineContact
from schemas.website import WebsiteFact


@dataclass(frozen=True, slots=True)
class Collected:
    """What one request yields: records for topics, and the events that are none.

    `accepted` counts events that had an effect, which is not the number of records: a row of a CRM may be
    several facts. `ignored` were understood, and say nothing that a journey knows.
    """

    records: tuple[Encoded, ...] = ()
    accepted: int = 0
    rejected: tuple[LeftOut, ...] = ()
    ignored: tuple[LeftOut, ...] = ()


def record(fact: Fact, tokeniser: Tokeniser) -> Encoded:
    """Make the record of a fact, for the topic that holds its kind."""
    match fact:
        case WebsiteFact():
            return record_of(fact, WEBSITE.name, tokeniser)
        case CampaignTouched() | EventAttended() | OfflineContact():
            return record_of(fact, UTM.name, tokeniser)
        case IdentityBlocked():
            return record_of(fact, LINKS.name, tokeniser)
        case _:
            return record_of(fact, CRM.name, tokeniser)


# What comes of one event: a fact, several, none of interest, or the reason why it is left out.
Outcome: TypeAlias = Fact | tuple[Fact, ...] | LeftOut | None
# One step for each event, so that whoever takes them can let others go on in between.
Steps: TypeAlias = Generator[None, None, Collected]


def collected(outcomes: Iterable[Outcome], tokeniser: Tokeniser) -> Steps:
    """Sort outcomes, one in each step; None stands for an event that is understood and not kept."""
    records: list[Encoded] = []
    rejected: list[LeftOut] = []
    count = 0
    for outcome in outcomes:
        count += 1
        if isinstance(outcome, LeftOut):
            rejected.append(outcome)
        elif isinstance(outcome, tuple):
            records += (record(fact, tokeniser) for fact in outcome)
        elif outcome is not None:
            records.append(record(outcome, tokeniser))
        yield
    return Collected(tuple(records), count - len(rejected), tuple(rejected))


def step(steps: Steps) -> Collected | None:
    """Take one step; return what has come of all of them if there is none left, else None."""
    try:
        next(steps)
    except StopIteration as end:
        told: Collected = end.value
        return told
    return None


def finished(steps: Steps) -> Collected:
    """Take all steps at once."""
    while (told := step(steps)) is None:
        pass
    return told
