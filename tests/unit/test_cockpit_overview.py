"""The overview: its numbers, what it says of them, and what it says of an installation without any."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from cockpits import Stored, cockpit, result, text_of

from cockpit.access.roles import Role, User, Way
from cockpit.asked import Asked, Days
from cockpit.attention import owners_of, unmapped
from cockpit.currencies import Currency, shown_currency
from cockpit.headline import card_of_pipeline, cards_of_money, main_currency, money_of, parts_of
from cockpit.pages.overview import PAGES, all_between, keywords_of, overview, points_of
from cockpit.rendering import rendered
from cockpit.shares import is_clear, wilson
from cockpit.steps import groups_of, least_rate, most_lost, next_of, steps_of
from cockpit.trusted import trusted
from sinks.report_values import ReportError
from sinks.reports import Result

MONEY = "part impressions clicks cost won customers revenue cac cost_per_customer roas roi currency note"
STEPS = (
    "part number step unit count entered step_rate cumulative_rate cost_per currency cost_by_currency "
    "median_days went_on waiting lost reasons note"
)
TRUST = "area what concerned of_all share newest_at learnt_at says"
NOW = datetime(2026, 10, 5, 4, 0, tzinfo=UTC)


def rows(columns: str, *some: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dict(zip(columns.split(), row, strict=True)) for row in some]


def money(part: str, cost: str, won: int, revenue: str, currency: str = "CNY") -> tuple[Any, ...]:
    spent, earned = Decimal(cost), Decimal(revenue)
    return (
        *(part, 1000, 100, spent, won, won, earned),
        *(float(spent) / won if won and spent else None, None),
        *(float(earned / spent) if spent else None, float((earned - spent) / spent) if spent else None),
        *(currency, ""),
    )


def step(
    number: int, name: str, count: int, went_on: int | None, waiting: int | None, lost: int | None
) -> Any:
    unit = "people" if number < 8 else "deals"
    return (
        "(all)",
        number,
        name,
        unit,
        count,
        count,
        0.5,
        0.1,
        None,
        "",
        "",
        None,
        went_on,
        waiting,
        lost,
        "",
        "",
    )


FUNNEL = rows(
    STEPS,
    step(1, "impression", 1000, None, None, None),
    step(4, "visitor", 500, 123, 377, 0),
    step(5, "lead", 123, 89, 26, 8),
    step(6, "marketing_qualified", 89, 67, 10, 12),
    step(7, "sales_qualified", 67, 34, 31, 2),
    step(8, "opportunity", 27, 23, 3, 1),
    step(9, "poc", 23, 7, 11, 5),
    step(10, "won", 7, 0, 0, 0),
)


@pytest.mark.parametrize(
    ("count", "of", "least", "most"), [(2, 17, 0.03, 0.34), (1, 4, 0.05, 0.70), (0, 20, 0.0, 0.16)]
)
def test_an_interval_of_few_stays_between_none_and_all(
    count: int, of: int, least: float, most: float
) -> None:
    bounds = wilson(count, of)
    assert bounds is not None
    assert (round(bounds[0], 2), round(bounds[1], 2)) == (least, most)


def test_more_than_all_and_of_none_is_no_share() -> None:
    assert wilson(3, 2) is None
    assert wilson(0, 0) is None


def test_few_more_are_no_change() -> None:
    assert not is_clear(3, 1)
    assert not is_clear(21, 16)
    assert is_clear(21, 7)


def test_most_are_lost_where_most_left_and_the_least_rate_is_told_beside() -> None:
    steps = steps_of(FUNNEL)
    worst, least = most_lost(steps), least_rate(steps)
    assert worst is not None
    assert (worst.name, worst.lost) == ("marketing_qualified", 12)
    assert least is not None
    assert (least.name, least.went_on, least.waiting) == ("poc", 7, 11)
    behind = next_of(steps, least)
    assert behind is not None
    assert behind.name == "won"
    assert next_of(steps, steps[-1]) is None


def test_steps_that_count_the_same_share_a_scale_and_deals_are_no_share_of_people() -> None:
    steps = steps_of(FUNNEL, FUNNEL)
    groups = groups_of(steps)
    assert [(group.title, group.most) for group in groups] == [
        ("Ads and visits", 1000),
        ("People", 500),
        ("Deals", 27),
    ]
    by_name = {each.name: each for each in steps}
    assert by_name["opportunity"].least is None
    assert by_name["won"].least is not None
    assert by_name["lead"].before == 123


def test_a_funnel_of_nobody_loses_nobody() -> None:
    assert most_lost([]) is None
    assert least_rate([]) is None


def test_the_main_currency_is_that_of_most_won_deals() -> None:
    told = rows(
        MONEY,
        money("(all)", "9", 1, "5", "USD"),
        money("(all)", "1", 3, "5", "CNY"),
        money("(all)", "1", 9, "5", ""),
    )
    assert main_currency(told) == "CNY"
    assert main_currency([]) == ""


def test_cost_and_revenue_are_the_sum_of_all_rows_and_divided_only_in_one_currency() -> None:
    told = money_of(rows(MONEY, money("a", "10", 1, "50"), money("b", "30", 1, "10")), "CNY")
    assert (told.cost, told.revenue, told.won, told.cac, told.roas) == (40, 60, 2, 20, 1.5)
    mixed = money_of(rows(MONEY, money("a", "10", 1, "50"), money("b", "30", 1, "10", "EUR")), "CNY")
    assert (mixed.cost, mixed.cac, mixed.roas) == (10, None, None)
    assert money_of([], "CNY").cac is None


def test_amounts_in_their_own_currencies_stand_beside_the_sum_if_there_are_several() -> None:
    told = rows(MONEY, money("(all)", "9", 1, "5", "EUR"), money("(all)", "1", 3, "7", "CNY"))
    assert parts_of(told, "revenue", "CNY") == ((Decimal(7), "CNY"), (Decimal(5), "EUR"))
    assert parts_of(told[:1], "revenue", "CNY") == ()


def test_what_has_no_rate_is_left_over_and_said() -> None:
    told = money_of(rows(MONEY, money("(all)", "9", 1, "5", "XYZ"), money("(all)", "1", 3, "7")), "CNY")
    assert told.revenue == 7
    assert [row["currency"] for row in told.left_over] == ["XYZ"]


def test_a_change_is_for_better_or_worse_only_if_chance_does_not_explain_it() -> None:
    before = money_of(rows(MONEY, money("(all)", "100", 7, "700")), "CNY")
    much, little = (money_of(rows(MONEY, money("(all)", "100", won, "2100")), "CNY") for won in (21, 8))
    assert [card.tone for card in cards_of_money(much, before, [], {})] == [1, 0, 1, 1]
    assert [card.tone for card in cards_of_money(little, before, [], {})] == [0, 0, 0, 0]
    assert {card.before for card in cards_of_money(much, None, [], {})} == {None}


def test_open_deals_of_several_currencies_are_not_added_up() -> None:
    told = rows(
        "open open_amount currency", (3, Decimal(5), "EUR"), (20, Decimal(70), "CNY"), (0, Decimal(0), "USD")
    )
    card = card_of_pipeline(told, "CNY")
    assert (card.now, card.currency, card.count, card.parts) == (70, "CNY", 23, ((5, "EUR"),))


def test_keywords_are_ranked_by_what_they_earn_for_their_cost() -> None:
    told = rows(
        MONEY,
        money("a", "10", 1, "50"),
        money("b", "1", 1, "9"),
        money("(none)", "1", 9, "99"),
        money("c", "1", 0, "0"),
    )
    assert [row["part"] for row in keywords_of(told, "CNY")] == ["b", "a"]


def test_a_trend_has_every_week_also_those_without_anything() -> None:
    told = points_of(
        Days(date(2026, 9, 1), date(2026, 10, 5)),
        "CNY",
        rows(
            MONEY,
            money("2026-09-07", "5", 1, "9"),
            money("2026-09-28", "1", 0, "0"),
            money("2026-09-28", "7", 1, "9", "EUR"),
        ),
        rows("week leads mqls", ("2026-09-07", 2, 1), ("2026-09-07", 1, 0)),
    )
    assert [point["at"] for point in told["points"]] == [
        "2026-09-07",
        "2026-09-14",
        "2026-09-21",
        "2026-09-28",
    ]
    assert [point["leads"] for point in told["points"]] == [3, 0, 0, 0]
    assert sum(point["cost"] for point in told["points"]) == 6
    assert all_between("2025-11", "2026-02", "month") == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_who_leaves_most_waiting_comes_first_with_names_and_nobody_who_waits_is_left_out() -> None:
    """That response knows of one wait less is no reason to count one less: the CRM may be silent since."""
    response = rows(
        "value waiting_too_long mqls median_days", ("a", 1, 5, 2.0), ("b", 1, 5, None), ("c", 0, 5, 1.0)
    )
    unanswered = rows("person owner", ("p1", "b"), ("p2", "b"), ("p3", "a"), ("p4", ""))
    owners = owners_of(response, unanswered)
    assert [(owner.name, owner.waiting, owner.qualified) for owner in owners] == [
        *(("b", 2, 5), ("(none)", 1, 1), ("a", 1, 5))
    ]
    assert [[lead["person"] for lead in owner.leads] for owner in owners] == [["p1", "p2"], ["p4"], ["p3"]]
    assert sum(owner.waiting for owner in owners) == len(unanswered)


def test_words_without_a_meaning_are_named() -> None:
    told = rows(
        "issue rows", ("unmapped_stage:sales:已加微信", 18), ("bot_visits", 5), ("unmapped_grade:sales:A", 57)
    )
    assert unmapped(told) == [("grade", "A", 57), ("stage", "已加微信", 18)]


def test_a_feed_is_late_when_nothing_was_heard_for_days_and_costs_by_the_day_they_are_of() -> None:
    told = rows(
        TRUST,
        ("freshness", "crm: crm:sales", None, None, None, datetime(2026, 9, 1), datetime(2026, 10, 5), ""),
        (
            "freshness",
            "website: collector",
            None,
            None,
            None,
            datetime(2026, 9, 1),
            datetime(2026, 10, 1),
            "",
        ),
        (
            "freshness",
            "ad_costs: baidu",
            None,
            None,
            None,
            datetime(2026, 10, 3, 16),
            datetime(2026, 10, 4),
            "",
        ),
        ("freshness", "ad_costs: meta", None, None, None, datetime(2026, 9, 3), datetime(2026, 10, 4), ""),
        ("waiting", "dead letters", 4, None, None, None, None, ""),
        ("missing", "CRM", None, None, None, None, None, ""),
    )
    days = rows(
        TRUST,
        ("completeness", "deals_unattributed", 2, 20, 0.1, None, None, ""),
        ("completeness", "deals_direct", 3, 20, 0.15, None, None, ""),
        ("completeness", "leads_direct", 0, 20, 0.0, None, None, ""),
    )
    trust = trusted(days, told, NOW, "Asia/Shanghai")
    assert [feed.name for feed in trust.late] == ["meta", "collector"]
    assert trust.known_deals == (15, 20)
    assert [share.name for share in trust.shares] == ["deals_direct", "deals_unattributed"]
    assert (trust.letters, trust.missing) == (4, ("CRM",))


@pytest.mark.parametrize(
    ("currencies", "has_rates", "shown"),
    [
        (("USD",), False, Currency("USD", "")),
        (("CNY", "USD"), True, Currency("CNY", "CNY")),
        (("CNY", "USD"), False, Currency("CNY", "")),
        ((), False, Currency("", "")),
    ],
)
def test_only_several_currencies_are_converted_and_only_by_rates(
    currencies: tuple[str, ...], has_rates: bool, shown: Currency
) -> None:
    def of_money(values: Any) -> Result:
        if values["currency"] and not has_rates:
            raise ReportError("no exchange rate is known")
        return result(MONEY, *(money("(all)", "5", 9 - at, "9", each) for at, each in enumerate(currencies)))

    assert asyncio.run(shown_currency(Stored({"money": of_money}), Asked("/"))) == shown
    asked = Asked("/", {"currency": "EUR"})
    assert asyncio.run(shown_currency(Stored(), asked)) == Currency("EUR", "EUR")


def stored() -> Stored:
    """A small market in two periods."""

    def of_money(values: Any) -> Result:
        if values["by"] == "keyword":
            return result(MONEY, money("<script>", "10", 1, "500"), money("元数据管理", "100", 6, "900"))
        if values["by"] == "channel":
            much = values["from"] >= "2026-07-01"
            return result(MONEY, money("paid_search", "110", 21 if much else 7, "1400" if much else "700"))
        if values["by"] == "week":
            return result(MONEY, money("2026-09-07", "110", 7, "1400"))
        if values["from"] >= "2026-07-01":
            return result(MONEY, money("(all)", "110", 21, "1400"))
        return result(MONEY, money("(all)", "100", 7, "700"))

    answers: dict[str, Any] = {
        "money": of_money,
        "funnel_steps": result(STEPS, *(tuple(row.values()) for row in FUNNEL)),
        "funnel": result(
            "week leads mqls cost revenue currency", ("2026-09-07", 12, 5, Decimal(110), Decimal(1400), "CNY")
        ),
        "unanswered": result(
            "person company owner qualified_at followed_up_at waited_days grade tags channel",
            ("crm:a:1", "南京<b>公司", "销售一组", NOW, None, 12.3, "", "", "paid_search"),
        ),
        "response": result("value waiting_too_long mqls median_days", ("销售一组", 1, 5, 2.0)),
        "deals": result(
            "deal name account stage amount currency opened_at closed_at people first_channel first_keyword "
            "last_channel last_keyword",
            (
                "deal:sales:D90001",
                "平台",
                "",
                "won",
                268000,
                "CNY",
                NOW,
                NOW,
                1,
                "paid_search",
                "元数据管理",
                "direct",
                "",
            ),
        ),
        "trust": result(
            TRUST,
            ("freshness", "crm: crm:sales", None, None, None, NOW, NOW, ""),
            ("completeness", "deals_direct", 3, 20, 0.15, None, None, ""),
        ),
    }
    return Stored(answers)


def page(path: str, given: Stored) -> str:
    async def run() -> str:
        async with cockpit(given) as client:
            return " ".join((await text_of(client, path)).split())

    return asyncio.run(run())


@pytest.mark.enable_socket
def test_the_overview_answers_the_five_questions_at_once() -> None:
    text = page("/?deal=D90001&compare=previous", stored())
    assert "&lt;script&gt;: CN¥50 back for each CN¥1." in text
    assert "Between MQL and won most are lost at MQL: 12 of 89." in text
    assert "南京&lt;b&gt;公司" in text
    assert "1 of 5 MQLs wait too long" in text
    assert "<b>Paid search · 元数据管理</b>" in text
    assert "the source of 17 is known, 85%" in text
    assert "<script>:" not in text


@pytest.mark.parametrize(("role", "sees"), [(Role.VIEWER, False), (Role.ANALYST, True)])
def test_names_of_people_are_for_analysts_and_numbers_for_all(role: Role, sees: bool) -> None:
    asked = Asked("/", newest=date(2026, 10, 5))
    shown = asyncio.run(overview(stored(), asked))
    user = User("vera", role, Way.PASSWORD, "t")
    text = rendered(shown, PAGES[0], asked, (), stands=None, user=user)
    assert ("南京" in text) is sees
    assert "1 of 5 MQLs wait too long" in text


@pytest.mark.enable_socket
def test_the_overview_asks_what_its_address_says() -> None:
    given = stored()
    page("/?during=2026-Q3&mode=cohort&model=last&currency=USD&compare=none", given)
    of_channels = [values for name, values in given.asked if name == "money" and values["by"] == "channel"]
    assert of_channels == [
        {
            **{"by": "channel", "mode": "cohort", "model": "last", "currency": "USD", "limit": "1000000"},
            **{"from": "2026-07-01", "to": "2026-09-30"},
        }
    ]


@pytest.mark.enable_socket
def test_an_empty_installation_says_what_to_do_first() -> None:
    missing = result(TRUST, *(("missing", what, *[None] * 5, "") for what in ("website", "CRM", "ad costs")))
    text = page("/", Stored({"trust": missing}))
    assert "leadtrace import crm" in text
    assert "Where do we lose most?" not in text
