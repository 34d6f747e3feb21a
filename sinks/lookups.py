"""Looks single things up: the journey of one person, dead letters, what was said about identifiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from sinks.clickhouse import Answer, ClickHouse, Parameter

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letters:
    """Which dead letters are meant: those of any of these reasons and topics, put aside `since` (Millis), and
    in this state. What is empty leaves nothing out."""

    reasons: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since: int = 0
    state: str = ""

    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the queries that ask for them, but the state."""
        return {
            "reasons": "\n".join(self.reasons),
            "topics": "\n".join(self.topics),
            "since": self.since,
        }


ANY: Final = Letters()
EVERY: Final = 2**32 - 1  # of rows, where there may be a limit


def journey_of(client: ClickHouse, identifier: str) -> Row | None:
    """Return the journey of the person who has this identifier, None if nobody has it.

    Keys are the columns of `journeys`; what belongs together there ("stages.at", "stages.stage" …) is a list
    of dictionaries ("stages"). Times are in UTC. Raises ClickHouseError.
    """
    answer = ask(client, "journey", {"identifier": identifier})
    return nested(answer.columns, answer.rows[0]) if answer.rows else None


def evidence_of(client: ClickHouse, ids: Sequence[str]) -> dict[str, Row]:
    """Return what facts are, who recorded them and when, by their ids. Raises ClickHouseError."""
    answer = ask(client, "evidence", {"ids": "\n".join(sorted(set(ids)))})
    return {row[0]: dict(zip(answer.columns, row, strict=True)) for row in answer.rows}


def identity_facts(client: ClickHouse, identifiers: Sequence[str], most: int = 200) -> Answer:
    """Return links, splits and blocks that name one of the identifiers, the first `most` of them.

    Raises ClickHouseError.
    """
    return ask(client, "identity_facts", {"identifiers": "\n".join(identifiers), "most": most})


def dead_letters(client: ClickHouse, most: int, wanted: Letters = ANY) -> Answer:
    """Return the newest dead letters, without their content. Raises ClickHouseError."""
    return ask(client, "dead_letters", {**wanted.parameters(), "state": wanted.state, "most": most})


def dead_letter_reasons(client: ClickHouse, wanted: Letters = ANY) -> Answer:
    """Return how many dead letters there are by topic, reason and state. Raises ClickHouseError."""
    return ask(client, "dead_letter_reasons", {**wanted.parameters(), "state": wanted.state})


def dead_letters_waiting(client: ClickHouse) -> Answer:
    """Return how many dead letters wait to be sent again, by topic and reason. Raises ClickHouseError."""
    return ask(client, "dead_letters_waiting")


def dead_letter(client: ClickHouse, topic: str, partition: int, offset: int) -> Row | None:
    """Return one dead letter with its original bytes, None if there is none. Raises ClickHouseError."""
    found = ask(client, "dead_letter", {"topic": topic, "partition": partition, "offset": offset})
    return dict(zip(found.columns, found.rows[0], strict=True)) if found.rows else None


def event_count(client: ClickHouse) -> int:
    """Return the number of facts that came from outside, each once. Raises ClickHouseError."""
    return int(ask(client, "event_count").rows[0][0])


def ask(
    client: ClickHouse, name: str, parameters: Mapping[str, Parameter] | None = None, as_bytes: bool = False
) -> Answer:
    """Run the query of sql/lookups/<name>.sql. Raises ClickHouseError."""
    text = resources.files("sinks.sql").joinpath("lookups", f"{name}.sql").read_text(encoding="utf-8")
    return client.query(text, parameters, as_bytes)


def nested(columns: Sequence[str], row: Sequence[Any]) -> Row:
    """Turn a row with parallel arrays ("a.x", "a.y") into lists of dictionaries ("a")."""
    found: Row = {}
    arrays: dict[str, dict[str, Sequence[Any]]] = {}
    for column, value in zip(columns, row, strict=True):
        outer, dot, inner = column.partition(".")
        if dot:
            arrays.setdefault(outer, {})[inner] = value
        else:
            found[column] = value
    for outer, parts in arrays.items():
        rows = zip(*parts.values(), strict=True)
        found[outer] = [dict(zip(parts, values, strict=True)) for values in rows]
    return found
