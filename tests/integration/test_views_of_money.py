"""Money of three currencies over a weekend, with a rate that is missing and one that was restated, by hand.

The sums were written down before any of them was computed:

    one US dollar   7.20 yuan from Friday 6 March, 7.30 from Monday 9 March (first told as 7.10)
    one euro        1.10 dollars on 6 March, so 7.92 yuan over the weekend and 8.03 from Monday
    yen             nobody says

    cost     6 March  baidu, keyword metadata        100.00 CNY     100.00
             7 March  google, keyword catalog         10.00 USD      72.00
             9 March  google, no keyword               5.00 USD      36.50
             8 March  linkedin                        20.00 EUR     158.40
             9 March  yahoo, no keyword            1,000.00 JPY          –
            20 March  google, keyword catalog          1.00 USD          –  (the last rate is 11 days old)

    won      8 March  A, two people of one company 1,000.00 EUR   7,920.00
             9 March  B, of the same company         500.00 USD   3,650.00
             9 March  C                              200.00 CNY     200.00
             9 March  D, nobody ever came         50,000.00 JPY          –
"""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from snapshots import deal, entry, journey, put, rate, report, rows_of, visit

from attribution.policy_money import MoneyOfReports
from attribution.policy_reports import Reports
from schemas.terms import Stage
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report
from sinks.scripts import Script, read_scripts
from sinks.view_texts import fill

pytestmark = [pytest.mark.servers, pytest.mark.answers]

Show = Callable[..., list[dict[str, Any]]]
BAIDU = {
    "channel": "paid_search",
    "platform": "baidu",
    "campaign": "brand",
    "ad_group": "core",
    "keyword": "metadata",
}
GOOGLE = {
    "channel": "paid_search",
    "platform": "google",
    "campaign": "g",
    "ad_group": "g1",
    "keyword": "catalog",
}
PLACE = {"platform": "google", "campaign": "g", "ad_group": "g1", "currency": "USD"}


@pytest.fixture
def client_with_money(client: ClickHouse) -> ClickHouse:
    put(
        client,
        # Newer reports count, whichever came first.
        rate("2026-03-09", "USD", "CNY", "7.3", reported_at=6),
        rate("2026-03-09", "USD", "CNY", "7.1", reported_at=5),
        rate("2026-03-06", "USD", "CNY", "7.2"),
        rate("2026-03-06", "EUR", "USD", "1.1"),
        report("2026-03-06", "metadata", 100),
        report("2026-03-07", "catalog", 10, **PLACE),
        report("2026-03-09", "", 5, **PLACE),
        report("2026-03-20", "catalog", 1, **PLACE),
        report("2026-03-08", "", 20, platform="linkedin", campaign="li", ad_group="", currency="EUR"),
        report("2026-03-09", "", 1000, platform="yahoo", campaign="y", ad_group="", currency="JPY"),
        journey(
            "crm:our:1",
            visit("t1", "2026-03-06 09:00", **BAIDU),
            account="account:our:one",
            lead_source="官网-演示申请",
            stages=(entry(Stage.LEAD, "2026-03-06 10:00"),),
        ),
        journey(
            "crm:our:2",
            visit("t2", "2026-03-07 09:00"),
            account="account:our:one",
            lead_source="合作伙伴推荐",
            stages=(entry(Stage.LEAD, "2026-03-07 10:00"),),
        ),
        journey("crm:our:3", visit("t3", "2026-03-07 09:00", **GOOGLE), account="account:our:two"),
        journey(
            "crm:our:4",
            account="account:our:three",
            lead_source="转介绍",
            stages=(entry(Stage.LEAD, "2026-03-08 10:00"),),
        ),
        deal(
            "deal:our:A",
            "2026-03-07 12:00",
            "crm:our:1",
            "crm:our:2",
            won="2026-03-08 12:00",
            **amount(1000, "EUR"),
        ),
        deal(
            "deal:our:B",
            "2026-03-08 12:00",
            "crm:our:1",
            won="2026-03-09 12:00",
            attributes={"Lead Source": "Executive dinner"},
            **amount(500, "USD"),
        ),
        deal("deal:our:C", "2026-03-08 12:00", "crm:our:3", won="2026-03-09 12:00", **amount(200, "CNY")),
        deal("deal:our:D", "2026-03-08 12:00", "crm:our:4", won="2026-03-09 12:00", **amount(50_000, "JPY")),
        deal("deal:our:E", "2026-03-08 12:00", **amount(9, "CNY")),
    )
    return client


def amount(units: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": units * 100, "currency": currency}


def ask(client: ClickHouse, name: str, **parameters: str) -> list[dict[str, Any]]:
    return rows_of(run_report(client, name, parameters))


def only(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[name] for name in columns) for row in rows)


def test_a_rate_counts_over_the_weekend_and_ten_days_and_no_longer(client_with_money: ClickHouse) -> None:
    found = client_with_money.query(
        "SELECT currency, rate, rate_day, via, min(day), max(day) FROM exchange_rates "
        "GROUP BY ALL ORDER BY currency, min(day)"
    )
    assert found.rows == (
        ("EUR", Decimal("7.92"), date(2026, 3, 6), "USD", date(2026, 3, 6), date(2026, 3, 8)),
        ("EUR", Decimal("8.03"), date(2026, 3, 6), "USD", date(2026, 3, 9), date(2026, 3, 16)),
        ("USD", Decimal("7.2"), date(2026, 3, 6), "", date(2026, 3, 6), date(2026, 3, 8)),
        ("USD", Decimal("7.3"), date(2026, 3, 9), "", date(2026, 3, 9), date(2026, 3, 19)),
    )  # fmt: skip
    into_dollars = client_with_money.query(
        "SELECT currency, rate FROM exchange_rates_into(currency = 'USD') "
        "WHERE day = '2026-03-07' ORDER BY currency"
    )
    assert into_dollars.rows == (("CNY", Decimal("0.138888888888888888")), ("EUR", Decimal("1.1")))


def test_all_money_stands_in_one_currency_but_for_what_has_no_rate(client_with_money: ClickHouse) -> None:
    told = ("cost", "won", "customers", "revenue", "currency", "note")
    assert only(ask(client_with_money, "money", by="total", currency="CNY"), *told) == [
        (Decimal("1"), 0, 0, Decimal("0"), "USD", "currency without a rate"),
        (Decimal("366.90"), 3, 2, Decimal("11770.00"), "CNY", ""),
        (Decimal("1000"), 1, 1, Decimal("50000.00"), "JPY", "currency without a rate"),
    ]
    assert only(ask(client_with_money, "money", by="total", currency="USD"), *told) == [
        (Decimal("51.888889"), 3, 2, Decimal("1627.40"), "USD", ""),
        (Decimal("1000"), 1, 1, Decimal("50000.00"), "JPY", "currency without a rate"),
    ]
    assert only(ask(client_with_money, "money", by="total"), *told) == [
        (Decimal("16"), 1, 0, Decimal("500.00"), "USD", ""),
        (Decimal("20"), 1, 1, Decimal("1000.00"), "EUR", ""),
        (Decimal("100"), 1, 1, Decimal("200.00"), "CNY", ""),
        (Decimal("1000"), 1, 1, Decimal("50000.00"), "JPY", ""),
    ]


def test_cost_without_a_keyword_is_unallocated_and_nothing_is_lost(client_with_money: ClickHouse) -> None:
    rows = ask(client_with_money, "money", by="keyword", currency="CNY", to="2026-03-19")
    assert only(
        rows, "part", "cost", "won", "revenue", "currency", "cac", "cost_per_customer", "roas", "roi"
    ) == [
        ("(none)", Decimal("0"), 1, Decimal("50000.00"), "JPY", None, None, None, None),
        ("(unallocated)", Decimal("194.90"), 0, Decimal("0"), "CNY", None, None, None, None),
        ("(unallocated)", Decimal("1000"), 0, Decimal("0"), "JPY", None, None, None, None),
        ("catalog", Decimal("72"), 1, Decimal("200.00"), "CNY", 72.0, 72.0, 200 / 72, 128 / 72),
        ("metadata", Decimal("100"), 2, Decimal("11570.00"), "CNY", 50.0, 100.0, 115.7, 114.7),
    ]


def test_of_a_part_with_money_that_has_no_rate_no_ratio_is_told(client_with_money: ClickHouse) -> None:
    rows = ask(client_with_money, "money", by="keyword", currency="CNY", keyword="catalog")
    assert only(rows, "currency", "cost", "cac", "roi") == [
        ("CNY", Decimal("72"), None, None),
        ("USD", Decimal("1"), None, None),
    ]


def test_a_currency_of_which_nothing_is_known_is_refused(client_with_money: ClickHouse) -> None:
    with pytest.raises(
        Exception, match="no exchange rate of JPY is known: import some with leadtrace import rates"
    ):
        ask(client_with_money, "money", currency="JPY")


def test_a_currency_is_refused_where_there_is_no_rate_at_all(client: ClickHouse) -> None:
    put(client, report("2026-03-06", "metadata", 100))
    for name in ("money", "ltv", "origins", "funnel_steps", "what_if"):
        with pytest.raises(Exception, match="no exchange rate of USD is known: import some"):
            ask(client, name, currency="USD")
    assert only(ask(client, "money", by="total", currency="CNY"), "cost", "currency") == [(100, "CNY")]


def test_whatever_it_is_asked_by_parts_sum_to_the_same(client_with_money: ClickHouse) -> None:
    ways = (("campaign", "first", "cohort"), ("keyword", "linear", "period"), ("month", "last", "cohort"))
    for currency in ("", "CNY"):
        total = only(
            ask(client_with_money, "money", by="total", currency=currency),
            "currency",
            "cost",
            "revenue",
            "won",
        )
        for by, model, mode in ways:
            rows = ask(client_with_money, "money", by=by, model=model, mode=mode, currency=currency)
            assert total == sorted(
                (
                    code,
                    *(
                        sum(row[name] for row in rows if row["currency"] == code)
                        for name in ("cost", "revenue", "won")
                    ),
                )
                for code in {row["currency"] for row in rows}
            )
    in_dollars = client_with_money.query("SELECT sum(cost) FROM ad_costs WHERE currency = 'USD'")
    assert in_dollars.rows == ((Decimal("16"),),)


def test_what_meets_no_touchpoint_is_told_and_ties_to_the_invoice(client_with_money: ClickHouse) -> None:
    rows = ask(client_with_money, "costs", by="platform")
    assert only(rows, "part", "allocation", "cost", "currency", "invoice") == [
        ("baidu", "keyword", Decimal("100"), "CNY", Decimal("100")),
        ("google", "campaign", Decimal("5"), "USD", Decimal("16")),
        ("google", "keyword", Decimal("11"), "USD", Decimal("16")),
        ("linkedin", "none", Decimal("20"), "EUR", Decimal("20")),
        ("yahoo", "none", Decimal("1000"), "JPY", Decimal("1000")),
    ]


def test_who_brought_a_deal_is_said_by_the_deal_then_by_its_first_lead_then_by_the_channel(
    client_with_money: ClickHouse,
) -> None:
    found = client_with_money.query("SELECT deal, origin, origin_by, word FROM deal_origins ORDER BY deal")
    assert found.rows == (
        ("deal:our:A", "marketing", "lead_source", "官网-演示申请"),
        ("deal:our:B", "executives", "deal", "Executive dinner"),
        ("deal:our:C", "marketing", "channel", "paid_search"),
        ("deal:our:D", "(unknown)", "lead_source", "转介绍"),
        ("deal:our:E", "(none)", "", ""),
    )
    rows = ask(client_with_money, "origins", currency="CNY")
    assert only(rows, "origin", "opportunities", "won", "revenue", "currency", "note") == [
        ("(none)", 1, 0, Decimal("0"), "CNY", ""),
        ("(unknown)", 1, 1, Decimal("50000.00"), "JPY", "currency without a rate"),
        ("executives", 1, 1, Decimal("3650.00"), "CNY", ""),
        ("marketing", 2, 2, Decimal("8120.00"), "CNY", ""),
    ]


def test_a_customer_is_worth_what_all_its_deals_brought_and_belongs_to_what_brought_the_first(
    client_with_money: ClickHouse,
) -> None:
    rows = ask(client_with_money, "ltv", by="campaign", currency="CNY", to="2026-03-19")
    told = ("part", "customers", "cost", "ltv", "ltv_to_cac", "verdict", "payback_months")
    assert [row for row in only(rows, *told) if row[0] in ("brand", "g", "li")] == [
        ("brand", 1, Decimal("100"), 11570.0, 115.7, "at least 3", 0),
        ("g", 1, Decimal("108.5"), 200.0, 200 / 108.5, "below 3", 0),
        ("li", 0, Decimal("158.4"), None, None, "", None),
    ]
    worth = client_with_money.query("SELECT customer, won, own_ltv FROM customers ORDER BY customer").rows
    assert worth == (
        ("account:our:one", 2, 11570.0),
        ("account:our:three", 1, None),
        ("account:our:two", 1, 200.0),
    )


def test_cost_is_earned_back_in_the_month_in_which_the_margin_of_all_revenue_reaches_it(
    client: ClickHouse,
) -> None:
    """1,000 spent in January; won are 400 in February, 500 in March, 200 in May, and 300 two years later."""
    put(client, report("2026-01-05", "metadata", 1000))
    put(client, journey("crm:our:1", visit("t1", "2026-01-05 09:00", **BAIDU), account="account:our:one"))
    for name, won, units in (
        ("a", "2026-02-10", 400),
        ("b", "2026-03-10", 500),
        ("c", "2026-05-10", 200),
        ("d", "2028-05-10", 300),
    ):
        put(
            client,
            deal(
                f"deal:our:{name}",
                "2026-01-06 09:00",
                "crm:our:1",
                won=f"{won} 09:00",
                **amount(units, "CNY"),
            ),
        )
    told = ("cost_per_customer", "ltv", "ltv_to_cac", "payback_months", "ltv_by")
    assert only(ask(client, "ltv", by="month"), *told) == [(1000.0, 1400.0, 1.4, 4, "1 × observed revenue")]
    assert only(ask(client, "ltv", by="channel"), "part", *told[:4]) == [
        ("paid_search", 1000.0, 1400.0, 1.4, 4)
    ]
    policy = next(script for script in read_scripts("views") if script.name == "money_policy")
    try:
        half = Reports(money=MoneyOfReports(gross_margin=Decimal("0.8"), lifetime_years=Decimal(5)))
        client.command(Script(45, "money_policy", fill(policy, "UTC", half)).statements[0])
        # 0.8 × 1,100 of the first 365 days × 5 years; 0.8 × 1,400 reach 1,000 with the last deal.
        assert only(ask(client, "ltv", by="month"), *told) == [
            (1000.0, 4400.0, 4.4, 28, "0.8 × first 365 days × 5 years")
        ]
    finally:
        client.command(Script(45, "money_policy", fill(policy, "UTC")).statements[0])


def test_rates_of_long_before_there_was_any_money_cost_nothing(client: ClickHouse) -> None:
    put(client, rate("1999-01-04", "USD", "CNY", "8.2789"), rate("2026-03-06", "USD", "CNY", "7.2"))
    counted = "SELECT count(), min(day) FROM exchange_rates"
    assert client.query(counted).rows == ((22, date(1999, 1, 4)),)
    put(client, deal("deal:our:A", "2026-03-15 12:00", **amount(1000, "USD")))
    assert client.query(counted).rows == ((11, date(2026, 3, 6)),)


def test_any_rates_are_understood_as_a_plain_reading_of_them_says(client: ClickHouse) -> None:
    """Told at random: of either way round, restated, on some days, of pairs that meet in some currency."""
    rng, codes = random.Random(20260309), ("CNY", "EUR", "JPY", "KRW", "USD")
    start = date(2026, 1, 1)
    told: dict[tuple[str, str, date], tuple[int, Decimal]] = {}
    facts = []
    for number in range(160):
        one, other = rng.sample(codes, 2)
        day, reported_at = start + timedelta(days=rng.randrange(70)), number
        value = Decimal(rng.randint(1, 99_999)) / 10_000
        facts.append(rate(day.isoformat(), one, other, f"{value.normalize():f}", reported_at=reported_at))
        told[one, other, day] = max(told.get((one, other, day), (0, Decimal(0))), (reported_at, value))
    rng.shuffle(facts)
    put(client, *facts)

    def pair(one: str, other: str, day: date) -> tuple[Decimal, date] | None:
        for age in range(11):
            then = day - timedelta(days=age)
            if (one, other, then) in told:
                return told[one, other, then][1], then
            if (other, one, then) in told:
                return 1 / told[other, one, then][1], then
        return None

    def worth(code: str, day: date) -> tuple[Decimal, date, str] | None:
        if direct := pair(code, "CNY", day):
            return (*direct, "")
        ways = [
            (first[0] * second[0], min(first[1], second[1]), via)
            for via in codes
            if via not in (code, "CNY")
            and (first := pair(code, via, day))
            and (second := pair(via, "CNY", day))
        ]
        # Names come in order, so of equally new ones the first stands.
        return max(ways, key=lambda way: way[1], default=None)

    expected = {
        (day, code): known
        for day in (start + timedelta(days=number) for number in range(85))
        for code in codes[1:]
        if (known := worth(code, day))
    }
    rows = client.query("SELECT day, currency, rate, rate_day, via FROM exchange_rates").rows
    assert {(day, code): (rate_day, via) for day, code, _, rate_day, via in rows} == {
        place: known[1:] for place, known in expected.items()
    }
    for day, code, found, _, _ in rows:
        assert float(found) == pytest.approx(float(expected[day, code][0]), rel=1e-9)
    assert any(via for *_, via in rows)
    assert len(rows) > 150
