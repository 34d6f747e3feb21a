"""The keyword P&L on journeys, deals and costs made by hand: every number was computed on paper."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from cockpits import Connected, cockpit, text_of
from databases import drop_database
from snapshots import ad_visit, deal, entry, journey, put, rate, report, rows_of, visit

import settings
from cockpit.columns import COLUMNS
from cockpit.formats import Formats
from schemas.terms import Stage
from sinks.clickhouse import ClickHouse, ClickHouseError, connect_server
from sinks.migrations import migrate
from sinks.reports import ReportError, run_report

pytestmark = [pytest.mark.servers, pytest.mark.answers]

LEVELS = ("platform", "account", "campaign", "ad_group", "keyword", "search_term")
PAID = {"channel": "paid_search", "platform": "baidu", "campaign": "brand", "ad_group": "core"}


@pytest.fixture(scope="module")
def told(servers: settings.Settings) -> Iterator[ClickHouse]:
    """A database with the whole story, for all questions of this module."""
    mine = servers.model_copy(update={"clickhouse_database": "leadtrace_keyword_pnl"})
    with closing(connect_server(mine)) as client:
        migrate(client, mine)
        tell(client)
        yield client
    drop_database(mine)


def tell(client: ClickHouse) -> None:
    lead = (entry(Stage.LEAD, "2026-03-02 10:00"),)
    put(
        client,
        # What was paid: by keyword, without one, for a deleted campaign, and for one name in two accounts.
        report("2026-03-01", "crm", 300.0, account="north"),
        report("2026-03-01", "", 50.0, account="north"),
        report("2026-03-01", "crm", 70.0, account="north", campaign="deleted"),
        report("2026-03-01", "crm", 10.0, account="north", campaign="twice"),
        report("2026-03-01", "crm", 20.0, account="south", campaign="twice"),
        report("2026-03-01", "", 40.0, platform="meta", campaign="social", ad_group="set", currency="EUR"),
        # Who came: by two search terms, an unknown keyword, the campaign of both accounts, and by no ad.
        journey(
            "crm:hub:1",
            visit("t1", "2026-03-01 10:00", keyword="crm", search_term="crm price", **PAID),
            stages=lead,
        ),
        journey(
            "crm:hub:2",
            visit("t2", "2026-03-01 11:00", keyword="crm", search_term="best crm", **PAID),
            visit("t3", "2026-03-01 12:00", channel="organic_search", platform="baidu", search_term="crm"),
            stages=(*lead, entry(Stage.MARKETING_QUALIFIED, "2026-03-03 10:00")),
        ),
        journey("crm:hub:3", visit("t4", "2026-03-01 13:00", **PAID), stages=lead),
        journey(
            "crm:hub:4",
            visit("t5", "2026-03-01 14:00", **PAID | {"campaign": "twice"}, keyword="crm"),
            stages=lead,
        ),
        journey(
            "crm:hub:5", visit("t6", "2026-03-01 15:00", channel="referral", campaign="news"), stages=lead
        ),
        journey(
            "crm:hub:6",
            visit(
                "t7",
                "2026-03-01 15:00",
                channel="paid_social",
                platform="meta",
                campaign="social",
                ad_group="set",
            ),
            stages=lead,
        ),
        deal("deal:hub:1", "2026-03-10 10:00", "crm:hub:1", poc="2026-03-15 10:00", won="2026-04-01 10:00"),
        deal("deal:hub:2", "2026-03-10 10:00", "crm:hub:2", currency="USD", won="2026-04-02 10:00"),
        deal("deal:hub:5", "2026-03-10 10:00", "crm:hub:5", won="2026-04-03 10:00"),
    )


def asked(client: ClickHouse, columns: str, **parameters: str) -> list[tuple[Any, ...]]:
    rows = rows_of(run_report(client, "keyword_pnl", {"limit": "1000"} | parameters))
    return sorted(tuple(row[name] for name in columns.split()) for row in rows)


def test_a_platform_has_all_that_it_cost_and_all_that_it_brought(told: ClickHouse) -> None:
    columns = "platform currency cost visits leads mqls opportunities pocs won revenue cac"
    assert asked(told, columns, level="platform") == [
        # The organic visit and the referral came by no ad.
        ("", "CNY", 0, 2, 1, 0, 1, 0, 1, 100_000, None),
        ("baidu", "CNY", 450, 4, 4, 1, 1, 1, 1, 100_000, None),
        ("baidu", "USD", 0, 0, 0, 0, 1, 0, 1, 100_000, None),
        ("meta", "EUR", 40, 1, 1, 0, 0, 0, 0, 0, None),
    ]


def test_a_touch_has_the_account_of_its_campaign_if_only_one_has_a_campaign_of_that_name(
    told: ClickHouse,
) -> None:
    assert asked(told, "account currency cost leads", level="account", platform="baidu") == [
        ("", "", 0, 1),
        ("north", "CNY", 430, 3),
        ("north", "USD", 0, 0),
        ("south", "CNY", 20, 0),
    ]


def test_cost_has_a_row_even_where_nothing_came_of_it(told: ClickHouse) -> None:
    rows = asked(told, "account campaign ad_group keyword cost leads won", level="keyword", platform="baidu")
    assert rows == [
        ("", "twice", "core", "crm", 0, 1, 0),
        ("north", "brand", "core", "", 0, 1, 0),
        ("north", "brand", "core", "(unallocated)", 50, 0, 0),
        ("north", "brand", "core", "crm", 0, 0, 1),
        ("north", "brand", "core", "crm", 300, 2, 1),
        ("north", "deleted", "core", "crm", 70, 0, 0),
        ("north", "twice", "core", "crm", 10, 0, 0),
        ("south", "twice", "core", "crm", 20, 0, 0),
    ]


def test_below_a_keyword_stand_the_search_terms_and_cost_in_a_row_of_its_own(told: ClickHouse) -> None:
    rows = asked(told, "search_term cost leads won", level="search_term", campaign="brand", keyword="crm")
    assert rows == [
        ("(unallocated)", 300, 0, 0),
        ("best crm", 0, 1, 1),
        ("crm price", 0, 1, 1),
    ]


def test_by_last_touch_what_came_last_earns_it(told: ClickHouse) -> None:
    of_no_ad = asked(told, "leads opportunities won", level="platform", model="last", currency="USD")
    assert of_no_ad == [(0, 1, 1)]
    assert asked(told, "platform leads", level="platform", model="last", currency="CNY") == [
        ("", 2),
        ("baidu", 3),
    ]


def test_any_model_of_attribution_divides_what_was_earned(told: ClickHouse) -> None:
    # Lead 2 came by the keyword and by organic search: half of the lead and of its deal is the keyword's.
    rows = asked(told, "leads opportunities won revenue", model="linear", keyword="crm", campaign="brand")
    assert rows == [(0, 0.5, 0.5, 50_000), (1.5, 1, 1, 100_000)]


def test_every_level_has_the_same_totals(told: ClickHouse) -> None:
    columns = "cost visits leads mqls opportunities pocs won revenue open_leads open_deals"
    for level, model, mode in (
        ("platform", "first", "period"),
        ("ad_group", "last", "cohort"),
        ("search_term", "linear", "cohort"),
    ):
        rows = asked(told, columns, level=level, model=model, mode=mode)
        assert [sum(column) for column in zip(*rows, strict=True)] == [490, 7, 6, 1, 3, 1, 3, 300_000, 3, 0]


def test_the_report_of_keywords_has_the_same_numbers(told: ClickHouse) -> None:
    names = "platform campaign ad_group keyword currency clicks cost leads mqls opportunities pocs won"
    keywords = rows_of(run_report(told, "keywords", {"model": "last"}))
    shared = {tuple(row[name] for name in names.split()) for row in keywords}
    # That one adds up what stands in both accounts.
    rows = [row for row in asked(told, names, level="keyword", model="last") if row[3] and row[1] != "twice"]
    assert rows
    assert shared >= set(rows)


def test_what_a_keyword_cost_for_each_deal_is_the_same_in_all_reports_of_money(client: ClickHouse) -> None:
    """One keyword won in yuan, and has an open deal in dollars; one won in dollars by last touch alone."""
    put(
        client,
        report("2026-03-01", "crm", 500.0),
        report("2026-03-01", "erp", 300.0),
        journey("crm:hub:1", ad_visit("t1", "2026-03-01 10:00", "crm")),
        journey(
            "crm:hub:2",
            ad_visit("t2", "2026-03-01 10:00", "erp"),
            ad_visit("t3", "2026-03-02 10:00", "crm"),
        ),
        journey("crm:hub:3", ad_visit("t4", "2026-03-01 10:00", "erp")),
        journey("crm:hub:4", ad_visit("t5", "2026-03-01 10:00", "free")),
        deal("deal:hub:1", "2026-03-10 10:00", "crm:hub:1", won="2026-04-01 10:00"),
        deal("deal:hub:2", "2026-03-10 10:00", "crm:hub:1", currency="USD"),
        deal("deal:hub:3", "2026-03-10 10:00", "crm:hub:2", won="2026-04-01 10:00", currency="USD"),
        deal("deal:hub:4", "2026-03-10 10:00", "crm:hub:3", won="2026-04-01 10:00"),
        deal("deal:hub:5", "2026-03-10 10:00", "crm:hub:4", won="2026-04-01 10:00"),
        # Nobody says in which currency, and it was opened before the days that are asked for.
        deal("deal:hub:6", "2026-02-01 10:00", "crm:hub:4", won="2026-04-01 10:00", currency=""),
    )
    days = {"from": "2026-03-01", "to": "2026-04-30"}
    columns = ("keyword", "currency", "cost", "won", "revenue", "cac", "roi")
    for model, crm, erp in (("first", 500.0, None), ("last", None, 300.0)):
        told = {}
        for name in ("keywords", "keyword_pnl", "money"):
            by = {"by": "keyword"} if name == "money" else {}
            rows = rows_of(run_report(client, name, {"model": model} | by | days))
            told[name] = sorted(
                tuple(row.get(column, row.get("part")) for column in columns)
                for row in rows
                if row["cost"] or row["won"]
            )
        ratios = {row[:2]: row[5] for row in told["money"]}
        assert (ratios["crm", "CNY"], ratios["erp", "CNY"], ratios["free", "CNY"]) == (crm, erp, None)
        assert told["keywords"] == told["keyword_pnl"] == told["money"]


def test_the_page_shows_the_numbers_of_the_report_and_ties_to_the_invoice(told: ClickHouse) -> None:
    formats, names = (
        Formats("en", "Asia/Shanghai"),
        ("clicks", "cost", "visits", "leads", "won", "revenue", "cac"),
    )

    async def visit_page() -> str:
        async with cockpit(Connected(told)) as client:
            return await text_of(client, "/channels?during=all&level=keyword&lang=en")

    text = asyncio.run(visit_page())
    body, foot = text.split("<tfoot>")
    places = [column.name for column in COLUMNS]

    def cells(row: str) -> tuple[str, ...]:
        found = [
            re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        ]
        # What stands in the row of the main currency is left empty in the others.
        return tuple(found[places.index(name)].replace("–", "0") or "0" for name in names)

    def written(row: dict[str, Any]) -> tuple[str, ...]:
        def money(value: Any) -> str:
            return "0" if not value else formats.money(value, row["currency"])

        counts = {name: formats.number(row[name], 2) for name in ("clicks", "visits", "leads", "won")}
        return tuple(counts.get(name) or money(row[name]) for name in names)

    rows = rows_of(run_report(told, "keyword_pnl", {"level": "keyword", "limit": "1000"}))
    shown = [cells(row) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S) if "<td" in row]
    assert sorted(shown) == sorted(written(row) for row in rows)
    invoice = rows_of(run_report(told, "costs", {}))
    total = sum(row["cost"] for row in invoice if row["currency"] == "CNY")
    assert formats.money(total, "CNY") in foot
    assert foot.count("all of it is in the table") == 2
    assert sum(row["leads"] for row in rows) == float(cells(foot.split("</tr>")[0])[3])


def test_money_of_several_currencies_is_told_in_one_by_the_rate_of_each_day(client: ClickHouse) -> None:
    put(
        client,
        rate("2026-03-09", "USD", "CNY", "6"),
        rate("2026-03-31", "USD", "CNY", "7"),
        report("2026-03-01", "crm", 1000.0),
        journey(
            "crm:hub:1",
            ad_visit("t1", "2026-03-01 10:00", "crm"),
            stages=(entry(Stage.LEAD, "2026-03-02 10:00"),),
        ),
        deal("deal:hub:1", "2026-03-10 10:00", "crm:hub:1", won="2026-04-01 10:00"),
        deal("deal:hub:2", "2026-03-10 10:00", "crm:hub:1", won="2026-04-01 10:00", currency="USD"),
        # Nobody knows what a crown is worth.
        deal("deal:hub:3", "2026-03-10 10:00", "crm:hub:1", won="2026-04-01 10:00", currency="CZK"),
    )
    columns = "currency cost won revenue ctr cpc cost_per_lead cac roas roi"
    own, others, dollars = sorted(asked(client, columns), key=lambda row: row[0] != "CNY")
    assert own[:4] == ("CNY", 1000, 1, 100_000)
    assert own[6:] == (1000.0, None, None, None)
    assert {others[0], dollars[0]} == {"CZK", "USD"}
    yuan, crowns = asked(client, columns, into="CNY")
    assert yuan[:4] == ("CNY", 1000, 2, 800_000)
    assert crowns[:4] == ("CZK", 0, 1, 100_000)
    (alone,) = asked(client, columns, into="CNY", currency="CNY")
    assert alone == yuan
    for row in rows_of(run_report(client, "money", {"by": "keyword", "currency": "CNY"})):
        told = {"CNY": yuan, "CZK": crowns}[row["currency"]]
        assert told == (
            *(row[n] for n in ("currency", "cost", "won", "revenue")),
            *told[4:7],
            row["cac"],
            row["roas"],
            row["roi"],
        )


def test_what_may_come_of_leads_is_counted_once_where_cost_has_no_currency(client: ClickHouse) -> None:
    put(
        client,
        report("2026-03-01", "crm", 100.0, currency=""),
        journey("crm:hub:1", ad_visit("t1", "2026-03-01 10:00", "crm")),
        *(
            journey(
                f"crm:hub:{number}",
                ad_visit(f"t{number}", "2026-03-01 10:00", "crm"),
                stages=(entry(Stage.LEAD, "2026-03-02 10:00"),),
            )
            for number in range(2, 9)
        ),
        *(
            deal(f"deal:hub:{number}", f"2026-03-{number:02} 10:00", f"crm:hub:{number}", won=won)
            for number, won in ((5, "2026-04-01 10:00"), (6, "2026-04-02 10:00"), (7, ""))
        ),
    )
    (expected,) = client.query("SELECT sum(expected_won), sum(open_leads) FROM keyword_pnl").rows
    assert expected[0] > 2.1
    assert expected[1] > 0
    rows = asked(client, "currency leads won expected_won", level="platform")
    assert [row[:3] for row in rows] == [("", 0, 0), ("CNY", 7, 2)]
    assert sum(row[3] for row in rows) == pytest.approx(expected[0], abs=0.01)


def test_a_touch_that_earns_nothing_leaves_the_scatter_of_amounts_as_it_is(told: ClickHouse) -> None:
    """The last touch is not direct here, so that both models say the same."""
    scatter = "SELECT platform, sum(revenue_squared) AS s FROM keyword_pnl_by(model = '{}', mode = 'period')"
    by_model = [
        told.query(f"{scatter.format(model)} GROUP BY platform HAVING s != 0 ORDER BY platform").rows
        for model in ("last", "last_non_direct")
    ]
    assert by_model[0] == by_model[1] == (("", 2e10), ("baidu", 1e10))


def test_the_plain_view_is_that_of_the_first_touch(told: ClickHouse) -> None:
    counts = "sum(leads) AS l, sum(won) AS w, sum(revenue) AS r, sum(cost) AS c, sum(open_leads) AS o"
    by_default, by_name = (
        rows_of(told.query(f"SELECT keyword, {counts} FROM {view} GROUP BY keyword ORDER BY keyword"))
        for view in ("keyword_pnl", "keyword_pnl_by(model = 'first', mode = 'period')")
    )
    assert by_default == by_name
    assert {row["keyword"]: row["r"] for row in by_default}["crm"] == Decimal(200_000)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"level": "unit"}, "the parameter 'level' must be keyword or platform or account or campaign"),
        ({"model": "best"}, "there is no model 'best' (did you mean 'last'?); the models are first, last,"),
        (
            {"from": "2026-03-02", "to": "2026-03-01"},
            "the first day, 2026-03-02, lies after the last, 2026-03-01",
        ),
    ],
)
def test_what_is_not_known_is_refused_with_what_can_be_given(
    told: ClickHouse, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ReportError) as caught:
        asked(told, "cost", **given)
    assert str(caught.value).startswith(sentence)


def test_the_views_refuse_what_they_do_not_know(told: ClickHouse) -> None:
    with pytest.raises(ClickHouseError, match="mode must be period or cohort"):
        told.query("SELECT sum(leads) FROM keyword_pnl_by(model = 'first', mode = 'weekly')")
    more = "model = 'first', mode = 'cohort', from = '1970-01-01', to = '2099-12-31'"
    with pytest.raises(ClickHouseError, match="level must be platform, account, campaign"):
        told.query(f"SELECT * FROM keyword_estimates_by(level = 'unit', {more})")
