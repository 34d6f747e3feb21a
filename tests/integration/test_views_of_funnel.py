"""The funnel by steps: who reached what, at which rate and cost, and why the others didn't go on."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from snapshots import ad_visit, at, deal, entry, journey, put, rate, report, rows_of, visit

from schemas.terms import Stage
from sinks.clickhouse import ClickHouse
from sinks.report_values import find
from sinks.reports import ReportError, list_reports, run_report
from sinks.reports import rows_of as all_rows_of

pytestmark = [pytest.mark.servers, pytest.mark.answers]

LOST = {"stage": Stage.LOST, "closed_at": at("2026-02-10 09:00")}
DIMENSIONS = ("keyword", "landing_page", "region", "attribute")
# One searched, became a lead, was qualified and came on a deal, which was tried and won.
BUYER = journey(
    "crm:hub:1",
    replace(ad_visit("t1", "2026-01-05 09:00", "crm"), landing_url="https://a.example/p/?utm_source=x#top"),
    stages=(entry(Stage.LEAD, "2026-01-06 09:00"), entry(Stage.MARKETING_QUALIFIED, "2026-01-08 09:00")),
    attributes={"Industry": "Banking", "省份": "江苏"},
    owner="Zhang",
)
# Sales found one without marketing, and waits.
FOUND = journey(
    "crm:hub:2",
    stages=(entry(Stage.LEAD, "2026-01-10 09:00"), entry(Stage.SALES_QUALIFIED, "2026-01-12 09:00")),
    attributes={"Industry": "Energy"},
)
# One looked around, and one had no budget.
VISITOR = journey("anon:3", visit("t3", "2026-01-07 09:00"), visit("t4", "2026-02-07 09:00"))
REFUSED = journey(
    "crm:hub:4",
    visit("t5", "2026-01-08 09:00"),
    stages=(
        entry(Stage.LEAD, "2026-01-09 09:00"),
        replace(entry(Stage.DISQUALIFIED, "2026-01-10 09:00"), reason="无预算"),
    ),
)
WON = deal(*("deal:hub:1", "2026-01-20 09:00", "crm:hub:1"), poc="2026-02-01 09:00", won="2026-03-01 09:00")
# Nobody is known of two further deals: one was won without a trial, one lost after a trial that failed.
UNTRIED = deal("deal:hub:2", "2026-01-15 09:00", won="2026-02-15 09:00", attributes={"行业": "Energy"})
FAILED = replace(
    deal("deal:hub:3", "2026-01-16 09:00", poc="2026-01-20 09:00", poc_result="未通过", reason="价格"), **LOST
)
ALL = (BUYER, FOUND, VISITOR, REFUSED, WON, UNTRIED, FAILED, report("2026-01-05", "crm", 100))


@pytest.fixture
def told(client: ClickHouse) -> ClickHouse:
    put(client, *ALL)
    return client


def ask(client: ClickHouse, name: str, **parameters: str) -> list[dict[str, Any]]:
    return rows_of(run_report(client, name, parameters))


def columns(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def from_lead_on(client: ClickHouse) -> list[dict[str, Any]]:
    return [row for row in ask(client, "funnel_steps", by="channel") if row["number"] > 4]


def test_each_step_has_its_count_rate_cost_and_what_became_of_the_others(told: ClickHouse) -> None:
    rows = ask(told, "funnel_steps")
    assert columns(rows, "step", "unit", "count", "entered", "step_rate", "cost_per", "note") == [
        ("impression", "impressions", 1000, 1000, None, 0.1, ""),
        ("click", "clicks", 10, 10, 0.01, 10, ""),
        ("visit", "visits", 4, 4, 0.4, 25, ""),
        # The one whom sales found has passed over it.
        ("visitor", "people", 4, 3, 1, 25, ""),
        ("lead", "people", 3, 3, 0.75, pytest.approx(33.333333), ""),
        ("marketing_qualified", "people", 2, 1, pytest.approx(2 / 3), 50, ""),
        ("sales_qualified", "people", 2, 1, 1, 50, ""),
        (
            *("opportunity", "deals", 3, 3, 1.5, pytest.approx(33.333333)),
            "some deals have nobody who is known, or people have several",
        ),
        ("poc", "deals", 3, 2, 1, pytest.approx(33.333333), ""),
        ("won", "deals", 2, 2, pytest.approx(2 / 3), 50, ""),
    ]
    assert columns(rows[3:], "went_on", "waiting", "lost", "reasons", "median_days") == [
        (3, 1, 0, "", 1.0),
        (2, 0, 1, "无预算 1", 2.0),
        (2, 0, 0, "", 12.0),
        (1, 1, 0, "", None),
        (3, 0, 0, "", 12.0),
        (2, 0, 1, "价格 1", 28.0),
        (0, 0, 0, "", None),
    ]
    assert {row["currency"] for row in rows} == {"CNY"}
    assert rows[-1]["cumulative_rate"] == pytest.approx(0.002)
    # In March one deal was won, and nothing else happened.
    march = ask(told, "funnel_steps", mode="period", **{"from": "2026-03-01", "to": "2026-03-31"})
    assert [row["count"] for row in march] == [0] * 9 + [1]


def test_what_if_reckons_with_the_rates_of_the_steps_or_with_others(told: ClickHouse) -> None:
    rows, steps = ask(told, "what_if", change="lead*1.2, won=1"), ask(told, "funnel_steps")
    assert columns(rows, "step", "count", "rate", "cost_per") == [
        (step, count, rate if rate is None else pytest.approx(rate), pytest.approx(cost))
        for step, count, rate, cost in columns(steps, "step", "count", "step_rate", "cost_per")
    ]
    assert (rows[-1]["steps"], rows[-1]["currency"]) == (9, "CNY")
    assert (rows[-1]["changed_count"], rows[-1]["changed_cost_per"]) == (3.6, pytest.approx(100 / 3.6))
    own = {"rates": ", ".join(["0.1"] * 7), "impressions": "10000000", "cost_per_impression": "0.005"}
    last = ask(told, "what_if", **own)[-1]
    assert (last["steps"], last["count"], last["cost_per"]) == (7, 1, 50_000)
    report_of = find(list_reports(), "what_if")
    names, streamed = all_rows_of(told, report_of, own)
    assert [dict(zip(names, row, strict=True)) for row in streamed][-1] == last


def test_who_drops_out_says_why_in_the_words_of_the_crm_and_of_the_policy(told: ClickHouse) -> None:
    rows = ask(told, "drop_off")
    left = [row for row in rows if row["outcome"] not in ("went_on", "won", "waiting")]
    assert columns(left, "step", "outcome", "reason", "reason_meant", "count") == [
        ("lead", "disqualified", "无预算", "no_budget", 1),
        ("poc", "poc_failed", "价格", "price", 1),
    ]
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["step"]] += row["count"]
    steps = {row["step"]: row["count"] for row in ask(told, "funnel_steps")[3:]}
    assert counts == steps
    (row,) = ask(told, "drop_off", step="poc", industry="Energy")
    assert (row["outcome"], row["share"]) == ("went_on", 1.0)


def test_what_an_installation_without_ads_and_website_has_is_a_funnel_too(client: ClickHouse) -> None:
    put(client, FOUND, UNTRIED)
    rows = ask(client, "funnel_steps", by="industry")
    assert {row["part"] for row in rows} == {"Energy"}
    assert columns(rows, "count", "step_rate", "note")[:5] == [
        (0, None, "none are reported"),
        (0, None, ""),
        (0, None, "none are known"),
        (1, None, "some came without a visit, for example from the CRM alone"),
        (1, 1.0, ""),
    ]
    assert columns(rows, "cumulative_rate", "cost_per", "currency")[4] == (1.0, None, "")


def test_parts_sum_to_the_whole_by_any_dimension(told: ClickHouse) -> None:
    put(told, report("2026-01-06", "", 7, platform="meta", currency="USD"))
    names = ("impressions", "clicks", "visits", "visitors", "leads", "mqls", "sales_qualified")
    names += ("opportunities", "pocs", "won", "revenue")
    channels = ask(told, "funnel")
    whole = {name: sum(row[name] for row in channels) for name in names}
    assert whole == {
        **{"impressions": 2000, "clicks": 20, "visits": 4, "visitors": 3, "leads": 3, "mqls": 1},
        **{"sales_qualified": 1, "opportunities": 3, "pocs": 2, "won": 2, "revenue": Decimal(200_000)},
    }
    steps = ask(told, "funnel_steps")
    counts = [row["count"] for row in steps]
    answers = {}
    for number, by in enumerate(DIMENSIONS):
        asked = {"by": by, "mode": ("period", "cohort")[number % 2]}
        rows = ask(told, "funnel", **asked, attribute="Industry" if by == "attribute" else "")
        answers[by] = rows
        assert {name: sum(row[name] for row in rows) for name in names} == whole, asked
        assert sum(row["cost"] for row in rows if row["currency"] == "CNY") == 100
        assert sum(row["cost"] for row in rows if row["currency"] == "USD") == 7
    parts = ask(told, "funnel_steps", by="region", mode="period")
    for number, count in enumerate(counts, start=1):
        assert sum(row["count"] for row in parts if row["number"] == number) == count
    by_region = {row["region"]: row["leads"] for row in answers["region"]}
    assert by_region == {"江苏": 1, "(none)": 2, "(unallocated)": 0}
    by_page = {row["landing_page"]: row["visits"] for row in answers["landing_page"]}
    assert by_page == {"a.example/p": 1, "(none)": 3, "(unallocated)": 0}
    assert {row["currency"] for row in steps} == {"(mixed)"}
    assert steps[0]["cost_by_currency"] == "100.00 CNY, 7.00 USD"
    # Without a rate it stays what it is; with one, all cost is in one currency.
    assert ask(told, "funnel_steps", currency="CNY")[0]["currency"] == "(mixed)"
    put(told, rate("2026-01-05", "USD", "CNY", "8"))
    in_yuan = ask(told, "funnel_steps", currency="CNY")
    assert columns(in_yuan, "currency", "cost_by_currency", "cost_per")[-1] == ("CNY", "156.00 CNY", 78)
    assert ask(told, "what_if", currency="CNY")[-1]["cost_per"] == 78


def test_a_visitor_who_never_converts_changes_nothing_from_the_lead_on(told: ClickHouse) -> None:
    asked = ("step", "part", "count", "entered", "went_on", "waiting", "lost", "reasons", "median_days")
    before = columns(from_lead_on(told), *asked)
    put(told, journey("anon:5", visit("t9", "2026-01-05 10:00"), ad_visit("t10", "2026-01-06 10:00", "crm")))
    assert columns(from_lead_on(told), *asked) == before
    assert ask(told, "funnel_steps")[3]["count"] == 5


def test_a_step_is_reached_when_it_was_entered_or_passed_over(told: ClickHouse) -> None:
    rows = rows_of(
        told.query(
            "SELECT step, day, cohort_day, is_entered, channel FROM steps_reached"
            " WHERE person IN ('crm:hub:1', 'crm:hub:2') ORDER BY person, rank"
        )
    )
    assert [tuple(row.values()) for row in rows] == [
        ("visitor", date(2026, 1, 5), date(2026, 1, 5), True, "paid_search"),
        ("lead", date(2026, 1, 6), date(2026, 1, 5), True, "paid_search"),
        ("marketing_qualified", date(2026, 1, 8), date(2026, 1, 5), True, "paid_search"),
        ("sales_qualified", date(2026, 1, 20), date(2026, 1, 5), False, "paid_search"),
        ("visitor", date(2026, 1, 10), date(2026, 1, 10), False, "(none)"),
        ("lead", date(2026, 1, 10), date(2026, 1, 10), True, "(none)"),
        ("marketing_qualified", date(2026, 1, 12), date(2026, 1, 10), False, "(none)"),
        ("sales_qualified", date(2026, 1, 12), date(2026, 1, 10), True, "(none)"),
    ]


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        (
            "funnel",
            {"by": "chanel"},
            r"'by' must be channel or .*, not 'chanel' \(did you mean 'channel'\?\)",
        ),
        ("funnel", {"by": "attribute"}, "by=attribute needs the name of one: --attribute NAME"),
        ("what_if", {"change": "leed*2"}, r"'leed' is no step with a rate .did you mean 'lead'"),
        ("drop_off", {"step": "pocs"}, r"not 'pocs' \(did you mean 'poc'\?\)"),
        ("funnel_steps", {"from": "2026-02-01", "to": "2026-01-01"}, "2026-02-01, lies after the last"),
    ],
)
def test_what_is_asked_wrongly_is_a_sentence(
    client: ClickHouse, name: str, asked: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ReportError, match=sentence):
        run_report(client, name, asked)
