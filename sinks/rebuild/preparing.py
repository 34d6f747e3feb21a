"""Prepares a rebuild: its facts are copied by person, after it was found out from them who is who."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from attribution.at_once import Ties, journeys_with, ties_of
from attribution.policy import Policy
from schemas.codec import DecodeError, decode, encode
from schemas.json_schema import types_of
from schemas.topics import ASSIGNMENTS, FACT_TOPICS, HAND_OVER
from sinks.clickhouse import ClickHouse, Row
from sinks.rebuild.progress import Prepared
from sinks.rebuild.shadow import RebuildError, Shadow
from sinks.rows import COLUMNS, snapshot_row

FACTS_PER_SLICE: Final = 25_000
MOST_SLICES: Final = 65_536
ROWS_PER_BLOCK: Final = 10_000
_TOPICS: Final = {
    kind.encode(): topic.name
    for topic in (*FACT_TOPICS, ASSIGNMENTS, HAND_OVER)
    for kind in types_of(topic.name)
}


def prepare(client: ClickHouse, shadow: Shadow, policy: Policy, say: Callable[[str], None]) -> Prepared:
    """Copy the facts of `events` by person, and write all deals.

    Facts that come meanwhile change nothing of who is who: that follows from the telling facts, which are
    copied first; of all others, some more or fewer are copied. So the rebuild is of one set of facts. It may
    be done twice. Raises RebuildError or ClickHouseError.
    """
    shadow.create(client, "tables")
    facts = shadow.table("rebuild_facts")
    client.command(f"TRUNCATE TABLE {facts} SYNC")
    say("copying the facts that tell who is who")
    shadow.command(client, "copy_telling")
    reading = Reading()
    ties = ties_of(reading.values(shadow.stream(client, "telling")), policy)
    say(f"{len(ties.assigned):,} identifiers are tied to others; {len(ties.opportunities):,} deals")
    for block in _blocks(_tied(ties)):
        client.insert(facts, ("person", "key", "type", "payload"), block)
    for block in _blocks(snapshot_row(each) for each in ties.opportunities):
        client.insert(shadow.table("opportunities"), COLUMNS["opportunities"], block)
    say("copying all other facts by person")
    for each in ("copy_own", "copy_rest", "copy_from_platforms"):
        shadow.command(client, each)
    ((of_people, from_platforms),) = shadow.ask(client, "size").rows
    if not of_people and not ties.assigned and not ties.opportunities:
        raise RebuildError(
            "the table `events` holds no facts of journeys: check that the loader has run, "
            "and LEADTRACE_CLICKHOUSE_DATABASE"
        )
    return Prepared(
        slices=min(MOST_SLICES, max(1, -(-of_people // FACTS_PER_SLICE))),
        facts=of_people,
        from_platforms=from_platforms,
        deals=len(ties.opportunities),
        unreadable=reading.unreadable,
    )


class Reading:
    """Facts and messages from their types and bytes; counts those that can't be read."""

    def __init__(self) -> None:
        self.unreadable = 0

    def value(self, kind: bytes, payload: bytes) -> Any | None:
        """One of them; None, if another version of Leadtrace wrote it, or something damaged it."""
        try:
            return decode(_TOPICS[kind], payload)
        except (DecodeError, KeyError):
            self.unreadable += 1
            return None

    def values(self, rows: Iterable[Row]) -> Iterator[Any]:
        """Those that can be read of rows of (type, payload)."""
        for kind, payload in rows:
            value = self.value(kind, payload)
            if value is not None:
                yield value


def _tied(ties: Ties) -> Iterator[Row]:
    for assigned in ties.assigned:
        payload = encode(assigned).decode()
        for person in journeys_with(assigned.identifier, assigned):
            yield person, assigned.identifier, assigned.type, payload
    for told in ties.told:
        payload = encode(told).decode()
        for person in journeys_with(told.identifier, ties.assigned.of(told.identifier)):
            yield person, told.identifier, told.type, payload


def _blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for row in rows:
        block.append(row)
        if len(block) == ROWS_PER_BLOCK:
            yield block
            block = []
    if block:
        yield block
