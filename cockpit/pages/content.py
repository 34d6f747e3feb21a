"""Content and authors: which article begins journeys, which is read before a lead, whose work pays off."""

from typing import Any, Final

from answers.words import marked
from cockpit.asked import Asked
from cockpit.asking import Ask, Question, ask_all, records
from cockpit.columns import FEW
from cockpit.place_links import said_days
from cockpit.shown import Page, Shown
from cockpit.works import SORTS, YOUNG_DAYS, Work, authors, ranked, works
from sinks.report_values import ReportError, meant

MOST_ROWS: Final = 100
_ALL_ROWS: Final = "1000000"
# `leads` knows whom a first or a last touch brought.
_LISTED_MODELS: Final = ("first", "last")
_SUMS: Final = ("touches", "readers", "first", "last", "opportunities", "won")


async def content(ask: Ask, asked: Asked) -> Shown:
    """All content, and all authors, by the first and by the last touch beside each other."""
    sort = asked.get("sort", "leads")
    if sort not in SORTS:
        choices = " or ".join(SORTS)
        raise ReportError(f"the parameter 'sort' must be {choices}, not '{sort[:60]}'{meant(sort, SORTS)}")
    model = asked.get("model", "first")
    given = {**asked.days.parameters, "campaign": asked.get("campaign"), "limit": _ALL_ROWS}
    given = {name: value for name, value in given.items() if value}
    told = await ask_all(
        ask,
        {
            each: Question("content", given | {"model": each})
            for each in dict.fromkeys(("first", "last", model))
        },
    )
    rows = {name: records(result) for name, result in told.items()}
    every = works(rows["first"], rows["last"], rows[model], asked.newest)
    people = authors(every)
    values = {
        "works": ranked(every, sort)[:MOST_ROWS],
        "left_out": max(len(every) - MOST_ROWS, 0),
        "authors": ranked(people, sort),
        "sort": sort,
        "most": max((max(work.first, work.last) for work in every), default=0),
        "most_of_authors": max((max(work.first, work.last) for work in people), default=0),
        "totals": totals(every),
        "few": FEW,
        "young": YOUNG_DAYS,
        "given": given | {"model": model},
        "leads_link": lambda work, touch: leads_link(asked, work, touch),
    }
    return Shown("content", values)


def totals(of: list[Work]) -> dict[str, Any]:
    """What all content reached and earned; revenue by currency. Readers of two are counted for each."""
    amounts: dict[str, Any] = {}
    for work in of:
        for currency, amount in work.revenue:
            amounts[currency] = amounts.get(currency, 0) + amount
    return {name: sum(getattr(work, name) for work in of) for name in _SUMS} | {
        "revenue": sorted(amounts.items(), key=lambda each: (-each[1], each[0]))
    }


def leads_link(asked: Asked, work: Work, touch: str) -> str:
    """Where the leads are listed that a content or an author brought, by the first or by the last touch."""
    if touch not in _LISTED_MODELS:
        return ""
    names = {name: work.names.get(name, "") for name in ("content", "author", "campaign")}
    return asked.url("/leads", **{**said_days(asked), **names, "model": touch})


PAGES: Final = (
    Page(
        "/content",
        content,
        marked("Content and authors"),
        takes=("sort", "campaign"),
        filters=("days", "model", "campaign"),
    ),
)
