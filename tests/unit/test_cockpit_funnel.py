"""The funnel's page: its steps, its parts, the lists behind its numbers, and what is supposed."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cockpits import Stored, cockpit, result, text_of

from cockpit.parts import is_young, parts_of
from cockpit.steps import Step, steps_of
from cockpit.supposed import change_of, outcome_of, sliders_of
from sinks.report_values import ReportError

STEPS = (
    "part number step unit count entered step_rate cumulative_rate cost_per currency cost_by_currency "
    "median_days went_on waiting lost reasons note"
)
NOW = datetime(2026, 10, 1, tzinfo=UTC)


def row(part: str, number: int, step: str, count: int, rate: float | None) -> tuple[Any, ...]:
    unit = "people" if number < 8 else "deals"
    return (part, number, step, unit, count, count, rate, 0.1, 2.5, "CNY", "", 1.0, 3, 2, 1, "", "")


def records(*some: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dict(zip(STEPS.split(), each, strict=True)) for each in some]


def steps() -> list[Step]:
    return steps_of(
        records(
            row("(all)", 4, "visitor", 500, None),
            row("(all)", 5, "lead", 100, 0.2),
            row("(all)", 7, "sales_qualified", 80, 0.8),
        )
    )


def test_a_rate_is_moved_in_per_cent_of_what_it_is_and_at_most_to_all() -> None:
    lead, qualified = sliders_of(steps(), {"x_lead": "150"})
    assert (lead.name, lead.value, lead.most, round(lead.rate, 2)) == ("x_lead", 150, 300, 0.3)
    assert (qualified.value, qualified.most) == (100, 125)
    assert lead.best is not None
    assert 100 < lead.best < 130
    assert change_of([lead, qualified]) == "lead*1.5"
    assert change_of(sliders_of(steps(), {})) == ""


@pytest.mark.parametrize("text", ["-1", "1e2", "301", "９", "<b>", "10000000"])
def test_what_is_no_per_cent_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ReportError, match="'x_lead' must be a number of per cent from 0 to 300"):
        sliders_of(steps(), {"x_lead": text})


def test_what_would_come_of_it_is_the_last_row_of_what_if() -> None:
    names = ("count", "changed_count", "cost_per", "changed_cost_per", "currency", "note")
    rows = [
        dict(zip(names, each, strict=True)) for each in ((9, 9, 1, 1, "CNY", "so"), (2, 3, 50, 33, "CNY", ""))
    ]
    told = outcome_of(rows)
    assert told is not None
    assert (told.won, told.changed_won, told.changed_cost_per_won, told.note) == (2, 3, 33, "so")
    assert outcome_of([]) is None


def test_a_month_is_too_young_until_most_of_its_leads_had_time() -> None:
    assert is_young("2026-08", 71, date(2026, 10, 5))
    assert not is_young("2026-07", 60, date(2026, 10, 5))
    assert not is_young("paid_search", 71, date(2026, 10, 5))
    assert not is_young("2026-08", None, date(2026, 10, 5))


def test_parts_stand_in_order_of_time_if_they_are_months() -> None:
    rows = records(
        row("2026-09", 5, "lead", 10, 0.2),
        row("2026-08", 5, "lead", 4, 0.2),
        row("2026-08", 7, "sales_qualified", 2, 0.5),
    )
    first, second = parts_of(rows, 30, date(2026, 10, 5))
    assert (first.name, second.name) == ("2026-08", "2026-09")
    assert first.qualified is not None
    assert first.qualified[1] == 0.5
    assert [part.name for part in parts_of(rows)] == ["2026-09", "2026-08"]


def stored() -> Stored:
    told = (
        row("(all)", 5, "lead", 100, 0.2),
        row("(all)", 6, "marketing_qualified", 50, 0.5),
        row("(all)", 10, "won", 5, 0.3),
    )
    return Stored(
        {
            "money": result("won impressions cost revenue currency", (1, 1, 5, 9, "CNY")),
            "funnel_steps": lambda values: result(
                STEPS, *(told if values["by"] == "total" else (row("<b>x", 5, "lead", 7, 0.2),))
            ),
            "drop_off": result(
                "step outcome reason count share",
                ("lead", "lost", "无预算", 3, 0.1),
                ("lead", "waiting", "", 9, 0.2),
            ),
            "what_if": result(
                "count changed_count cost_per changed_cost_per currency note",
                (5, 7.5, 100.0, 66.7, "CNY", ""),
            ),
            "reached": result(
                "person deal name outcome at",
                ("crm:a:1", "", "", "waiting", NOW),
                ("", "deal:a:<9>", "D", "waiting", NOW),
            ),
        }
    )


def page(path: str, given: Stored, status: int = 200) -> str:
    async def run() -> str:
        async with cockpit(given) as client:
            return " ".join((await text_of(client, path, status)).split())

    return asyncio.run(run())


@pytest.mark.enable_socket
def test_each_number_leads_to_the_list_with_the_same_filters() -> None:
    text = page("/funnel?during=2026-Q3&owner=a&by=region", stored())
    assert (
        'href="/funnel/marketing_qualified?during=2026-Q3&amp;mode=cohort' in text
        or "/funnel/marketing_qualified?" in text
    )
    assert "&lt;b&gt;x" in text
    assert "无预算" in text
    assert "an assumption, no forecast" not in text


@pytest.mark.enable_socket
def test_what_is_supposed_stands_in_the_address_and_is_told_in_a_sentence() -> None:
    given = stored()
    text = page("/funnel?x_lead=150", given)
    assert "Then 7.5 deals would be won at the same cost, instead of 5; each would cost CN¥66.70" in text
    assert next(values for name, values in given.asked if name == "what_if")["change"] == "lead*1.5"
    assert "from 0 to 300" in page("/funnel?x_lead=999", stored(), 400)


@pytest.mark.enable_socket
def test_a_list_of_a_step_links_people_and_deals() -> None:
    given = stored()
    text = page("/funnel/marketing_qualified?outcome=waiting&owner=a&mode=period", given)
    assert 'href="/leads/crm%3Aa%3A1?' in text
    assert "/deals/deal%3Aa%3A%3C9%3E" in text
    asked = next(values for name, values in given.asked if name == "reached")
    assert (asked["step"], asked["outcome"], asked["owner"], asked["mode"]) == (
        "marketing_qualified", "waiting", "a", "period",
    )  # fmt: skip


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("path", "status"), [("/funnel/click", 404), ("/funnel?by=nothing", 400), ("/funnel/won?way=x", 400)]
)
def test_a_step_or_part_that_is_none_is_refused(path: str, status: int) -> None:
    assert "Traceback" not in page(path, stored(), status)
