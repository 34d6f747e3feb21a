"""Proofs of concept and cycles: which run over, how long transitions take, where deals are won and lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from answers.charts import figures
from answers.figures import Figure
from answers.words import marked, translations
from cockpit.access.roles import Role
from cockpit.asked import ALL, Asked
from cockpit.asking import Ask, Question, ask_all, records
from cockpit.shares import wilson
from cockpit.shown import Page, Shown
from sinks.report_files import list_reports
from sinks.report_values import find
from sinks.reports import Result

Row = Mapping[str, Any]
FILTERS: Final = ("channel", "campaign", "keyword", "owner", "region", "industry", "competitor")
DIMENSIONS: Final = {
    "region": marked("Region"),
    "industry": marked("Industry"),
    "owner": marked("Owner"),
    "competitor": marked("Competitor"),
    "channel": marked("Channel"),
    "campaign": marked("Campaign"),
    "keyword": marked("Keyword"),
    "account": marked("Account"),
    "all": marked("All together"),
}
TRANSITIONS: Final = {
    "opportunity_to_won": marked("Opportunity → won"),
    "lead_to_marketing_qualified": marked("Lead → MQL"),
    "marketing_qualified_to_first_response": marked("MQL → first answer"),
    "marketing_qualified_to_sales_qualified": marked("MQL → SQL"),
    "sales_qualified_to_opportunity": marked("SQL → opportunity"),
    "opportunity_to_poc": marked("Opportunity → POC"),
    "poc_to_poc_ended": marked("POC → its end"),
    "poc_to_won": marked("POC → won"),
    "lead_to_won": marked("Lead → won"),
    "first_touch_to_won": marked("First touch → won"),
}
USUAL_TRANSITION: Final = "opportunity_to_won"
_MOST: Final = "200"


@dataclass(frozen=True, slots=True)
class Wins:
    """Deals of one value: how many were won and lost, the share of the won, and amounts by currency."""

    value: str
    won: int
    lost: int
    open: int
    interval: tuple[float, float, float] | None
    revenue: tuple[tuple[Any, str], ...]
    lost_amount: tuple[tuple[Any, str], ...]


def wins_of(rows: Sequence[Row]) -> list[Wins]:
    """The rows of win_loss, with those of several currencies in one: counts are summed, amounts are not."""
    by_value: dict[str, list[Row]] = {}
    for row in rows:
        by_value.setdefault(row["value"], []).append(row)
    told = [_wins(value, some) for value, some in by_value.items()]
    return sorted(told, key=lambda wins: -(wins.won + wins.lost))


def _wins(value: str, rows: Sequence[Row]) -> Wins:
    won, lost, still_open = (sum(row[name] for row in rows) for name in ("won", "lost", "open"))
    bounds = wilson(won, won + lost)
    interval = (bounds[0], won / (won + lost), bounds[1]) if bounds else None
    amounts = [
        tuple((row[name], row["currency"]) for row in rows if row[name])
        for name in ("revenue", "lost_amount")
    ]
    return Wins(value, won, lost, still_open, interval, amounts[0], amounts[1])


async def cycles(ask: Ask, asked: Asked) -> Shown:
    """Everything about how long things take, and how they end."""
    by, transition = asked.get("by") or "region", asked.get("transition") or USUAL_TRANSITION
    results = await ask_all(ask, questions(asked, by, transition))
    told = {name: records(result) for name, result in results.items()}
    longest = max((row["arrived_p90_days"] or 0 for row in told["cycles"]), default=0)
    running = told["running"]
    return Shown(
        "cycles",
        {
            "by": by,
            "dimension": DIMENSIONS.get(by, by),
            "transition": TRANSITIONS.get(transition, transition),
            "transition_name": transition,
            "transitions": TRANSITIONS,
            "given": given_of(asked),
            "filters": filters_of(asked),
            "running": running,
            "over": [row for row in running if row["is_over"]],
            "most_days": max([row["running_days"] for row in running], default=0),
            "pocs": [(row, _passed(row)) for row in told["pocs"]],
            "reasons": told["reasons"],
            "by_reason": reasons_by(by),
            "cycles": told["cycles"],
            "longest": longest,
            "curves": curves(asked, results["survival"]),
            "wins": wins_of(told["wins"]),
            "why": wins_of(told["why"]),
            "selects": selects(asked),
        },
    )


def curves(asked: Asked, result: Result) -> list[Figure]:
    """The survival curves as a picture, whose title is in the reader's words."""
    title = translations(asked.language, "cockpit").gettext(marked("Share that has arrived, by days"))
    charts = find(list_reports(), "survival").charts
    return [replace(figure, title=title) for figure in figures(charts, result, asked.timezone)]


def _passed(row: Row) -> tuple[float, float, float] | None:
    """The share of proofs of concept that passed, of those that passed or failed, with its interval."""
    over = row["passed"] + row["failed"]
    bounds = wilson(row["passed"], over)
    return (bounds[0], row["passed"] / over, bounds[1]) if bounds else None


def filters_of(asked: Asked) -> dict[str, str]:
    """The filters of the address as reports take them."""
    return {name: asked.get(name) for name in FILTERS if asked.get(name)}


def given_of(asked: Asked) -> dict[str, str]:
    """The days and filters as reports take them."""
    days = {} if asked.days.is_all else asked.days.parameters
    return {**days, **filters_of(asked)}


def questions(asked: Asked, by: str, transition: str) -> dict[str, Question]:
    """What the page asks: proofs of concept that run now, and all that began or ended in the days."""
    given = given_of(asked)
    mode = {"mode": asked.get("mode")} if asked.get("mode") else {}
    return {
        "running": Question("running_pocs", {**filters_of(asked), "limit": _MOST}),
        "pocs": Question("poc", {"by": by, **given}),
        "reasons": Question("poc_reasons", {"by": reasons_by(by), **given}),
        "cycles": Question("cycle_times", given),
        "survival": Question("survival", {"transition": transition, "by": by, **given}),
        "wins": Question("win_loss", {"by": by, **mode, **given}),
        "why": Question("win_loss", {"by": "reason", **mode, **given}),
    }


def reasons_by(by: str) -> str:
    """What reasons are told apart by: all together, by where the customer is, as they differ most there."""
    return "region_and_industry" if by == "all" else by


def selects(asked: Asked) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What can be told apart by, and which transition a curve is of, in the reader's words."""
    words = translations(asked.language, "cockpit")
    choices = ((marked("By"), "by", DIMENSIONS), (marked("Curve of"), "transition", TRANSITIONS))
    return [
        (name, words.gettext(label), [(value, words.gettext(text)) for value, text in some.items()])
        for label, name, some in choices
    ]


PAGES: Final = (
    Page(
        "/cycles",
        cycles,
        marked("POC and cycles"),
        takes=(*FILTERS, "by", "transition"),
        about_people=True,
        seen_by=Role.VIEWER,
        filters=("days", "mode", "channel", "owner", "region", "industry"),
        usual=ALL,
    ),
)
