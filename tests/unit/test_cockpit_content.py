"""Content and authors as a page: two touches on one scale, few leads without a rank, age, totals."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from cockpits import Stored, cockpit, result, text_of

from cockpit.pages.content import totals
from cockpit.works import authors, ranked, works

pytestmark = pytest.mark.enable_socket

NEWEST = date(2026, 10, 5)
COLUMNS = (
    "content author published source campaign touches readers leads first_lead days_to_lead opportunities "
    "won revenue currency"
)


def row(content: str, author: str, leads: int, won: int = 0, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        **{
            "content": content,
            "author": author,
            "published": "2026-03-01",
            "source": "wechat",
            "campaign": "x",
        },
        **{"touches": 20, "readers": 15, "leads": Decimal(leads), "first_lead": None, "days_to_lead": None},
        **{
            "opportunities": Decimal(won),
            "won": Decimal(won),
            "revenue": Decimal(1000 * won),
            "currency": "CNY",
        },
    }
    return told | more


FIRST = [
    row("guide", "Ann", 9, 1, days_to_lead=12),
    row("guide", "Ann", 0, 1, touches=0, readers=0, currency="USD"),
    row("case <i>", "Ben", 2, 3),
    row("news", "Ben", 1, published="2026-09-20"),
]
LAST = [row("guide", "Ann", 4), row("case <i>", "Ben", 3), row("quiet", "", 6, published="")]


def test_each_content_has_its_leads_by_the_first_and_by_the_last_touch() -> None:
    told = {work.names["content"]: work for work in works(FIRST, LAST, FIRST, NEWEST)}
    guide, quiet = told["guide"], told["quiet"]
    assert (guide.first, guide.last, guide.touches, guide.readers, guide.days_to_lead) == (9, 4, 20, 15, 12)
    assert guide.revenue == (("CNY", 1000), ("USD", 1000))
    assert (quiet.first, quiet.last, quiet.age) == (0, 6, None)


def test_who_has_few_leads_stands_by_name_and_not_by_luck() -> None:
    order = ranked(works(FIRST, LAST, FIRST, NEWEST), "revenue")
    assert [work.names["content"] for work in order] == ["guide", "quiet", "case <i>", "news"]
    # How often something was read is no chance.
    order = ranked(works(FIRST, LAST, FIRST, NEWEST), "published")
    assert order[0].names["content"] == "news"


def test_new_content_is_marked_as_too_young_to_compare() -> None:
    told = {work.names["content"]: work for work in works(FIRST, LAST, FIRST, NEWEST)}
    assert (told["news"].age, told["news"].is_young, told["guide"].is_young) == (15, True, False)


def test_an_author_has_all_that_the_works_earned_and_says_how_many() -> None:
    told = {work.names["author"]: work for work in authors(works(FIRST, LAST, FIRST, NEWEST))}
    assert set(told) == {"Ann", "Ben"}
    ben = told["Ben"]
    assert (ben.works, ben.first, ben.last, ben.won, ben.is_small) == (2, 3, 3, 3, True)
    assert told["Ann"].revenue == (("CNY", 1000), ("USD", 1000))


def test_totals_are_the_sum_by_currency() -> None:
    told = totals(works(FIRST, LAST, FIRST, NEWEST))
    assert (told["first"], told["last"], told["won"]) == (12, 13, 5)
    assert told["revenue"] == [("CNY", 4000), ("USD", 1000)]


def seen(path: str, answers: dict[str, Any], status: int = 200) -> tuple[str, Stored]:
    stored = Stored(answers)

    async def run() -> str:
        async with cockpit(stored) as client:
            return await text_of(client, path, status)

    text: str = asyncio.run(run())
    return text, stored


def told(values: dict[str, str]) -> Any:
    return result(COLUMNS, *(tuple(each.values()) for each in (LAST if values["model"] == "last" else FIRST)))


def test_the_page_asks_two_models_and_leads_to_the_leads_of_each() -> None:
    trust = result(
        "area what concerned of_all share newest_at learnt_at says",
        ("freshness", "crm: hub", None, None, None, datetime(2026, 10, 5, 1, tzinfo=UTC), None, ""),
    )
    text, stored = seen("/content?during=2026-09&lang=en", {"content": told, "trust": trust})
    assert {given["model"] for name, given in stored.asked if name == "content"} == {"first", "last"}
    assert "case &lt;i&gt;" in text
    days = "from=2026-09-01&amp;to=2026-09-30"
    assert f"/leads?lang=en&amp;{days}&amp;content=guide&amp;author=Ann&amp;campaign=x&amp;model=last" in text
    assert "15 days old: too young to compare" in text
    assert "3 leads: too few to judge" in text
    assert 'href="/reports/content.csv?' in text


def test_a_third_model_decides_about_deals_and_revenue_alone() -> None:
    _, stored = seen("/content?model=linear", {"content": told})
    assert {given["model"] for name, given in stored.asked if name == "content"} == {
        "first",
        "last",
        "linear",
    }


def test_without_any_content_the_page_says_how_it_becomes_known() -> None:
    text, _ = seen("/content", {"content": result(COLUMNS)})
    assert "utm_content" in text
    assert "leadtrace import attendance FILE" in text


def test_a_wrong_order_is_refused() -> None:
    text, _ = seen("/content?sort=beauty", {"content": told}, 400)
    assert "&#39;sort&#39; must be" in text
