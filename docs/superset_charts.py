"""What the dashboard for Superset shows: its datasets, charts and filters; docs/generate_superset.py writes them."""

from dataclasses import dataclass
from typing import Final

TITLE: Final = "Leadtrace"
ABOUT: Final = (
    "From the keyword to the deal that was won: the funnel, what keywords cost and brought, who waits for sales, how "
    "long all of it takes."
)
NOTE: Final = (
    "Money is never added up over currencies: tables of money have a row for each. Credit is that of the first touch. "
    "What the columns mean stands at each of them, and in docs/views.md of Leadtrace."
)


@dataclass(frozen=True)
class Chart:
    """A chart over one view: `sums` are columns added up, `by` what they are grouped by, `columns` rows as they are.

    `kind`: number, funnel, months (by the time of the view), bars (the first of `columns`, by `by`) or table. A row of
    the dashboard is twelve units wide.
    """

    name: str
    about: str
    view: str
    kind: str
    by: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    where: tuple[tuple[str, str, object], ...] = ()
    order: tuple[str, bool] = ("", False)
    limit: int = 1000
    width: int = 12
    height: int = 50


@dataclass(frozen=True)
class Filter:
    """What the dashboard can be narrowed to: without a view, days."""

    name: str
    view: str = ""
    column: str = ""


# Of each view the time that Superset filters by, empty if it is over all time.
DATASETS: Final = {
    "funnel_by_period": "day",
    "funnel_by_cohort": "day",
    "funnel_counts": "cohort_day",
    "keyword_pnl": "day",
    "keyword_estimates": "",
    "mql_feedback": "day",
    "cycle_times": "",
    "transitions": "day",
    "freshness_of_views": "",
}
FILTERS: Final = (
    Filter("Days"),
    Filter("Channel", "funnel_counts", "channel"),
    Filter("Platform", "funnel_counts", "platform"),
    Filter("Campaign", "funnel_counts", "campaign"),
)


def _number(name: str, column: str, about: str) -> Chart:
    return Chart(name, about, "funnel_by_period", "number", sums=(column,), width=3, height=20)


# How numbers that are no counts are written in tables of rows as they are, in the words of d3.
FORMATS: Final = {
    "won_rate": ".1%",
    "won_rate_low": ".1%",
    "won_rate_high": ".1%",
    "revenue_per_cost": ",.2f",
    "revenue_per_cost_low": ",.2f",
    "revenue_per_cost_high": ",.2f",
    "chance_to_pay": ".0%",
    "days_waited": ",.1f",
    "arrived_median_days": ",.1f",
    "arrived_p90_days": ",.1f",
    "reached_30_days": ".1%",
    "reached_90_days": ".1%",
    "took_seconds": ",.2f",
}
STEPS: Final = ("leads", "mqls", "sales_qualified", "opportunities", "pocs", "won")
KEYWORD: Final = ("platform", "campaign", "ad_group", "keyword")
HAS_CURRENCY: Final = (("currency", "!=", ""),)
BY_AD: Final = (("platform", "!=", ""),)

# Title of a section, and its charts, in the order in which they stand.
SECTIONS: Final[tuple[tuple[str, tuple[Chart, ...]], ...]] = (
    (
        "The funnel",
        (
            _number("Leads", "leads", "People who became a lead in these days"),
            _number("MQL", "mqls", "People who became marketing qualified in these days"),
            _number("Opportunities", "opportunities", "Deals that were opened in these days"),
            _number("Deals won", "won", "Deals that were won in these days"),
            Chart(
                "How far they come",
                "Of those who are known since these days, how many came to each step, by entering it or passing over it",
                "funnel_counts",
                "funnel",
                by=("step",),
                sums=("reached",),
                where=(("step", "NOT IN", ["ad", "visit"]),),
                width=5,
            ),
            Chart(
                "The funnel by channel",
                "Of those who are known since these days, how many entered each step",
                "funnel_by_cohort",
                "table",
                by=("channel",),
                sums=("visits", "visitors", *STEPS),
                order=("leads", False),
                width=7,
            ),
            Chart(
                "Leads by month",
                "People who became a lead, by the channel of their first touch",
                "funnel_by_period",
                "months",
                by=("channel",),
                sums=("leads",),
                width=6,
            ),
            Chart(
                "Cost and revenue by channel",
                "What ads cost, and what the deals are worth that were won in these days, in each currency",
                "funnel_by_period",
                "table",
                by=("channel", "currency"),
                sums=("impressions", "clicks", "cost", "opportunities", "won", "revenue"),
                where=HAS_CURRENCY,
                order=("revenue", False),
                width=6,
            ),
        ),
    ),
    (
        "Keywords: what they cost, brought, and may still bring",
        (
            Chart(
                "Keywords: people and deals",
                "Whom each keyword brought in these days, what of it is open, and what that will bring on average",
                "keyword_pnl",
                "table",
                by=KEYWORD,
                sums=("clicks", "visits", *STEPS, "open_leads", "open_deals", "expected_won"),
                where=BY_AD,
                order=("leads", False),
            ),
            Chart(
                "Keywords: money",
                "What each keyword cost and earned in these days, in each currency",
                "keyword_pnl",
                "table",
                by=(*KEYWORD, "currency"),
                sums=("impressions", "clicks", "cost", "opportunities", "won", "revenue", "expected_revenue"),
                where=HAS_CURRENCY,
                order=("cost", False),
            ),
            Chart(
                "Keywords: how good they truly are",
                "Estimates with intervals of 90 %, over all time, so that a keyword with two deals is not read for more",
                "keyword_estimates",
                "table",
                columns=(
                    "platform", "campaign", "keyword", "currency", "leads", "won", "won_rate", "won_rate_low",
                    "won_rate_high", "revenue_per_cost", "revenue_per_cost_low", "revenue_per_cost_high", "chance_to_pay",
                ),
                order=("leads", False),
            ),
        ),
    ),
    (
        "Who waits for sales",
        (
            Chart(
                "MQL without an answer",
                "Marketing qualified leads that wait for longer than the policy lets them",
                "mql_feedback",
                "table",
                columns=(
                    "company", "person", "owner", "qualified_day", "days_waited", "grade", "tags", "channel", "campaign",
                    "keyword",
                ),
                where=(("is_unanswered", "==", True),),
                order=("days_waited", False),
                width=8,
            ),
            Chart(
                "Whose they are",
                "MQL without an answer by owner in sales",
                "mql_feedback",
                "bars",
                by=("owner",),
                where=(("is_unanswered", "==", True),),
                width=4,
            ),
        ),
    ),
    (
        "How long it takes",
        (
            Chart(
                "Cycle times",
                "Over all time, with those who are still on the way counted; the columns say what each is",
                "cycle_times",
                "table",
                columns=(
                    "transition", "who", "cases", "reached", "ended", "still_open", "arrived_median_days",
                    "arrived_p90_days", "reached_30_days", "reached_90_days",
                ),
                order=("cases", False),
                width=8,
            ),
            Chart(
                "What became of who began",
                "Transitions that began in these days, by what became of them",
                "transitions",
                "bars",
                by=("transition", "outcome"),
                width=4,
            ),
        ),
    ),
    (
        "How fresh this is",
        (
            Chart(
                "Freshness",
                "When each table behind these views was made anew, in UTC",
                "freshness_of_views",
                "table",
                columns=("name", "refreshed_at", "took_seconds", "known_until", "next_at", "error"),
                order=("known_until", True),
                height=40,
            ),
        ),
    ),
)
