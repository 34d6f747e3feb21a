"""Cohorts, first touches and stages in views, where people, deals and touchpoints lack one another."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from snapshots import ad_visit, at, deal, entry, journey, put, rows_of

from schemas.terms import Stage
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report

pytestmark = [pytest.mark.servers, pytest.mark.answers]

Store = Callable[..., None]
Show = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def store(client: ClickHouse) -> Store:
    return partial(put, client)


@pytest.fixture
def show(client: ClickHouse) -> Show:
    return lambda text, **parameters: rows_of(client.query(text, parameters))


def test_a_cohort_is_counted_on_the_day_of_the_first_touch(store: Store, show: Show) -> None:
    store(
        journey("crm:hub:1", ad_visit("t1", "2026-01-05 10:00", "crm software")),
        deal("deal:hub:9", "2026-03-10 09:00", "crm:hub:1", poc="2026-03-20 09:00", won="2026-04-01 09:00"),
    )
    wanted = "SELECT day, keyword, opportunities, pocs, won FROM {} WHERE opportunities + pocs + won > 0"
    assert show(wanted.format("funnel_by_cohort")) == [
        {"day": date(2026, 1, 5), "keyword": "crm software", "opportunities": 1, "pocs": 1, "won": 1}
    ]
    assert [row["day"] for row in show(wanted.format("funnel_by_period ") + " ORDER BY day")] == [
        date(2026, 3, 10),
        date(2026, 3, 20),
        date(2026, 4, 1),
    ]


def test_a_stage_lasts_until_the_next_one_of_its_chain(store: Store, show: Show) -> None:
    store(
        journey(
            "crm:hub:1",
            stages=(
                entry(Stage.VISITOR, "2026-03-01 00:00"),
                entry(Stage.LEAD, "2026-03-02 12:00"),
                entry(Stage.OPPORTUNITY, "2026-03-03 00:00", "deal:hub:9"),
                entry(Stage.MARKETING_QUALIFIED, "2026-03-02 12:00"),
                entry(Stage.LEAD, "2026-03-12 12:00", occurrence=2),
                entry(Stage.WON, "2026-03-04 06:00", "deal:hub:9"),
            ),
        )
    )
    rows = show(
        "SELECT deal, stage, occurrence, next_stage, days FROM stage_durations"
        " ORDER BY deal, entered_at, stage"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("", "visitor", 1, "lead", 1.5),
        ("", "lead", 1, "marketing_qualified", 0.0),
        ("", "marketing_qualified", 1, "lead", 10.0),
        ("", "lead", 2, "", None),
    ]


def test_a_deal_without_a_touchpoint_is_in_the_cohort_of_its_people(
    store: Store, show: Show, client: ClickHouse
) -> None:
    """Known since the lead was created, the first fact, or the deal was opened: what is earliest."""
    won = {"won": "2026-06-02 10:00", "currency": "BRL"}
    store(
        journey(
            "crm:hub:1", stages=(entry(Stage.LEAD, "2026-01-10 00:00"),), first_at=at("2026-01-12 10:00")
        ),
        deal("deal:hub:1", "2026-06-01 10:00", "crm:hub:1", **won),
        journey("crm:hub:2", first_at=at("2026-02-03 10:00")),
        deal("deal:hub:2", "2026-06-01 10:00", "crm:hub:2", **won),
        journey("crm:hub:3", stages=(entry(Stage.LEAD, "2026-07-01 10:00"),)),
        deal("deal:hub:3", "2026-03-01 10:00", "crm:hub:3", "crm:hub:nobody", **won),
        deal("deal:hub:4", "2026-04-01 10:00", **won),
    )
    rows = show(
        "SELECT day, sum(opportunities) AS o, sum(won) AS w FROM funnel_by_cohort GROUP BY day ORDER BY day"
    )
    assert [tuple(row.values()) for row in rows if row["o"]] == [
        (date(2026, 1, 10), 1, 1),
        (date(2026, 2, 3), 1, 1),
        (date(2026, 3, 1), 1, 1),
        (date(2026, 4, 1), 1, 1),
    ]
    asked = {"mode": "cohort", "from": "2026-01-01", "to": "2026-01-31"}
    (row,) = rows_of(run_report(client, "funnel", asked))
    assert (row["channel"], row["leads"], row["won"], row["currency"]) == ("(none)", 1, 1, "BRL")


def test_what_came_after_the_lead_brought_it_in_no_view(store: Store, show: Show) -> None:
    """Neither do a machine's visits before, nor any touchpoint of our own people."""
    machine = replace(ad_visit("t0", "2026-01-01 10:00", "crm"), is_bot=True)
    lead = (entry(Stage.LEAD, "2026-02-01 10:00"),)
    store(
        journey("crm:hub:1", machine, ad_visit("t1", "2026-02-02 10:00", "crm"), stages=lead),
        journey("crm:hub:2", ad_visit("t2", "2026-01-02 10:00", "crm"), stages=lead, is_internal=True),
    )
    assert show("SELECT person, touchpoint FROM touchpoints") == [{"person": "crm:hub:1", "touchpoint": "t1"}]
    assert show("SELECT day, channel, leads FROM funnel_by_cohort WHERE leads > 0") == [
        {"day": date(2026, 2, 1), "channel": "(none)", "leads": 1}
    ]
    rows = show("SELECT person, is_counted, is_first, is_last_before_lead FROM lead_touchpoints ORDER BY ALL")
    assert [tuple(row.values()) for row in rows] == [
        ("crm:hub:1", False, False, False),
        ("crm:hub:1", True, False, False),
        ("crm:hub:2", False, False, False),
    ]
    assert show("SELECT channel, leads_now FROM restated(as_of = '2026-03-01 00:00:00')") == [
        {"channel": "(none)", "leads_now": 1}
    ]


def test_who_is_on_a_deal_goes_on_with_it(store: Store, show: Show) -> None:
    """Also if it is open already; who is qualified again after it was lost waits again."""
    mql = Stage.MARKETING_QUALIFIED
    lost = replace(
        deal("deal:hub:1", "2026-03-01 00:00", "crm:hub:3", "crm:hub:4"),
        stage=Stage.LOST,
        closed_at=at("2026-03-20 00:00"),
    )
    store(
        journey("crm:hub:1", stages=(entry(mql, "2026-03-05 00:00"),)),
        journey("crm:hub:2", stages=(entry(mql, "2026-03-12 00:00"),)),
        journey("crm:hub:3", stages=(entry(mql, "2026-03-25 00:00"),)),
        journey(
            "crm:hub:4",
            stages=(entry(mql, "2026-02-01 00:00"), entry(Stage.SALES_QUALIFIED, "2026-02-09 00:00")),
        ),
        journey("crm:hub:5", stages=(entry(mql, "2026-03-05 00:00"),)),
        deal("deal:hub:2", "2026-03-10 00:00", "crm:hub:1", "crm:hub:2"),
        lost,
    )
    rows = show(
        "SELECT person, stage, next_stage, days FROM stage_durations WHERE deal = ''"
        " ORDER BY person, entered_at"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("crm:hub:1", "marketing_qualified", "opportunity", 5.0),
        ("crm:hub:2", "marketing_qualified", "opportunity", 0.0),
        ("crm:hub:3", "marketing_qualified", "", None),
        ("crm:hub:4", "marketing_qualified", "sales_qualified", 8.0),
        ("crm:hub:4", "sales_qualified", "opportunity", 20.0),
        ("crm:hub:5", "marketing_qualified", "", None),
    ]


def test_a_deal_that_nobody_known_is_on_has_its_stages(store: Store, show: Show, client: ClickHouse) -> None:
    store(
        deal("deal:hub:1", "2026-03-01 00:00", won="2026-03-11 00:00"),
        deal("deal:hub:2", "2026-03-01 00:00", "crm:hub:nobody"),
    )
    rows = show("SELECT deal, stage, days FROM stage_durations ORDER BY deal, entered_at")
    assert [tuple(row.values()) for row in rows] == [
        ("deal:hub:1", "opportunity", 10.0),
        ("deal:hub:1", "won", None),
        ("deal:hub:2", "opportunity", None),
    ]
    answer = run_report(client, "stages", {})
    assert [row[:4] for row in answer.rows] == [("opportunity", "deal", 2, 1), ("won", "deal", 1, 1)]


def test_the_funnel_says_no_number_that_is_of_two_currencies(store: Store, client: ClickHouse) -> None:
    won = {"won": "2026-04-01 09:00"}
    store(
        deal("deal:hub:1", "2026-03-10 09:00", **won, currency="JPY", amount_minor=1_200_000_00),
        deal("deal:hub:2", "2026-03-10 09:00", **won, currency="USD", amount_minor=50_000_00),
        deal("deal:hub:3", "2026-03-10 09:00", **won, currency="CNY", amount_minor=268_000_00),
        journey("crm:hub:1", stages=(entry(Stage.LEAD, "2026-03-01 10:00"),)),
    )
    rows = rows_of(run_report(client, "funnel", {}))
    wanted = ("channel", "currency", "leads", "won", "revenue")
    assert [tuple(row[name] for name in wanted) for row in rows] == [
        # The people stand in one of the rows, so that the steps of the funnel are side by side.
        ("(none)", "CNY", 1, 1, Decimal(268_000)),
        ("(none)", "JPY", 0, 1, Decimal(1_200_000)),
        ("(none)", "USD", 0, 1, Decimal(50_000)),
    ]
