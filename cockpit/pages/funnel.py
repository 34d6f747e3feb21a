"""The funnel: how many come how far, what it costs, why the others leave, and what if a rate were another."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from answers.words import marked, translations
from cockpit.asked import Asked
from cockpit.asking import Ask, Question, ask_all, records
from cockpit.currencies import shown_currency
from cockpit.parts import COLUMNS, parts_of
from cockpit.shown import NotThereError, Page, Shown
from cockpit.steps import TITLES, groups_of, steps_of
from cockpit.supposed import NAMES, change_of, outcome_of, sliders_of
from cockpit.tables import Table, table_of
from sinks.reports import Result

FILTERS: Final = ("channel", "platform", "campaign", "keyword", "owner", "region", "industry")
DIMENSIONS: Final = {
    "month": marked("Month"),
    "channel": marked("Channel"),
    "platform": marked("Platform"),
    "campaign": marked("Campaign"),
    "ad_group": marked("Ad group"),
    "keyword": marked("Keyword"),
    "content": marked("Content"),
    "author": marked("Author"),
    "landing_page": marked("Landing page"),
    "region": marked("Region"),
    "industry": marked("Industry"),
    "owner": marked("Owner"),
}
MOST_ROWS: Final = 500
_LISTS: Final = ("outcome", "way", "reason", "by", "part")


def filters_of(asked: Asked) -> dict[str, str]:
    """The filters of the address as reports take them."""
    return {name: asked.get(name) for name in FILTERS if asked.get(name)}


def mode_of(asked: Asked) -> str:
    """Cohorts, unless the address says otherwise: only of them a rate is a share."""
    return asked.get("mode") or "cohort"


async def funnel(ask: Ask, asked: Asked) -> Shown:
    """The steps, their parts, the reasons of those who left, and what is supposed."""
    currency = (await shown_currency(ask, asked)).into
    by = asked.get("by") or "month"
    told = await ask_all(ask, questions(asked, currency, by))
    steps = steps_of(records(told["steps"]), records(told["before"]) if "before" in told else ())
    sliders = sliders_of(steps, asked.values)
    change = change_of(sliders)
    supposed = await ask.result("what_if", {**given_of(asked, currency), "change": change})
    ripe = next((row["arrived_p90_days"] for row in records(told["cycle"]) if row["who"] == "person"), None)
    is_cohort = by == "month" and mode_of(asked) == "cohort"
    values = {
        "currency": currency,
        "mode": mode_of(asked),
        "steps": steps,
        "groups": groups_of(steps),
        "span": asked.days.parameters,
        "kept": {**filters_of(asked), **asked.days.parameters},
        "kept_of_parts": {**filters_of(asked), **days_of_parts(asked, by)},
        "by": by,
        "dimension": DIMENSIONS.get(by, by),
        "columns": [(name, TITLES[name]) for name in COLUMNS],
        "parts": parts_of(records(told["parts"]), ripe, asked.newest if is_cohort else None),
        "ripe_days": ripe if is_cohort else None,
        "reasons": [
            (TITLES[row["step"]], row)
            for row in records(told["reasons"])
            if row["outcome"] not in ("went_on", "waiting", "won")
        ],
        "sliders": sliders,
        "change": change,
        "supposed": outcome_of(records(supposed)),
        "none_supposed": dict.fromkeys(NAMES),
        "has_before": "before" in told,
        "selects": selects(asked),
    }
    return Shown("funnel", values)


def selects(asked: Asked) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What parts can be told apart by, in the reader's words."""
    words = translations(asked.language, "cockpit")
    return [
        (
            "by",
            words.gettext(marked("By")),
            [(name, words.gettext(text)) for name, text in DIMENSIONS.items()],
        )
    ]


def given_of(asked: Asked, currency: str) -> dict[str, str]:
    """Mode, days, filters and currency as the reports of the funnel take them."""
    return {"mode": mode_of(asked), "currency": currency, **asked.days.parameters, **filters_of(asked)}


def days_of_parts(asked: Asked, by: str) -> dict[str, str]:
    """The days that parts are of: of months a whole year, as few of them say nothing about a trend."""
    days = asked.days
    if by != "month" or days.is_all:
        return days.parameters
    first = min(days.first, date(days.last.year - 1, days.last.month, 1) + timedelta(31)).replace(day=1)
    return {"from": f"{first:%Y-%m-%d}", "to": f"{days.last:%Y-%m-%d}"}


def questions(asked: Asked, currency: str, by: str) -> dict[str, Question]:
    """What the page asks beside what is supposed."""
    given = given_of(asked, currency)
    without_currency = {name: value for name, value in given.items() if name != "currency"}
    wanted = {
        "steps": Question("funnel_steps", given),
        "parts": Question("funnel_steps", {**given, **days_of_parts(asked, by), "by": by, "limit": "24"}),
        "reasons": Question("drop_off", without_currency),
        "cycle": Question("cycle_times", {"transition": "lead_to_won"}),
    }
    if before := asked.days_before:
        wanted["before"] = Question("funnel_steps", {**given, **before.parameters})
    return wanted


async def step(ask: Ask, asked: Asked) -> Shown:
    """Everybody in a step: as many rows as the funnel counts. Raises NotThereError."""
    name = asked.parts["step"]
    if name not in COLUMNS:
        raise NotThereError(f"there is no step {name[:60]} that people or deals come to")
    given = {
        "step": name,
        "mode": mode_of(asked),
        **asked.days.parameters,
        **filters_of(asked),
        **{each: asked.get(each) for each in _LISTS if asked.get(each)},
    }
    result = await ask.result("reached", given)
    words: Mapping[str, Any] = {
        "name": name,
        "step_title": TITLES[name],
        "given": given,
        "told": {each: asked.get(each) for each in (*_LISTS, *FILTERS) if asked.get(each)},
        "table": linked(asked, result),
    }
    return Shown("funnel_step", words, translations(asked.language, "cockpit").gettext(TITLES[name]))


def linked(asked: Asked, result: Result) -> Table:
    """The rows as a table whose people and deals lead to their pages, without empty columns."""
    full = table_of(result, MOST_ROWS)
    kept = tuple(
        column for column in full.columns if any(row[column[0]] not in (None, "") for row in full.rows)
    )
    links = {}
    for at, row in enumerate(full.rows):
        if row["person"]:
            links[at, "person"] = asked.url(f"/leads/{row['person']}")
        if row["deal"]:
            links[at, "deal"] = asked.url(f"/deals/{row['deal']}")
    return Table(kept, full.rows, full.count, links)


PAGES: Final = (
    Page(
        "/funnel",
        funnel,
        marked("Funnel"),
        takes=(*FILTERS, *NAMES, "by"),
        filters=("days", "compare", "mode", "channel", "owner", "region", "industry", "currency"),
    ),
    Page(
        "/funnel/{step:[a-z_]+}",
        step,
        of="/funnel",
        takes=(*FILTERS, *_LISTS),
        about_people=True,
        filters=("days", "mode", "channel", "owner", "region", "industry"),
    ),
)
