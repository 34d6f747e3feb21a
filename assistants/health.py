"""The tool over the data: how far they can be trusted today, and what is wrong with them."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from answers.answer import Answer
from answers.clock import as_local
from answers.trust import trust_lines
from assistants.arguments import During
from assistants.desk import Desk, Seat, today_in
from assistants.reports import with_period
from assistants.told import Told, as_json, told_rows
from sinks.bi import health
from sinks.clickhouse import ClickHouseAwayError, ClickHouseError
from sinks.report_files import list_reports
from sinks.report_values import find

# What lies behind the sentences of trust.
_BEHIND: Final = ("data_quality", "dead_letters_waiting")
_MOST: Final = 100


async def data_health(desk: Desk, asked: During) -> Told:
    """How far the numbers can be trusted. Raises ReportError, SettingsError and ClickHouseError."""
    report = find(list_reports(), "trust")
    parameters = {"during": asked.during} if asked.during else {}
    days = with_period(report, parameters, today_in(desk.given))

    def work(seat: Seat) -> Told:
        answers = seat.answers()
        trust = answers.of(report, days, with_trust=True)
        behind = {name: answers.of(find(list_reports(), name), {}, with_trust=False) for name in _BEHIND}
        return _told(trust, behind, _of_kept(seat))

    return await desk.ask(work)


def _told(trust: Answer, behind: dict[str, Answer], kept: list[str]) -> Told:
    lines = ["## How far can the numbers be trusted?", ""]
    says = trust_lines(trust.result, ZoneInfo(trust.timezone))
    lines += [f"- {each}" for each in (trust.stands_on, *says)]
    lines += ["", f"Sources, and the newest that each told (times in {trust.timezone}):"]
    lines += [_source(row, trust.timezone) for row in _rows(trust, "freshness")]
    for name, answer in behind.items():
        rows = answer.result.rows[:_MOST]
        lines += ["", f"{answer.report.title} (report {name})"]
        lines += [f"- {' · '.join(str(value) for value in row if value is not None)}" for row in rows]
        lines += [] if rows else ["- nothing"]
    lines += ["", "What is kept for fast answers:", *(f"- {each}" for each in kept)]
    data: dict[str, Any] = {
        "known_until": trust.known_until,
        "kept_at": trust.kept_at,
        "policy_version": trust.policy_version,
    }
    data |= {"says": says, "measures": told_rows(trust.result.columns, trust.result.rows, _MOST)}
    data |= {
        name: told_rows(answer.result.columns, answer.result.rows, _MOST) for name, answer in behind.items()
    }
    return Told("\n".join(lines), as_json(data | {"kept": kept}))


def _rows(trust: Answer, area: str) -> list[dict[str, Any]]:
    rows = [dict(zip(trust.result.columns, row, strict=True)) for row in trust.result.rows]
    return [row for row in rows if row["area"] == area]


def _source(row: dict[str, Any], timezone: str) -> str:
    newest = as_local(row["newest_at"], timezone) if row["newest_at"] else "nothing"
    return f"- {row['what']}: newest {newest}; {row['says']}"


def _of_kept(seat: Seat) -> list[str]:
    """How fresh what is kept for BI tools and fast reports is."""
    if not seat.given.bi_refresh:
        return ["nothing is kept: every report reads what is stored at this moment"]
    try:
        found = health(seat.client, seat.given)
    except ClickHouseAwayError:
        raise
    except ClickHouseError as error:
        return [f"not known: {error}"]
    return [f"{found.tables} views, the oldest made {found.oldest} seconds ago", *found.problems]
