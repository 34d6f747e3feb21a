"""Adds to a journey the pages that were read, from the facts that are stored of its visits."""

from dataclasses import asdict
from datetime import UTC, datetime

from attribution.links import names_in
from attribution.pages import pages_of
from attribution.policy import Policy
from schemas.codec import DecodeError, decode
from schemas.handover import AnyFact
from schemas.json_schema import types_of
from schemas.terms import TouchKind
from schemas.topics import WEBSITE
from sinks.clickhouse import ClickHouse
from sinks.lookups import Row, ask


def with_pages(client: ClickHouse, journey: Row, policy: Policy) -> Row:
    """Return a journey, as `sinks.lookups.journey_of` found it, with its "page_visits".

    They are those of the visits that the journey has, from facts that were known when it was. Raises
    ClickHouseError.
    """
    visits = {touch["id"] for touch in journey["touchpoints"] if touch["kind"] == TouchKind.VISIT}
    facts = _facts_of(client, visits, journey) if visits else []
    pages = pages_of(visits, facts, _shared(client, facts), policy)
    rows = [asdict(page) | {"at": datetime.fromtimestamp(page.at / 1000, UTC)} for page in pages]
    return journey | {"page_visits": rows}


def _facts_of(client: ClickHouse, visits: set[str], journey: Row) -> list[AnyFact]:
    known_at = round(journey["known_at"].timestamp() * 1000)
    wanted = {
        "types": "\n".join(types_of(WEBSITE.name)),
        "visits": "\n".join(sorted(visits)),
        "known_at": known_at,
    }
    facts: list[AnyFact] = []
    for (payload,) in ask(client, "visitors_facts", wanted).rows:
        try:
            facts.append(decode(WEBSITE.name, payload.encode()))
        except DecodeError:
            continue  # of another version of Leadtrace, whose pages are none of ours
    return facts


def _shared(client: ClickHouse, facts: list[AnyFact]) -> dict[str, dict[str, str]]:
    """The devices that stand on several journeys, with the persons by what identified them there."""
    told: dict[str, set[str]] = {}
    for fact in facts:
        told.setdefault(fact.subject, set()).update(names_in(fact))
    names = {subject for subject, others in told.items() if others}.union(*told.values())
    if not names:
        return {}
    holders: dict[str, set[str]] = {}
    for name, person in ask(client, "people_named", {"names": "\n".join(sorted(names))}).rows:
        holders.setdefault(name, set()).add(person)
    return {
        subject: {name: person for name in others for person in holders.get(name, ()) if person in users}
        for subject, others in told.items()
        if len(users := holders.get(subject, set())) > 1
    }
