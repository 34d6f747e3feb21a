"""What is worth a notice at this moment, by each rule: cases, made of the rows of reports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from answers.identifiers import short
from notices.wishes import WEEKDAYS, DataQuality, DeadLetters, Digest, MissingCosts, SilentSources

Row = Mapping[str, Any]
COSTS: Final = "ad_costs"
KEPT: Final = "(reports)"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is so: which, since when, and how much of it; `told` are the values of its line.

    What begins again has another `episode`. Where nobody can say since when, it is empty, and a case begins
    again once it was over. `size` is 0 where there is nothing to count.
    """

    about: str
    episode: str = ""
    size: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)


def unanswered(rows: Sequence[Row]) -> list[Case]:
    """Rows of the report unanswered: a lead that becomes qualified again is another episode."""
    return [
        Case(
            row["person"],
            row["qualified_at"].isoformat(),
            told={
                "person": short(row["person"]),
                "company": row["company"],
                "owner": row["owner"],
                "days": row["waited_days"],
            },
        )
        for row in rows
    ]


def silent_sources(
    rule: SilentSources, rows: Sequence[Row], now: datetime, kept_at: datetime | None
) -> list[Case]:
    """Rows of the report trust: sources of facts that were heard of before, and are not any more.

    `kept_at`: of that moment the rows are, if not of now; a moment long ago is a case of its own.
    """
    known_at, longest = kept_at or now, timedelta(hours=rule.hours)
    heard = [
        (name, row["learnt_at"])
        for name, row in _fresh(rows)
        if not name.startswith(f"{COSTS}: ") and _is_meant(name, rule.sources, rule.but)
    ]
    cases = [_silent(name, at, known_at) for name, at in heard if known_at - at > longest]
    if kept_at is not None and now - kept_at > longest:
        cases.append(_silent(KEPT, kept_at, now))
    return cases


def _silent(name: str, heard_at: datetime, now: datetime) -> Case:
    hours = (now - heard_at).total_seconds() / 3600
    told = {"source": name.partition(": ")[2] or name, "heard": heard_at, "days": hours / 24, "hours": hours}
    return Case(name, heard_at.isoformat(), told=told)


def missing_costs(rule: MissingCosts, rows: Sequence[Row], today: date, timezone: str) -> list[Case]:
    """Rows of the report trust: accounts of platforms whose costs end too long ago, or no costs at all."""
    last = [
        (name.partition(": ")[2], row["newest_at"].astimezone(ZoneInfo(timezone)).date())
        for name, row in _fresh(rows)
        if name.startswith(f"{COSTS}: ")
    ]
    cases = [
        Case(name, day.isoformat(), told={"account": name, "last": day, "days": (today - day).days})
        for name, day in last
        if (today - day).days > rule.days and _is_meant(name, rule.platforms, rule.but)
    ]
    if any(row["area"] == "missing" and row["what"] == "ad costs" for row in rows):
        cases.append(Case("(none)", told={"account": "", "last": None, "days": None}))
    return cases


def dead_letters(rule: DeadLetters, rows: Sequence[Row]) -> list[Case]:
    """Rows of the report dead_letters_waiting."""
    return [
        Case(
            f"{row['topic']} {row['reason']}",
            size=row["waiting"],
            told={
                "topic": row["topic"],
                "reason": row["reason"],
                "count": row["waiting"],
                "since": row["oldest"],
            },
        )
        for row in rows
        if row["waiting"] >= rule.at_least
    ]


def data_quality(rule: DataQuality, rows: Sequence[Row]) -> list[Case]:
    """Rows of the report data_quality whose issue is one that is meant."""
    return [
        Case(
            f"{row['area']} {row['issue']}",
            size=row["rows"],
            told={"area": row["area"], "issue": row["issue"], "count": row["rows"]},
        )
        for row in rows
        if row["rows"] >= rule.at_least and row["issue"].startswith(rule.issues)
    ]


def week_of(rule: Digest, local: datetime) -> tuple[date, date]:
    """The first and the last day of the week that the newest digest is about, at this local time.

    It is due on a weekday and at a time; a digest that could not go then goes when it can.
    """
    hour, _, minute = rule.at.partition(":")
    day = local.date() - timedelta((local.weekday() - WEEKDAYS.index(rule.weekday)) % 7)
    if day == local.date() and (local.hour, local.minute) < (int(hour), int(minute)):
        day -= timedelta(7)
    monday = day - timedelta(day.weekday())
    return monday - timedelta(7), monday - timedelta(1)


def digest(rule: Digest, local: datetime) -> list[Case]:
    """The digest that is to be sent by now; whether it was is remembered like of any case."""
    first, last = week_of(rule, local)
    return [Case("week", first.isoformat(), told={"first": first, "last": last})]


def _fresh(rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    return ((row["what"], row) for row in rows if row["area"] == "freshness")


def _is_meant(name: str, wanted: Sequence[str], but: Sequence[str]) -> bool:
    """Whether a name is one of the wanted, by their starts, and none of the others; none wanted: all are."""
    starts = (name, name.partition(": ")[2])
    return any(each.startswith(tuple(wanted) or "") for each in starts) and not any(
        each.startswith(tuple(but)) for each in starts
    )
