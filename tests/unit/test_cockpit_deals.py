"""Deals, accounts and how sales answers in the cockpit: lists, one of them, pictures on one axis of time."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from cockpits import Stored, result, text_of
from stored_people import FROM, HOSTILE, LEADS, ONE, look, one_lead

from cockpit.lanes import lanes_of
from cockpit.pages.deals import entries
from cockpit.pages.response import by_owner, by_tag, within

pytestmark = pytest.mark.enable_socket

AT = datetime(2026, 3, 8, 2, 12, tzinfo=UTC)
DEALS = (
    "deal name account company owner stage stage_at days_in_stage median_days p90_days days_over chance "
    "amount currency people opened_at closed_at reason poc_at poc_ended_at poc_result poc_reason region "
    "industry competitor first_channel first_platform first_campaign first_ad_group first_keyword "
    "first_content last_channel last_keyword origin of_all"
)
CAME = ("paid_search", "baidu", "plan", "unit", "crm", "", "direct", "", "marketing", 1)
STANDS = ("poc", AT, 30, 7.0, 17.0, 13.0, 0.25, Decimal("1234.00"), "CNY", 1, AT, None, "", AT, None, "", "")
DEAL = ("deal:hub:9", HOSTILE, "account:hub:1", HOSTILE, "east", *STANDS, "", "", "rival", *CAME)
GROUP = (
    "person company why is_lead stage stage_at owner deals touchpoints follow_ups first_touch_at "
    "first_channel first_platform first_campaign first_keyword last_touch_at"
)
MEMBER = (
    "crm:hub:1",
    HOSTILE,
    "crm",
    True,
    "lead",
    AT,
    "east",
    1,
    2,
    1,
    AT,
    "paid_search",
    "baidu",
    "",
    "crm",
    AT,
)
HISTORY = "person deal account stage occurrence at previous_stage is_regression system raw reason owner"
JOURNEY = (
    "position at person kind channel platform source campaign ad_group keyword content "
    "author deal revenue currency"
)
CURVE = "who value days at_risk reached ended censored reached_share ended_share open_share"


def step(day: int, person: str, kind: str, deal: str = "") -> tuple[Any, ...]:
    """A step of an account, so many days later."""
    texts = ("paid_search", "baidu", "baidu", HOSTILE, "", "crm", "", "")
    return (day, AT + timedelta(days=day), person, kind, *texts, deal, Decimal(0), "")


def one_deal() -> Stored:
    """Answers about one deal, of one account, with one person."""
    stored = one_lead()
    entered = ("", "deal:hub:9", "account:hub:1")
    answers = dict(stored.answers) | {
        "deal_standings": result(DEALS, DEAL),
        "buying_group": result(GROUP, MEMBER),
        "stage_history": result(
            HISTORY,
            (*entered, "opportunity", 1, AT, "", False, "hub", HOSTILE, "", "east"),
            (*entered, "poc", 1, AT + timedelta(days=3), "opportunity", False, "hub", "POC", "", "east"),
        ),
        "account_journey": result(
            JOURNEY,
            step(0, "crm:hub:1", "visit"),
            step(9, "crm:hub:1", "follow_up"),
            step(20, "", "deal_won", "d"),
        ),
    }
    return Stored(answers, stored.found)


def test_deals_that_stand_still_are_told_from_the_others() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = " ".join((await text_of(client, "/deals?owner=east")).split())
        assert HOSTILE not in text
        assert '<span class="bad">30</span>' in text
        assert 'href="/deals/deal%3Ahub%3A9"' in text
        assert "median 7, nine of ten 17 days" in text
        assert "CN¥1,234" in text

    stored = one_deal()
    look(stored, visit)
    asked = next(parameters for name, parameters in stored.asked if name == "deal_standings")
    assert asked == {"owner": "east", "limit": "50", "offset": "0"}


def test_a_deal_says_what_brought_it_by_each_model_and_who_decides() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = " ".join((await text_of(client, "/deals/deal:hub:9")).split())
        assert HOSTILE not in text
        assert 'href="/leads?keyword=crm">crm</a>' in text
        assert 'href="/leads/crm%3Ahub%3A1"' in text
        assert "30 days in this stage; half of all left it within 7 days" in text
        assert "25.0% of those that are in it for so long are won" in text
        assert "is running" in text
        assert "rival" in text
        assert '<td class="n">3</td>' in text

    stored = one_deal()
    look(stored, visit)
    asked = [parameters for name, parameters in stored.asked if name == "credits"]
    assert {each["milestone"] for each in asked} == {"opportunity"}


def test_a_deal_or_an_account_that_is_not_there_is_a_sentence() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        assert "there is no deal &#39;x/" in (await text_of(client, "/deals/x/y", 404)).replace(
            "There", "there"
        )
        assert "There is no account" in await text_of(client, "/accounts/x%20%3Cb%3E", 404)
        assert "There are no deals yet" in await text_of(client, "/deals")
        assert "No deal is like that" in await text_of(client, "/deals?state=won")
        assert "No deal is like that" in await text_of(client, "/deals?page=99")
        assert "There are no accounts yet" in await text_of(client, "/accounts")

    look(Stored(), visit)


def test_an_account_is_its_people_on_one_axis_of_time() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = " ".join((await text_of(client, "/accounts/account:hub:1")).split())
        assert HOSTILE not in text
        assert 'class="dot call"' in text
        assert 'class="milestone"' in text
        assert "Deal won" in text
        assert "3 steps" in text

    look(one_deal(), visit)


def test_lanes_stand_in_the_order_in_which_people_came() -> None:
    rows = [
        {"at": AT, "person": "b"},
        {"at": AT + timedelta(days=10), "person": "a"},
        {"at": AT + timedelta(days=20), "person": ""},
    ]
    told = lanes_of(rows, ["b", "a", "silent"], "UTC")
    assert told is not None
    assert [lane.person for lane in told.lanes] == ["b", "a"]
    assert [lane.marks[0].x for lane in told.lanes] == [200, 545]
    assert told.milestones[0].x == 890
    assert [told.ticks[0][1], told.ticks[-1][1]] == [date(2026, 3, 8), date(2026, 3, 28)]
    alone = lanes_of(rows[:1], [], "UTC")
    assert alone is not None
    assert alone.lanes[0].marks[0].x == 200
    assert lanes_of([], ["a"], "UTC") is None


def test_days_in_a_stage_are_those_until_the_next() -> None:
    rows = [{"deal": "d", "at": AT}, {"deal": "d", "at": AT + timedelta(days=2)}, {"deal": "", "at": AT}]
    assert [row["days"] for row in entries(rows)] == [2, None]


def test_who_waits_is_counted_by_owner_and_tag() -> None:
    rows = [
        {"owner": "east", "waiting_days": 3.0, "tags": "demo, budget"},
        {"owner": "", "waiting_days": 9.0, "tags": ""},
        {"owner": "east", "waiting_days": 5.0, "tags": "demo"},
    ]
    assert by_owner(rows) == [("east", 2, 5.0), ("", 1, 9.0)]
    assert by_tag(rows) == [("demo", 2), ("budget", 1)]


def test_a_share_is_told_only_for_as_long_as_anybody_was_watched() -> None:
    rows = [
        {"days": 1, "reached_share": 0.2, "open_share": 0.8},
        {"days": 4, "reached_share": 0.5, "open_share": 0.4},
    ]
    assert within(rows) == [(1, 0.2), (2, 0.2), (3, 0.2), (5, None), (10, None), (30, None)]
    assert within([{"days": 1, "reached_share": 1.0, "open_share": 0.0}])[-1] == (30, 1.0)
    assert within([]) == [(days, None) for days in (1, 2, 3, 5, 10, 30)]


def test_the_response_page_names_who_left_which_unanswered() -> None:
    times = (
        "value mqls answered answered_late waiting waiting_too_long median_days p90_days answered_in_time "
        "finished_median_days"
    )
    answers = {
        "leads": result(LEADS, (*ONE, *FROM, 12.3, 1)),
        "survival": result(CURVE, ("person", "(all)", 2, 3, 2, 0, 0, 0.5, 0.0, 0.5)),
        "response": result(times, (HOSTILE, 3, 2, 1, 1, 1, 1.0, None, 0.5, 1.0)),
    }

    async def visit(client: TestClient[Any, Any]) -> None:
        text = " ".join((await text_of(client, "/response?owner=east&grade=nurture&by=channel")).split())
        assert HOSTILE not in text
        assert "1 qualified lead waits for sales" in text
        assert "owner=east" in text
        assert "12 days" in text
        assert "50.0%" in text
        assert "等待销售跟进" in await text_of(client, "/response?lang=zh")

    stored = Stored(answers)
    look(stored, visit)
    asked = dict(stored.asked[:8])
    assert asked["response"] == {"owner": "east", "by": "channel"}
    assert asked["recycled"] == {"owner": "east", "grade": "nurture", "limit": "20"}


def test_nobody_waits_is_said_in_words() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        assert "Nobody waits." in await text_of(client, "/response")

    look(Stored({"survival": result(CURVE)}), visit)
