"""Remembers in ClickHouse which notices were sent, for all who send any."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sinks.clickhouse import ClickHouse
from sinks.lookups import ask

TABLE: Final = "notices"
COLUMNS: Final = ("target", "rule", "about", "episode", "size", "state", "attempt")

State = Literal["sending", "sent", "failed", "over"]


@dataclass(frozen=True, slots=True)
class Said:
    """One row: what was said of a case."""

    target: str
    rule: str
    about: str
    episode: str
    size: int
    state: State
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What is remembered of a case; `attempts` (name, episode, when) did not say how they went."""

    target: str
    rule: str
    about: str
    episode: str
    size: int
    sent_at: datetime | None
    over_at: datetime | None
    attempts: tuple[tuple[str, str, datetime], ...]


def say(client: ClickHouse, said: Iterable[Said]) -> None:
    """Write down what is said; when this returns, it is on disk. Raises ClickHouseError."""
    rows = [
        (each.target, each.rule, each.about, each.episode, each.size, each.state, each.attempt)
        for each in said
    ]
    if rows:
        client.insert(TABLE, COLUMNS, rows)


def remembered(client: ClickHouse) -> tuple[datetime, list[Sent]]:
    """What time it is by the server, and what is remembered of each case. Raises ClickHouseError."""
    now = client.query("SELECT now64(3, 'UTC')").rows[0][0]
    rows = ask(client, "notices_sent").rows
    return _utc(now), [
        Sent(
            target,
            rule,
            about,
            episode,
            size,
            sent_at and _utc(sent_at),
            over_at and _utc(over_at),
            tuple((name, since, _utc(at)) for name, since, at in attempts),
        )
        for target, rule, about, episode, size, sent_at, over_at, _, attempts in rows
    ]


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
