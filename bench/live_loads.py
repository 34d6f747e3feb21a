"""Journeys that grow fact by fact: visitors', known persons', some late, and those of busy leads; seeded."""

from collections.abc import Callable, Iterator, Mapping
from random import Random

from bench.traffic import START, traffic
from schemas.codec import Encoded, decode, message_record, record_of
from schemas.crm import FollowedUp, LeadRecorded, StageChanged
from schemas.envelope import Fact, natural_id
from schemas.handover import IdentityAssigned
from schemas.terms import DAY_MS
from schemas.topics import CRM, WEBSITE

HOUR_MS = DAY_MS // 24
SEED = 7
STAGES = ("MQL", "SQL", "Opportunity", "POC")
WORDS = ("answered, wants a demo", "no answer", "asked for prices", "sent the documents", "call again in May")

# The records of so many journeys, so many of each.
Load = Callable[[int, int], Iterator[Encoded]]


def visitors(journeys: int, facts: int) -> Iterator[Encoded]:
    """Website traffic: of three facts two are page views, and the third is the time on a page."""
    return traffic(journeys, facts * 2 // 3)


def known_persons(journeys: int, facts: int) -> Iterator[Encoded]:
    """The same visitors, each of them a lead of the CRM from its first fact on, to whom its facts go."""
    met: set[bytes] = set()
    for record in visitors(journeys, facts - 1):
        if record.key not in met:
            met.add(record.key)
            person = lead_of(record.key.decode())
            yield record_of(lead_recorded(person, 0, START), CRM.name)
            assigned = IdentityAssigned(identifier=record.key.decode(), person=person, version=len(met))
            yield message_record(assigned)
        yield record


def late(journeys: int, facts: int) -> Iterator[Encoded]:
    """The same traffic, of which every tenth fact arrives up to an hour late."""
    chance = Random(SEED)
    held = []
    for number, record in enumerate(visitors(journeys, facts)):
        fact = decode(record.topic, record.value)
        delay = chance.randrange(HOUR_MS) if chance.random() < 0.1 else 0
        held.append((fact.received_at + delay, number, fact))
    for received_at, _, fact in sorted(held, key=lambda each: each[:2]):
        yield record_of(fact.model_copy(update={"received_at": received_at}), WEBSITE.name)


def busy_leads(journeys: int, facts: int) -> Iterator[Encoded]:
    """Leads with whom sales is busy: mostly follow-ups, now and then the record anew, or another stage."""
    for number in range(facts):
        for lead in range(journeys):
            at = START + number * 5 * HOUR_MS + lead * 1000
            yield record_of(_told_of(lead_of(str(lead)), number, at), CRM.name)


LOADS: Mapping[str, Load] = {
    "visitors": visitors,
    "known persons": known_persons,
    "late facts": late,
    "busy leads": busy_leads,
}


def lead_of(name: str) -> str:
    """The lead in the CRM whom a visitor turns out to be."""
    return f"crm:bench:{name.rpartition(':')[2]}"


def lead_recorded(lead: str, number: int, at: int) -> LeadRecorded:
    """The record of a lead, as it is after so many changes."""
    return LeadRecorded(
        event_id=natural_id("bench", "lead", lead, number),
        occurred_at=at,
        received_at=at + 200,
        source="bench",
        subject=lead,
        created_at=START,
        company="A company of the bench",
        email_domain="company.example",
        owner=f"owner-{number % 3}",
        lead_source="website",
        attributes={"industry": "manufacturing", "employees": str(100 + number)},
    )


def _told_of(lead: str, number: int, at: int) -> Fact:
    if number % 5 == 0:
        return lead_recorded(lead, number, at)
    common = {
        "event_id": natural_id("bench", "told", lead, number),
        "occurred_at": at,
        "received_at": at + 200,
        "source": "bench",
        "subject": lead,
    }
    if number % 10 == 1:
        stage = STAGES[number // 10 % len(STAGES)]
        return StageChanged.model_validate({**common, "system": "bench", "stage": stage})
    told = {"category": WORDS[number % len(WORDS)], "owner": f"owner-{number % 3}"}
    return FollowedUp.model_validate({**common, **told})
