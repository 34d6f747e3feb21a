"""Data health: what needs somebody's hand, how fresh each source is, and what could not be understood."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from answers.words import marked
from cockpit.asked import Asked
from cockpit.asking import Ask, Question, Row, ask_all, records
from cockpit.issues import said
from cockpit.shown import Page, Shown
from cockpit.tables import table_of

RECENT_DAYS: Final = 30
# So long may a source be silent that told something nearly every day, and any other.
SILENT_DAYS: Final = 2.0
USUAL_GAPS: Final = 3.0
_MOST_ROWS: Final = 50
_COSTS: Final = "ad_costs"
_LETTERS: Final = "/dead-letters"
_KINDS: Final = {
    "website": marked("Website"),
    "crm": marked("CRM"),
    "ads": marked("Clicks and keywords"),
    "attendance": marked("Events attended"),
    "rates": marked("Exchange rates"),
    "ad_costs": marked("Ad costs"),
    "other": marked("Others"),
}
_IMPORTS: Final = {
    "website": "",
    "crm": "leadtrace import crm FILE",
    "ads": "leadtrace import sem FILE",
    "ad_costs": "leadtrace import sem FILE",
    "attendance": "leadtrace import attendance FILE",
    "rates": "leadtrace import rates FILE",
}
# What a source of its kind is, of which nothing was ever heard.
_MISSING: Final = {
    "website": (marked("No website is connected: visits, channels and content are not known"), ""),
    "CRM": (
        marked("No CRM is connected: MQLs, deals and revenue are not known"),
        "leadtrace import crm FILE",
    ),
    "ad costs": (
        marked("No ad costs are imported: cost, CAC and ROI are not known"),
        "leadtrace import sem FILE",
    ),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One source: when it was heard of last, and how many facts it told of each of the last days."""

    kind: str
    name: str
    newest_at: Any
    learnt_at: Any
    days_silent: float | None
    facts: tuple[int, ...]
    is_late: bool


@dataclass(frozen=True, slots=True)
class Task:
    """Something that needs a hand: a text with its places filled by `values`, and how to do it."""

    text: str
    values: Mapping[str, Any]
    link: str = ""
    command: str = ""


async def health(ask: Ask, asked: Asked) -> Shown:
    """Everything that is wrong, worst first, and everything that is known of each source."""
    first = asked.newest - timedelta(RECENT_DAYS - 1)
    days = {"from": f"{first:%Y-%m-%d}", "to": f"{asked.newest:%Y-%m-%d}"}
    told = await ask_all(
        ask,
        {
            "trust": Question("trust"),
            "days": Question("source_days", days),
            "quality": Question("data_quality"),
            "letters": Question("dead_letters_waiting"),
            "referrers": Question("referrers"),
        },
    )
    trust, letters = records(told["trust"]), records(told["letters"])
    sources = sources_of(trust, records(told["days"]), first, asked.newest, datetime.now(UTC))
    return Shown(
        "health",
        {
            "tasks": list(tasks(trust, sources, letters, records(told["referrers"]))),
            "sources": sources,
            "kinds": _KINDS,
            "first": first,
            "issues": [(*said(row["issue"]), row) for row in records(told["quality"])],
            "tables_of": {name: table_of(told[name], _MOST_ROWS) for name in ("letters", "referrers")},
            "letters_page": _LETTERS,
        },
    )


def sources_of(
    trust: Sequence[Row], days: Sequence[Row], first: date, last: date, now: datetime
) -> list[Source]:
    """All sources, the late ones first; facts of each day from the first to the last."""
    counted: dict[str, dict[date, int]] = {}
    for row in days:
        counted.setdefault(row["source"], {})[row["day"]] = row["facts"]
    length = (last - first).days + 1
    found = []
    for row in trust:
        if row["area"] != "freshness":
            continue
        kind, _, name = row["what"].partition(": ")
        facts = tuple(counted.get(name, {}).get(first + timedelta(at), 0) for at in range(length))
        silent = silent_days(row["learnt_at"], now)
        found.append(
            Source(kind, name, row["newest_at"], row["learnt_at"], silent, facts, is_late(silent, facts))
        )
    return sorted(found, key=lambda each: (not each.is_late, list(_KINDS).index(each.kind), each.name))


def silent_days(learnt_at: datetime | None, now: datetime) -> float | None:
    """The days since a source was heard of."""
    if learnt_at is None:
        return None
    heard = learnt_at if learnt_at.tzinfo else learnt_at.replace(tzinfo=UTC)
    return (now - heard) / timedelta(1)


def is_late(silent: float | None, facts: Sequence[int]) -> bool:
    """Whether a source is silent for longer than usual: by the days on which it told anything of late."""
    if silent is None:
        return False
    spoken = sum(count > 0 for count in facts)
    usual = len(facts) / spoken if spoken else float(len(facts) or RECENT_DAYS)
    return silent > max(SILENT_DAYS, USUAL_GAPS * usual)


def tasks(
    trust: Sequence[Row], sources: Sequence[Source], letters: Sequence[Row], referrers: Sequence[Row]
) -> Iterator[Task]:
    """What needs a hand, the worst first: what is missing, what waits, who is silent, what misleads."""
    for row in trust:
        if row["area"] == "missing" and row["what"] in _MISSING:
            text, command = _MISSING[row["what"]]
            yield Task(text, {}, command=command)
    waiting = sum(row["waiting"] for row in letters)
    if waiting:
        yield Task(
            marked("%(count)s records could not be understood and wait to be sent again"),
            {"count": waiting},
            link=_LETTERS,
            command="leadtrace dead-letters",
        )
    for each in sources:
        if each.is_late:
            yield Task(
                marked("%(source)s is silent for %(days)s days"),
                {"source": each.name, "days": round(each.days_silent or 0)},
                command=_IMPORTS.get(each.kind, ""),
            )
    for row in referrers:
        yield Task(
            marked("%(host)s looks like no source of its own but like %(what)s: %(visits)s visits"),
            {"host": row["host"], "what": row["looks_like"].replace("_", " "), "visits": row["visits"]},
            link="#referrers",
        )


PAGES: Final = (Page("/health", health, marked("Data health"), filters=()),)
