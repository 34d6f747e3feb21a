"""Reads from ClickHouse what is stored of one key, so that its states can be rebuilt."""

from collections.abc import Sequence
from typing import Any

import orjson

from attribution.linking import IdentityFact, ends_of
from attribution.rebuilding import CLICK_KINDS, Stored
from schemas.codec import DecodeError, decode
from schemas.identity import IdentityBlocked, IdentityLinked, IdentitySplit
from schemas.json_schema import types_of
from schemas.terms import kind_of
from schemas.topics import FACT_TOPICS
from sinks.clickhouse import ClickHouse
from sinks.lookups import EVERY, ask, identity_facts

SAID = (IdentityLinked, IdentitySplit, IdentityBlocked)
# Beyond so many identifiers nobody is a person.
MOST_TIED = 2_000


def stored_of(client: ClickHouse, key: str, floor: dict[str, int]) -> Stored:
    """Return everything that is stored of a key; `floor` are the last offsets of its partition.

    Raises ClickHouseError.
    """
    quoted = orjson.dumps(key).decode()
    about = _facts(ask(client, "facts_about", {"key": key, "quoted": quoted}).rows)
    told = [each for each in about if not isinstance(each, SAID)]
    naming = [each for each in told if each.subject != key]
    if kind_of(key) in CLICK_KINDS:
        naming = _facts(ask(client, "landings_with", {"id": key.rpartition(":")[2]}).rows)
    ever = ask(client, "journeys_ever", {"key": key}).rows
    return Stored(
        own=tuple(each for each in told if each.subject == key),
        naming=tuple(naming),
        said=_said_around(client, key),
        members=tuple(sorted({name for person, name in ever if person == key})),
        holders=tuple(sorted({person for person, name in ever if name == key})),
        floor=floor,
    )


def _said_around(client: ClickHouse, key: str) -> tuple[IdentityFact, ...]:
    """What was said about who a key is, and about all whom that ties to it."""
    said: dict[str, IdentityFact] = {}
    asked: set[str] = set()
    names = {key}
    while names - asked and len(asked) < MOST_TIED:
        fresh = sorted(names - asked)
        asked |= names
        found = _facts(identity_facts(client, fresh, EVERY).rows)
        said |= {fact.event_id: fact for fact in found}
        names |= {name for fact in found for name in ends_of(fact)}
    return tuple(said.values())


def _facts(rows: Sequence[Sequence[Any]]) -> list[Any]:
    topics = {kind: topic.name for topic in FACT_TOPICS for kind in types_of(topic.name)}
    found = []
    for _, kind, payload in rows:
        try:
            found.append(decode(topics[kind], payload.encode()))
        except (DecodeError, KeyError):
            continue  # of another version of Leadtrace, whose states are none of ours
    return found
