"""What a report of ads comes to: no cost is lost, none is counted twice, and nothing is claimed unchecked."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.imports import Plan, plan_sem
from producers.sem.options import SemOptions
from schemas.sem import AdPerformanceReported

NOW = 1796083200000  # 2026-12-01 in UTC
HEADER = "Day,Campaign,Ad group,Currency code,Impr.,Clicks,Cost"


def imported(*lines: str, name: str = "report.csv", **options: Any) -> Plan:
    said = SemOptions(**{"received_at": NOW, "as_of": NOW, **options})
    return plan_sem("\n".join(lines).encode(), name, said)


def sums(plan: Plan) -> tuple[int, int, float]:
    """Impressions, clicks and cost of what would be imported."""
    assert plan.error == ""
    facts = [fact for fact in plan.facts if isinstance(fact, AdPerformanceReported)]
    cost = sum(fact.cost_micros for fact in facts) / 1_000_000
    return sum(fact.impressions for fact in facts), sum(fact.clicks for fact in facts), cost


def warnings(plan: Plan) -> list[str]:
    return [note for note in plan.notes if note.startswith("WARNING")]


@pytest.mark.parametrize("column", ["Postal code", "Age", "Ad strength", "Network", "Lieblingsfarbe", "城市"])
def test_rows_that_any_column_tells_apart_are_added_up(column: str) -> None:
    plan = imported(f"{HEADER},{column}", "2026-11-01,A,G,EUR,10,1,2.50,7", "2026-11-01,A,G,EUR,20,2,3.50,8")

    assert sums(plan) == (30, 3, 6.0)
    assert len(plan.facts) == 1
    assert any(f"told apart by “{column}”" in note for note in plan.notes)


@pytest.mark.parametrize("column", ["Conversions", "CTR", "Avg. CPC", "Interaction rate", "编号"])
def test_rows_that_only_a_measure_tells_apart_are_a_contradiction(column: str) -> None:
    plan = imported(f"{HEADER},{column}", "2026-11-01,A,G,EUR,10,1,2.50,1", "2026-11-01,A,G,EUR,20,2,3.50,2")

    assert sums(plan) == (10, 1, 2.5)
    assert "one of them is too many" in plan.rejects[0].reason


def test_the_reports_total_judges_whether_a_repeated_row_counts() -> None:
    rows = ("2026-11-01,A,G,EUR,10,1,2.50", "2026-11-01,A,G,EUR,10,1,2.50")

    assert sums(imported(HEADER, *rows, "Total: Account,,,EUR,20,2,5.00")) == (20, 2, 5.0)
    assert sums(imported(HEADER, *rows, "Total: Account,,,EUR,10,1,2.50")) == (10, 1, 2.5)


def test_rows_that_come_to_more_than_the_total_overlap_and_are_refused() -> None:
    plan = imported(
        f"{HEADER},Format", "2026-11-01,A,G,EUR,10,1,2.50,x", "2026-11-01,A,G,EUR,10,1,2.50,y",
        "Total: Account,,,EUR,10,2,5.00,",
    )  # fmt: skip

    assert plan.facts == ()
    assert (
        "“Format” and overlap: together they have 20 impressions, and the report's total is 10" in plan.error
    )


def test_parts_that_platforms_count_several_times_need_a_total_that_proves_them() -> None:
    rows = ("2026-11-01,A,G,EUR,10,1,2.50,Headline", "2026-11-01,A,G,EUR,5,1,2.50,Sitelink")

    assert "no total row says that they add up" in imported(f"{HEADER},Click type", *rows).error
    proven = imported(f"{HEADER},Click type", *rows, "Total: Account,,,EUR,15,2,5.00,")
    assert sums(proven) == (15, 2, 5.0)


def test_a_total_of_a_part_is_not_taken_for_the_whole() -> None:
    plan = imported(
        HEADER, "2026-11-01,A,G,EUR,10,1,2.50", "Total: Filtered campaigns,,,EUR,10,1,2.50",
        "Total: Account,,,EUR,100,9,20.00",
    )  # fmt: skip

    assert len(warnings(plan)) == 3
    assert "2.50 cost, the report's total is 20.00 (“Total: Account”)" in warnings(plan)[2]
    assert not any("own total" in note for note in plan.notes)


def test_a_check_that_cannot_be_made_is_said() -> None:
    without = imported(HEADER, "2026-11-01,A,G,EUR,10,1,2.50")
    assert any("no total row, so that nothing tells" in note for note in without.notes)

    partly = imported(HEADER, "2026-11-01,A,G,EUR,10,1,2.50", "Total: Account,,,EUR,10,--,2.50")
    assert any("says nothing of clicks" in note for note in partly.notes)
    assert not any("1 clicks" in note for note in partly.notes)


def test_rows_left_out_are_named_as_what_the_total_has_more() -> None:
    plan = imported(
        HEADER, "2026-11-01,A,G,EUR,10,1,2.50", "soon,B,G,EUR,5,1,1.50", "Total: Account,,,EUR,15,2,4.00"
    )

    assert len(plan.rejects) == 1
    assert "1 rows were rejected, and the 1.50 between stands in them" in warnings(plan)[2]


def test_sums_of_spreadsheets_within_a_table_are_not_counted_and_said() -> None:
    plan = imported(
        HEADER,
        "2026-11-01,A,G,EUR,10,1,2.50", "2026-11-01,A,H,EUR,20,2,3.50", "2026-11-01,A,Total,EUR,30,3,6.00",
        "2026-11-02,A,Total,EUR,7,1,1.00", "2026-11-02,A,G,EUR,5,1,1.00",
    )  # fmt: skip

    assert sums(plan) == (42, 5, 8.0)
    assert any("so stays out: line 4" in note for note in plan.notes)


def test_currencies_are_not_added_up() -> None:
    header = HEADER.replace("Campaign,", "Account,Campaign,")
    plan = imported(header, "2026-11-01,N,A,G,EUR,10,1,2.50", "2026-11-01,W,A,G,USD,20,2,3.50")

    assert plan.summary.endswith("cost 2.50 EUR + 3.50 USD")
    assert any("several currencies (EUR, USD)" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("header", "rows", "sentence"),
    [
        ("Week", ("2026-11-02",), "weeks, months or longer"),
        ("月", ("2026-11",), "weeks, months or longer"),
        ("Day", ("Nov 2026", "2026-10"), "covers more than one day"),
        ("Day", ("2026-11-02 - 2026-11-08",), "covers more than one day"),
        ("Date", ("2026-11-02", "2026-11-09", "2026-11-16"), "first days of weeks"),
        ("Date", ("2026-10-01", "2026-11-01"), "first days of months"),
        ("TimePeriod", ("2026-11-01", "2026-11-08"), "first days of weeks"),
        ("Day", ("2026-10-05", "2026-10-12", "2026-10-26", "2026-11-02"), "first days of weeks"),
        ("Day of week", ("Monday", "Tuesday"), "days of the week of a longer period"),
    ],
)
def test_rows_longer_than_a_day_are_refused_with_how_to_export_days(
    header: str, rows: tuple[str, ...], sentence: str
) -> None:
    plan = imported(HEADER.replace("Day", header), *(f"{cell},A,G,EUR,10,1,2.50" for cell in rows))

    assert plan.facts == ()
    assert sentence in plan.error
    assert "Segment > Time > Day" in plan.error


def test_days_that_lie_as_weeks_do_may_be_said_to_be_days() -> None:
    rows = tuple(f"2026-11-{day:02},A,G,EUR,10,1,2.50" for day in (2, 9, 16))

    assert "--daily" in imported(HEADER, *rows).error
    assert sums(imported(HEADER, *rows, daily=True)) == (30, 3, 7.5)


@pytest.mark.parametrize(
    "days", [("2026-11-02", "2026-11-09"), ("2026-11-02", "2026-11-16", "2026-11-23"), ("2026-11-01",)]
)
def test_a_few_days_that_lie_so_by_chance_are_days(days: tuple[str, ...]) -> None:
    assert sums(imported(HEADER, *(f"{day},A,G,EUR,10,1,2.50" for day in days)))[1] == len(days)


def test_when_a_campaign_starts_is_not_the_day_of_its_cost() -> None:
    plan = imported(HEADER.replace("Day", "Start date"), "2026-11-01,A,G,EUR,10,1,2.50")

    assert "doesn't say its day" in plan.error


def test_reports_of_computers_and_of_phones_do_not_replace_each_other() -> None:
    header = "时间,推广计划,推广组,关键词,展示次数,点击次数,总费用,平均排名（{}）"
    row = '="2026-11-01",A,G,k,10,1,2.50,1.5'
    computers, phones = (imported(header.format(device), row) for device in ("计算机", "移动端"))

    assert computers.records(TOKENISER)[0].key != phones.records(TOKENISER)[0].key
    assert [fact.model_dump()["device"] for fact in (*computers.facts, *phones.facts)] == [
        "desktop",
        "mobile",
    ]


def test_a_cost_of_three_digits_is_no_fraction_because_nobody_groups_impressions() -> None:
    plan = imported(HEADER, "2026-11-01,A,G,EUR,1000,10,1.234", "2026-11-02,A,G,EUR,1000,10,45")

    assert "--numbers 1.234,56" in plan.error


@pytest.mark.parametrize(
    "clock", ["2026-11-01 08:00至09:00", "2026-11-01 8时", "2026-11-01|8", "2026-11-01 08:00"]
)
def test_hours_however_written_are_parts_of_their_day(clock: str) -> None:
    plan = imported(HEADER, f"{clock},A,G,EUR,10,1,2.50", f"{clock.replace('8', '7')},A,G,EUR,10,1,2.50")

    assert sums(plan) == (20, 2, 5.0)
    assert len(plan.facts) == 1


def test_what_the_user_says_of_the_currency_may_not_contradict_the_header() -> None:
    report = (HEADER.replace("Currency code,", "").replace("Cost", "Cost (USD)"), "2026-11-01,A,G,10,1,2.50")

    assert "contradicts the column's USD" in imported(*report, currency="EUR").error
    assert sums(imported(*report, currency="usd")) == (10, 1, 2.5)


def test_names_of_databases_are_those_of_the_api() -> None:
    header = "segments_date,campaign_name,customer_currency_code,metrics_impressions,metrics_clicks"

    assert sums(imported(f"{header},metrics_cost_micros", "2026-11-01,A,EUR,10,2,2500000")) == (10, 2, 2.5)


def test_a_day_that_contradicts_the_period_above_is_refused() -> None:
    report = (
        "Campaign report",
        "November 1, 2026 - November 7, 2026",
        HEADER.removeprefix("Day,"),
        "A,G,EUR,1,1,1.00",
    )

    assert "2026-11-01 to 2026-11-07" in imported(*report, day="2026-11-01").error
    one_day = (report[0], "November 1, 2026 - November 1, 2026", *report[2:])
    assert "contradicts" in imported(*one_day, day="2026-11-02").error


def test_the_period_above_shows_the_order_of_dates() -> None:
    header = "Start Date (in UTC),Campaign Name,Currency,Impressions,Clicks,Total Spent"
    row = "11/02/2026,A,USD,10,1,2.50"
    above = ("Report Start: November 1, 2026, 12:00 AM", "Report End: November 5, 2026, 11:59 PM")

    assert "--date-order" in imported(header, row, row.replace("/02/", "/03/")).error
    plan = imported(*above, header, row, row.replace("/02/", "/03/"))
    assert [fact.day for fact in plan.facts if isinstance(fact, AdPerformanceReported)] == [
        "2026-11-02",
        "2026-11-03",
    ]


@pytest.mark.parametrize(
    ("currency", "cost", "is_refused"),
    [
        ("EUR", "4850000", True),
        ("VND", "48500", False),
        ("EUR", "48.50", False),
        ("EUR", "480", False),
        ("JPY", "96000000000", True),
    ],
)
def test_millionths_called_cost_are_refused_where_nobody_pays_so_much(
    currency: str, cost: str, is_refused: bool
) -> None:
    plan = imported(HEADER, f"2026-11-01,A,G,{currency},10,2,{cost}")

    assert ("millionths" in plan.error) is is_refused


def test_units_called_millionths_are_refused_too() -> None:
    plan = imported(HEADER.replace("Cost", "cost_micros"), "2026-11-01,A,G,EUR,10,2,48")

    assert "call it cost" in plan.error


def test_a_missing_column_is_named_as_the_console_calls_it() -> None:
    assert (
        "add “Clicks (点击次数)”"
        in imported("Day,Campaign,Impr.,Interactions,Cost", "2026-11-01,A,1,1,1").error
    )
    assert "add “Link clicks”" in imported("Day,Campaign name,Amount spent (EUR)", "2026-11-01,A,1").error
    assert "add “点击”" in imported("日期,推广计划,展现,消费,网页转化", "2026-11-01,A,1,1,1").error


def test_a_file_of_a_platform_that_is_not_read_is_no_engines_whatever_is_said() -> None:
    report = ("Campaign name,Date,Cost,Impressions,Clicks (destination)", "2026-11-01,A,1,1,1")

    for engine in ("", "microsoft"):
        assert "the layout is that of TikTok Ads, which isn't read" in imported(*report, engine=engine).error


def test_columns_that_are_not_read_are_listed() -> None:
    plan = imported(f"{HEADER},Landing page,Quality score", "2026-11-01,A,G,EUR,10,1,2.50,/a,7")

    assert "not read: “Landing page”, “Quality score”" in plan.understood


def test_a_file_of_which_no_row_is_understood_is_refused_with_its_first_reason() -> None:
    plan = imported(HEADER, "3/4/2026,A,G,EUR,10,1,2.50", "4/3/2026,A,G,EUR,10,1,2.50")

    assert plan.error.startswith("report.csv, line 2, column Day: may mean month/day or day/month")
    assert "no row of 2 can be read" in plan.error
