"""Channels and keywords as a page: order, totals, the way down, small numbers, models beside each other."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from cockpits import Stored, cockpit, result, text_of

from cockpit.asked import Asked
from cockpit.channel_rows import channel_rows
from cockpit.columns import totals
from cockpit.pages.channels import crumbs, growing, invoice, level_of
from cockpit.place_links import address_of_list, said_twice
from cockpit.places import at_log, moved, ordered, places
from sinks.reports import Result

pytestmark = pytest.mark.enable_socket

PNL = (
    "platform account campaign ad_group keyword search_term currency impressions clicks ctr cost cpc visits "
    "leads cost_per_lead mqls sales_qualified opportunities pocs won "
    "revenue open_leads open_deals expected_won expected_revenue cac roas roi expected_roi"
)


def row(
    keyword: str | None, cost: str, leads: float, won: float, revenue: str, **more: Any
) -> dict[str, Any]:
    """A row of keyword_pnl in a campaign of Baidu, with rates as the report has them."""
    told = dict.fromkeys(PNL.split(), 0.0) | {
        **{
            "platform": "baidu",
            "account": "north",
            "campaign": "brand",
            "ad_group": "core",
            "keyword": keyword,
        },
        **{"search_term": None, "currency": "CNY", "impressions": 1000, "clicks": 100, "visits": 50},
        **{"leads": leads, "won": won, "cost": Decimal(cost), "revenue": Decimal(revenue), "ctr": 0.1},
        **{"cpc": float(cost) / 100, "cost_per_lead": float(cost) / leads if leads and float(cost) else None},
        **{"cac": float(cost) / won if won and float(cost) else None},
        "roas": float(revenue) / float(cost) if float(cost) else None,
        "roi": float(revenue) / float(cost) - 1 if float(cost) else None,
        **{"expected_won": won, "expected_revenue": Decimal(revenue), "expected_roi": None},
    }
    return told | more


ROWS = [
    row("crm", "300", 4.0, 1.0, "9000"),
    row("crm price", "200", 10.0, 6.0, "4000"),
    row("<b>crm</b>", "500", 6.0, 0.0, "0"),
    row("(unallocated)", "900", 0.0, 0.0, "0"),
    row("crm", "0", 0.0, 2.0, "700", currency="USD", impressions=0, clicks=0, visits=0),
]
ESTIMATES = (
    "platform account campaign ad_group keyword search_term currency clicks leads won won_per_lead "
    "won_per_lead_low won_per_lead_high siblings won_per_1000_clicks "
    "won_per_1000_clicks_low won_per_1000_clicks_high revenue_per_cost revenue_per_cost_low "
    "revenue_per_cost_high chance_to_pay expected_won expected_revenue"
)
ESTIMATED = (
    *(
        "baidu",
        "north",
        "brand",
        "core",
        "crm",
        None,
        "CNY",
        100,
        4.0,
        1.0,
        0.24,
        0.03,
        0.56,
        0.2,
        1.5,
        0.1,
        4.0,
    ),
    *(30.0, 3.7, 155.0, 0.99, 1.0, Decimal(9000)),
)


def answer(rows: list[dict[str, Any]]) -> Result:
    return result(PNL, *(tuple(each.values()) for each in rows))


def asked(**values: str) -> Asked:
    return Asked("/channels", values, newest=date(2026, 10, 5), timezone="Asia/Shanghai")


def seen(path: str, answers: Mapping[str, Any], status: int = 200) -> tuple[str, Stored]:
    stored = Stored(answers)

    async def run() -> str:
        async with cockpit(stored) as client:
            return await text_of(client, path, status)

    return asyncio.run(run()), stored


def names(of: Any) -> list[str]:
    return [place.name for place in of]


def test_the_dearest_come_first_and_what_belongs_to_no_keyword_last() -> None:
    told = places(ROWS, ("platform", "account", "campaign", "ad_group", "keyword"))
    assert names(ordered(told, "cost")) == ["<b>crm</b>", "crm", "crm price", "(unallocated)"]
    assert names(ordered(told, "revenue")) == ["crm", "crm price", "<b>crm</b>", "(unallocated)"]
    assert [each["currency"] for each in told[0].rows] == ["CNY", "USD"]


def test_too_few_won_deals_are_not_ranked_by_what_they_returned_but_by_what_is_sure_of_it() -> None:
    keys = ("platform", "account", "campaign", "ad_group", "keyword")
    estimates = [dict(zip(ESTIMATES.split(), ESTIMATED, strict=True))]
    told = places(ROWS, keys, estimates)
    assert names(ordered(told, "roas"))[:2] == ["crm price", "crm"]
    # The least cost for a lead is the best, and six leads are enough to say so.
    assert names(ordered(told, "cost_per_lead"))[:2] == ["crm price", "<b>crm</b>"]


def test_totals_are_the_sum_of_their_rows_and_their_rates_those_of_the_report() -> None:
    china, america = totals(ROWS)
    assert (china["cost"], china["leads"], china["won"], china["revenue"]) == (1900, 20, 7, 13000)
    assert (america["cost"], america["leads"], america["won"], america["revenue"]) == (0, 0, 2, 700)
    # Deals were won in two currencies: what one cost can't be said, what a lead cost can.
    assert (china["cac"], china["roas"], china["cost_per_lead"]) == (None, None, 95)
    for each in ROWS[:4]:
        (alone,) = totals([each])
        for name in ("cpc", "cost_per_lead", "cac", "roas", "roi"):
            assert alone[name] == pytest.approx(each[name]), name


def test_two_models_stand_beside_each_other_and_what_moves_most_comes_first() -> None:
    others = [row("crm", "300", 4.0, 1.0, "9000"), row("crm price", "200", 10.0, 0.0, "0")]
    pairs = moved(ROWS[:3], others, ("keyword",))
    assert [here["keyword"] for here, _ in pairs] == ["crm price", "<b>crm</b>", "crm"]
    assert (pairs[0][0]["revenue"], pairs[0][1]["revenue"]) == (4000, 0)
    assert (pairs[1][0]["leads"], pairs[1][1]["leads"]) == (6.0, 0)


def test_a_place_opens_into_the_level_below_and_its_way_leads_back() -> None:
    assert level_of(asked()) == "channel"
    assert level_of(asked(platform="baidu")) == "campaign"
    assert level_of(asked(platform="baidu", campaign="brand", keyword="crm")) == "search_term"
    assert level_of(asked(platform="baidu", level="keyword")) == "keyword"
    way = crumbs(asked(platform="baidu", campaign="brand", ad_group="core", model="last"))
    assert way == [
        ("baidu", "/channels?platform=baidu&model=last"),
        ("brand", "/channels?platform=baidu&campaign=brand&model=last"),
        ("core", "/channels?platform=baidu&campaign=brand&ad_group=core&model=last"),
    ]


def test_each_count_opens_the_list_of_whom_it_counts_where_a_list_can_tell() -> None:
    keys = ("platform", "account", "campaign", "ad_group", "keyword")
    told = {place.name: place for place in places(ROWS, keys)}
    twice = said_twice(told.values())

    def listed(name: str, column: str, **values: str) -> str:
        return address_of_list(
            asked(level="keyword", during="all", **values), "keyword", told[name], column, twice
        )

    named = "platform=baidu&campaign=brand&ad_group=core&keyword=crm"
    assert listed("crm", "mqls") == f"/leads?during=all&{named}&milestone=marketing_qualified"
    assert listed("crm", "mqls", model="last").startswith("/leads?during=all&model=last&")
    named = "platform=baidu&campaign=brand&keyword=%3Cb%3Ecrm%3C%2Fb%3E"
    assert listed("<b>crm</b>", "won") == f"/funnel/won?during=all&{named}&mode=period&way=entered"
    # Deals of two currencies are two counts; lists of deals know first touches alone, other models have none.
    assert listed("crm", "won") == ""
    assert listed("<b>crm</b>", "won", model="last") == ""
    assert listed("<b>crm</b>", "leads", model="linear") == ""
    assert listed("(unallocated)", "leads") == ""


def test_a_keyword_in_two_ad_groups_opens_no_list_that_would_hold_the_deals_of_both() -> None:
    keys = ("platform", "account", "campaign", "ad_group", "keyword")
    both = places([row("crm", "1", 1, 1, "0"), row("crm", "1", 1, 1, "0", ad_group="more")], keys)
    twice = said_twice(both)
    assert address_of_list(asked(), "keyword", both[0], "won", twice) == ""
    assert "ad_group=core" in address_of_list(asked(), "keyword", both[0], "leads", twice)


def test_ratios_stand_ten_times_as_much_as_far_again() -> None:
    assert [at_log(value) for value in (0, 0.01, 1, 1000, 9999)] == pytest.approx([0, 0, 0.4, 1, 1])


def test_costs_of_the_last_days_may_grow_and_of_some_platforms_they_end_early() -> None:
    def fresh(what: str, month: int, day: int) -> dict[str, Any]:
        # Midnight in Shanghai is still the day before.
        return {"area": "freshness", "what": what, "newest_at": datetime(2026, month, day, 16, tzinfo=UTC)}

    rows = [fresh("ad_costs: baidu/north", 10, 3), fresh("ad_costs: meta", 8, 9), fresh("crm: hub", 10, 4)]
    told = growing(rows, asked(during="30"))
    assert (told["since"], told["until"]) == (date(2026, 10, 2), date(2026, 10, 4))
    assert told["ended"] == [(date(2026, 8, 10), "meta"), (date(2026, 10, 4), "baidu")]
    assert growing(rows, asked(during="2026-02"))["until"] is None


def test_what_is_in_the_table_ties_to_the_invoice_or_says_what_it_lacks() -> None:
    costs = [
        {"currency": "CNY", "cost": Decimal(1000), "allocation": "keyword"},
        {"currency": "CNY", "cost": Decimal(900), "allocation": "none"},
    ]
    (whole,) = invoice(costs, totals(ROWS), asked())
    assert (whole["cost"], whole["unallocated"], whole["lacks"]) == (1900, 900, 0)
    (short,) = invoice(costs, totals(ROWS[:1]), asked())
    assert short["lacks"] == 1600
    assert invoice(costs, totals(ROWS[:1]), asked(keyword="crm"))[0]["lacks"] is None


def test_channels_are_put_together_from_what_they_cost_and_whom_they_brought() -> None:
    money = [
        {"part": "paid_search", "impressions": 100, "clicks": 10, "cost": Decimal(50), "won": Decimal(1)}
        | {"revenue": Decimal(200), "currency": "CNY"},
        {"part": "paid_search", "impressions": 0, "clicks": 0, "cost": Decimal(0), "won": Decimal(1)}
        | {"revenue": Decimal(30), "currency": "USD"},
    ]
    zero = dict.fromkeys(("visits", "leads", "mqls", "sales_qualified", "opportunities", "pocs"), 0)
    funnel = [
        {"channel": "paid_search", "currency": "CNY"} | zero | {"leads": 5, "opportunities": 1},
        {"channel": "paid_search", "currency": "USD"} | zero | {"opportunities": 1},
        {"channel": "email", "currency": "CNY"} | zero | {"leads": 2},
    ]
    search, dollars, mail = channel_rows({"money": money, "funnel": funnel}, "channel")
    assert (search["leads"], search["opportunities"], search["cost_per_lead"], search["roas"]) == (
        5,
        2,
        10,
        None,
    )
    assert (dollars["leads"], dollars["won"], dollars["currency"]) == (0, 1, "USD")
    assert (mail["channel"], mail["leads"], mail["cost"]) == ("email", 2, 0)


def test_a_level_shows_all_that_the_report_says_and_a_hostile_name_is_text() -> None:
    text, stored = seen(
        "/channels?level=keyword&during=2026-09&model=last",
        {"keyword_pnl": answer(ROWS), "keyword_estimates": result(ESTIMATES, ESTIMATED)},
    )
    assert "&lt;b&gt;crm&lt;/b&gt;" in text
    assert "<b>crm" not in text
    assert "keyword=crm+price" in text
    assert (
        "/leads?model=last&amp;from=2026-09-01&amp;to=2026-09-30&amp;platform=baidu&amp;campaign=brand"
        in text
    )
    assert "4 leads: too few to judge" in text
    assert "(revenue − cost) ÷ cost" in text
    questions = {name: parameters for name, parameters in stored.asked if name.startswith("keyword")}
    assert questions["keyword_pnl"]["model"] == questions["keyword_estimates"]["model"] == "last"
    assert questions["keyword_pnl"]["from"] == questions["keyword_estimates"]["from"] == "2026-09-01"


def test_every_link_of_a_level_can_be_followed() -> None:
    answers = {"keyword_pnl": answer(ROWS), "keyword_estimates": result(ESTIMATES, ESTIMATED)}
    text, _ = seen("/channels?level=keyword&during=all", answers)
    own = {each.replace("&amp;", "&") for each in re.findall(r'href="(/(?:channels|reports)[^"]*)"', text)}
    assert len(own) > 40

    async def follow() -> None:
        async with cockpit(Stored(answers)) as client:
            for address in sorted(own):
                await text_of(client, address) if "." not in address.split("?")[0] else None

    asyncio.run(follow())


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/channels?level=keywrod", "did you mean &#39;keyword&#39;"),
        ("/channels?sort=beauty", "&#39;sort&#39; must be"),
        ("/channels?channel=email&by=nothing", "&#39;by&#39; must be"),
        ("/channels?levle=keyword", "did you mean &#39;level&#39;"),
    ],
)
def test_a_wrong_question_is_said(path: str, says: str) -> None:
    text, _ = seen(path, {}, 400)
    assert says in text


def test_an_empty_installation_says_what_to_import() -> None:
    trust = result(
        "area what concerned of_all share newest_at learnt_at says",
        ("missing", "ad costs", None, None, None, None, None, "no ad costs: leadtrace import sem FILE"),
    )
    text, _ = seen("/channels?level=keyword", {"keyword_pnl": result(PNL), "trust": trust})
    assert "leadtrace import sem FILE" in text
    assert "Nothing is known of this period" in text
