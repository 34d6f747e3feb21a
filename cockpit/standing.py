"""What all numbers of a page stand on: until when facts are known, and what of them is incomplete."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from cockpit.asked import Asked
from cockpit.asking import Ask, records
from sinks.clickhouse import ClickHouse

# Of these kinds of sources something is heard every day where all is well, and no visitor's clock decides it.
_STEADY: Final = ("ad_costs", "crm")


@dataclass(frozen=True, slots=True)
class Standing:
    """Until when facts are known, by which policy, and which shares of people are without a source."""

    known_until: datetime | None
    policy_version: str
    kept_at: datetime | None
    shares: Mapping[str, tuple[int, int]]
    waiting: int
    missing: tuple[str, ...]


def newest_day(rows: list[dict[str, Any]], today: date, timezone: str) -> date:
    """The last day of which costs or the CRM tell, or else the website; today if nothing is known."""
    times: list[tuple[bool, datetime]] = [
        (row["what"].partition(":")[0] in _STEADY, row["newest_at"])
        for row in rows
        if row["area"] == "freshness" and row["newest_at"] is not None
    ]
    steady = [at for is_steady, at in times if is_steady] or [at for _, at in times]
    if not steady:
        return today
    newest = max(at if at.tzinfo else at.replace(tzinfo=UTC) for at in steady)
    return min(today, newest.astimezone(ZoneInfo(timezone)).date())


def known_state(client: ClickHouse) -> tuple[datetime | None, str]:
    """Until when facts are known, and the policy of the newest journey."""
    rows = client.query("SELECT known_until, policy_version FROM known_state").rows
    return (rows[0][0].replace(tzinfo=UTC), rows[0][1]) if rows else (None, "")


async def sources(ask: Ask) -> list[dict[str, Any]]:
    """What is known of each source, at all times. Raises ClickHouseError."""
    return records(await ask.result("trust", {}))


async def standing(ask: Ask, asked: Asked) -> Standing:
    """What the numbers of a page stand on, in its days. Raises ReportError and ClickHouseError."""
    days = {} if asked.days.is_all else asked.days.parameters
    rows = records(await ask.result("trust", days))
    until, policy = await ask.query("known_state", known_state)
    kept = ask.kept_at
    return Standing(
        until if kept is None or until is None else min(until, kept),
        policy,
        kept,
        {row["what"]: (row["concerned"], row["of_all"]) for row in rows if row["of_all"]},
        sum(row["concerned"] or 0 for row in rows if row["area"] == "waiting"),
        tuple(row["says"] for row in rows if row["area"] == "missing"),
    )
