"""Leads in the cockpit: the list, one lead, and what its page says of why."""

import re
from datetime import date
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from cockpits import Stored, result, text_of
from stored_people import FROM, HOSTILE, LEADS, ONE, journey, look, one_lead

from cockpit.asked import Asked
from cockpit.credited import models_of, side_by_side
from cockpit.pages.lead import joined
from cockpit.pages.leads import page_asked, parameters_of
from cockpit.timeline import days_of
from sinks.report_values import ReportError

pytestmark = pytest.mark.enable_socket


def test_the_list_has_each_lead_with_its_source_and_a_door_to_its_page() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = await text_of(client, "/leads?channel=paid_search&during=2026-03")
        assert 'href="/leads/crm%3Ahub%3A1?during=2026-03"' in text
        assert HOSTILE not in text
        assert "plan › unit › crm" in " ".join(text.split())
        assert "12 days" in text
        assert 'href="/reports/leads.csv?' in text
        assert "1 lead" in text
        chinese = await text_of(client, "/leads?lang=zh")
        assert "MQL 营销合格线索" in chinese
        assert "付费搜索" in chinese

    stored = Stored({"leads": result(LEADS, (*ONE, *FROM, 12.3, 1))})
    look(stored, visit)
    asked = next(parameters for name, parameters in stored.asked if name == "leads")
    assert asked == {
        "from": "2026-03-01",
        "to": "2026-03-31",
        "channel": "paid_search",
        "limit": "50",
        "offset": "0",
    }


def test_the_list_goes_on_by_address() -> None:
    rows = [(*ONE, *FROM, None, 120)] * 50

    async def visit(client: TestClient[Any, Any]) -> None:
        second = await text_of(client, "/leads?owner=east&page=2")
        assert 'href="/leads?owner=east" rel="prev"' in second
        assert 'href="/leads?owner=east&amp;page=3" rel="next"' in second
        assert "51–100" in second
        assert 'rel="next"' not in await text_of(client, "/leads?page=3")
        for wrong in ("0", "-1", "x", "1e9", "9" * 30, "²"):
            text = await text_of(client, f"/leads?page={wrong}", 400)
            assert "the parameter &#39;page&#39; must be" in text.replace("The parameter", "the parameter")

    look(Stored({"leads": result(LEADS, *rows)}), visit)


def test_an_empty_list_says_what_is_missing() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        assert "leadtrace import crm FILE" in await text_of(client, "/leads")
        assert "No lead is like that" in await text_of(client, "/leads?stage=won")

    look(Stored({"leads": result(LEADS)}), visit)


def test_what_the_list_asks_is_what_the_address_says() -> None:
    asked = Asked("/leads", {"model": "w_shaped", "mode": "cohort", "show": "waiting"}, usual="all")
    assert parameters_of(asked) == {"mode": "cohort", "show": "waiting"}
    assert parameters_of(Asked("/leads", {"model": "last"}, usual="all")) == {"model": "last"}
    assert page_asked(Asked("/leads", {"page": "7"})) == 7
    with pytest.raises(ReportError):
        page_asked(Asked("/leads", {"page": "-7"}))


def test_a_lead_has_its_days_its_source_and_why() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        answer = await client.get("/leads/crm:hub:1")
        assert answer.headers["Cache-Control"] == "no-store"
        text = " ".join((await answer.text()).split())
        assert answer.status == 200
        assert HOSTILE not in text
        assert "60 days without anything" in text
        assert "<code>/price</code>" in text
        assert "→ Won" in text
        assert 'href="/deals/deal%3Ahub%3A9"' in text
        assert "segment, received 2026-03-08 10:12" in text
        assert "1" * 20 not in text
        assert "stands for nobody: blocked" in text
        assert "held back: over_degree_cap" in text
        assert "The policy does not know: grade" in text
        assert "clock_skew" in text
        assert "They don't agree." in text
        assert "Points" not in text
        assert "Points" in await text_of(client, "/leads/crm:hub:1?why=score")

    stored = one_lead()
    look(stored, visit)
    # First and last touch are known in a moment; weights of all models are asked only for whoever wants them.
    assert "credits" not in [name for name, _ in stored.asked]


def test_all_models_stand_side_by_side_if_that_is_asked() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        assert "Time decay" in await text_of(client, "/leads/crm:hub:1?models=all")

    stored = one_lead()
    look(stored, visit)
    models = [parameters["model"] for name, parameters in stored.asked if name == "credits"]
    assert models[:3] == ["first", "last", "last_non_direct"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("crm:hub:nobody", "nobody with the identifier &#39;crm:hub:nobody&#39; is known"),
        ("%3Cscript%3E/a", "&lt;script&gt;/a"),
        ("somebody@corp.example", "into the search"),
        ("13800138000", "into the search"),
    ],
)
def test_nobody_is_a_sentence_without_anything_personal(name: str, says: str) -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = (await text_of(client, f"/leads/{name}", 404)).partition("<main")[2]
        assert says.lower() in text.lower()
        assert "somebody@" not in text
        assert "13800138000" not in text

    look(Stored(), visit)


def test_days_without_anything_are_one_line() -> None:
    days = days_of(journey(), "Asia/Shanghai", {"t1": ["first"]})
    assert [(day.day, len(day.steps), day.silent) for day in days] == [
        (date(2026, 3, 8), 2, 0),
        (date(2026, 5, 7), 3, 60),
    ]
    assert [step.what for step in days[1].steps] == ["touch", "stage", "follow_up"]
    assert days[0].steps[0].marks == ("first",)


def test_each_link_between_identifiers_stands_once() -> None:
    rows = [
        {"identifier": "a", "linked_to": "b", "rule": "form"},
        {"identifier": "b", "linked_to": "a", "rule": "form"},
        {"identifier": "c", "linked_to": "", "rule": ""},
    ]
    told = joined(rows)
    assert [(each["identifier"], len(each["links"])) for each in told] == [("a", 1), ("b", 0), ("c", 0)]


def test_models_are_compared_touch_by_touch() -> None:
    def row(key: str, position: int, weight: float) -> dict[str, Any]:
        return {"touchpoint": key, "position": position, "weight": weight}

    told = side_by_side(
        "lead", {"first": [row("a", 1, 1), row("b", 2, 0)], "linear": [row("a", 1, 0.5), row("b", 2, 0.5)]}
    )
    assert [each.shares for each in told.touches] == [(1, 0.5), (None, 0.5)]
    assert told.marks() == {"a": ["first"]}
    assert side_by_side("lead", {"first": [row("", 0, 1)]}).touches == ()
    assert models_of("own_model", are_all=False) == ("first", "last", "last_non_direct", "own_model")


def test_no_page_of_people_says_an_address_or_a_number_of_theirs() -> None:
    async def visit(client: TestClient[Any, Any]) -> None:
        text = (await text_of(client, "/leads/crm:hub:1?why=score&models=all")).partition("<main")[2]
        assert not re.findall(r"[0-9a-f]{64}|[\w.]+@[\w.]+", text)

    look(one_lead(), visit)
