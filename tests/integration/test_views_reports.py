"""Each report on a real server, on a small story: two leads, one deal, one person whom sales forgot."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cockpits import Connected, cockpit, text_of
from facts import HOUR, page
from snapshots import publish

from answers.charts import figures
from schemas.journey import FollowUp, Journey, Opportunity, StageEntry, Touchpoint
from schemas.terms import Stage, TouchKind
from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.report_files import list_reports
from sinks.report_source import LIVE, source
from sinks.report_values import ReportError
from sinks.reports import run_report
from sinks.rows import COLUMNS, event_row, snapshot_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]

DAY = 86_400_000
EXAMPLES = json.loads((Path(__file__).parents[2] / "docs/report_examples.json").read_text("utf-8"))
START = 1_770_000_000_000


def touch(day: float, channel: str, keyword: str = "") -> Touchpoint:
    at = START + round(day * DAY)
    return Touchpoint(
        id=f"t{at}",
        kind=TouchKind.VISIT,
        at=at,
        ended_at=at,
        identifier="anon:1",
        channel=channel,
        keyword=keyword,
    )


def stage(name: Stage, day: float, deal: str = "") -> StageEntry:
    return StageEntry(stage=name, at=START + round(day * DAY), occurrence=1, id=f"{name}{day}", deal=deal)


def follow_up(day: float) -> FollowUp:
    return FollowUp(id=f"f{day}", at=START + round(day * DAY), category="call", grade="", tags=(), owner="")


OPENED = stage(Stage.OPPORTUNITY, 10, "deal:hub:9")
WON = stage(Stage.WON, 20, "deal:hub:9")
ANSWERED = Journey(
    person="crm:hub:1",
    version=1,
    policy_version="p",
    known_at=1,
    is_lead=True,
    identifiers=("anon:1", "crm:hub:1"),
    touchpoints=(touch(0, "paid_search", "crm"), touch(1, "direct")),
    stages=(stage(Stage.LEAD, 2), stage(Stage.MARKETING_QUALIFIED, 4), OPENED, WON),
    follow_ups=(follow_up(3), follow_up(6)),
)
FORGOTTEN = Journey(
    person="crm:hub:2",
    version=1,
    policy_version="p",
    known_at=1,
    is_lead=True,
    company="Example Ltd",
    identifiers=("crm:hub:2",),
    stages=(stage(Stage.LEAD, 2), stage(Stage.MARKETING_QUALIFIED, 6)),
    follow_ups=(follow_up(5), follow_up(13)),
)
ON_THE_SAME_DEAL = Journey(
    person="crm:hub:3",
    version=1,
    policy_version="p",
    known_at=1,
    identifiers=("crm:hub:3",),
    touchpoints=(touch(5, "email"),),
    stages=(OPENED, WON),
)
DEAL = Opportunity(
    deal="deal:hub:9",
    version=1,
    policy_version="p",
    known_at=1,
    name="Example",
    people=("crm:hub:1", "crm:hub:3"),
    stage=Stage.WON,
    amount_minor=1_234_56,
    currency="CNY",
    opened_at=OPENED.at,
    closed_at=WON.at,
    stages=(OPENED, WON),
)


@pytest.fixture
def client(client: ClickHouse) -> ClickHouse:
    for journey in (ANSWERED, FORGOTTEN, ON_THE_SAME_DEAL):
        publish(client, START + 30 * DAY, journey)
    client.insert("opportunities", COLUMNS["opportunities"], [snapshot_row(DEAL)])
    return client


def ask(client: ClickHouse, name: str, **parameters: str) -> list[dict[str, Any]]:
    result = run_report(client, name, parameters)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def test_every_report_runs_with_what_it_needs(client: ClickHouse) -> None:
    needed = {"as_of": "2026-10-05 09:00:00"} | dict.fromkeys(("lead", "person", "of"), "crm:hub:1")
    needed |= {"account": "example.com", "text": "crm"}
    for report in list_reports():
        given = {each.name: needed[each.name] for each in report.parameters if each.default is None}
        result = run_report(client, report.name, given)
        assert list(result.columns) == EXAMPLES[report.name]["columns"], report.name
        figures(report.charts, result, "Asia/Shanghai")


def test_the_funnel_by_channel(client: ClickHouse) -> None:
    rows = ask(client, "funnel")
    assert [(row["channel"], row["visits"], row["leads"], row["mqls"], row["won"]) for row in rows] == [
        ("paid_search", 1, 1, 1, 1),
        ("(none)", 0, 1, 1, 0),
        ("direct", 1, 0, 0, 0),
        ("email", 1, 0, 0, 0),
    ]
    assert ask(client, "funnel", to="2026-01-01") == []


@pytest.mark.parametrize(("mode", "by"), [("cohort", "channel"), ("period", "total")])
def test_a_list_of_a_step_is_as_long_as_the_funnel_says(client: ClickHouse, mode: str, by: str) -> None:
    steps = [row for row in ask(client, "funnel_steps", by=by, mode=mode) if row["went_on"] is not None]
    assert {row["unit"] for row in steps if row["count"]} == {"people", "deals"}
    for row in steps:
        if row["count"]:
            told = {"step": row["step"], "mode": mode, "by": by, "part": row["part"]}
            outcomes = [each["outcome"] for each in ask(client, "reached", **told)]
            counts = {name: outcomes.count(name) for name in ("went_on", "waiting")}
            assert (len(outcomes), counts) == (
                row["count"],
                {"went_on": row["went_on"], "waiting": row["waiting"]},
            ), told
            assert len(ask(client, "reached", **told, way="entered")) == row["entered"]
    (left,) = ask(client, "reached", step="marketing_qualified", outcome="waiting")
    assert ask(client, "reached", step="marketing_qualified", outcome="left") == []
    assert left["person"] == "crm:hub:2"


def test_who_came_to_a_step_goes_on_or_waits(client: ClickHouse) -> None:
    told = {row["person"]: row for row in ask(client, "reached", step="marketing_qualified")}
    assert (told["crm:hub:2"]["outcome"], told["crm:hub:2"]["days_to_next"]) == ("waiting", None)
    assert (told["crm:hub:1"]["outcome"], told["crm:hub:1"]["days_to_next"]) == ("went_on", 6.0)
    (deal,) = ask(client, "reached", step="won")
    assert (deal["deal"], deal["person"], deal["way"]) == ("deal:hub:9", "", "entered")


def pages_of(client: ClickHouse, *paths: str) -> list[str]:
    async def run() -> list[str]:
        async with cockpit(Connected(client)) as browser:
            return [" ".join((await text_of(browser, path)).split()) for path in paths]

    return asyncio.run(run())


def test_pages_say_what_the_reports_say_and_each_number_opens_into_a_list_of_that_length(
    client: ClickHouse,
) -> None:
    # Where no source has told anything, pages say what to connect instead.
    client.insert("events", COLUMNS["events"], [event_row(page("anon:1", HOUR, source="collector"), 1)])
    steps = {row["step"]: row for row in ask(client, "funnel_steps", mode="period")}
    revenue = sum(row["revenue"] for row in ask(client, "money", by="total"))
    overview, funnel, cycles = pages_of(
        client, "/?during=all", "/funnel?during=all&mode=period", "/cycles?during=all"
    )
    (leads,) = re.findall(r'>Leads</h2> <p class="big"><a href="([^"]+)"[^>]*>([^<]+)</a>', overview)
    assert leads[1] == str(steps["lead"]["entered"])
    (won,) = re.findall(r'>Won revenue</h2> <p class="big"><a href="[^"]+" title="([^"]+)"', overview)
    assert won.endswith(f"{revenue:,.0f}")
    numbers = re.findall(r'<b><a href="(/funnel/(\w+)[^"]*)">([^<]+)</a></b>', funnel)
    assert {name: int(number) for _, name, number in numbers} == {
        name: row["count"] for name, row in steps.items() if row["unit"] in ("people", "deals")
    }
    lists = pages_of(client, *(unescape(path) for path, _, _ in numbers), unescape(leads[0]))
    for text, number in zip(lists, [int(number) for _, _, number in numbers] + [int(leads[1])], strict=True):
        assert re.search(rf'class="sentence">{number} (person|people|deals?)\b', text), text[:900]
        assert text.count("<tr>") - 1 == number
    told = {row["transition"]: row for row in ask(client, "cycle_times") if row["who"] == "deal"}
    assert f"{told['opportunity_to_won']['arrived_median_days']:g}" in cycles


def test_the_keyword_that_won(client: ClickHouse) -> None:
    (row,) = ask(client, "keywords")
    assert (row["keyword"], row["leads"], row["won"], row["revenue"]) == ("crm", 1, 1, Decimal("1234.56"))
    (row,) = ask(client, "keywords", model="last", limit="1")
    assert (row["leads"], row["won"]) == (0, 0)


def test_a_deal_with_its_first_and_last_touch(client: ClickHouse) -> None:
    (row,) = ask(client, "deals", stage="won")
    assert (row["first_channel"], row["first_keyword"], row["last_channel"]) == (
        "paid_search",
        "crm",
        "email",
    )
    assert (row["amount"], row["people"]) == (Decimal("1234.56"), 2)
    assert ask(client, "deals", stage="lost") == []


def test_how_long_stages_last_counts_a_deal_of_two_people_once(client: ClickHouse) -> None:
    rows = {(row["stage"], row["who"]): row for row in ask(client, "stages")}
    assert list(rows) == [
        ("lead", "person"),
        ("marketing_qualified", "person"),
        ("opportunity", "deal"),
        ("won", "deal"),
    ]
    opportunity = rows["opportunity", "deal"]
    assert (opportunity["entries"], opportunity["still_there"]) == (1, 0)
    assert (opportunity["median_days"], opportunity["p90_days"]) == (10.0, 10.0)
    assert (rows["lead", "person"]["entries"], rows["lead", "person"]["p90_days"]) == (2, 4.0)


def test_who_comes_on_a_deal_has_left_the_stage_before(client: ClickHouse) -> None:
    """The one who is on the deal was qualified for six days; the other still is."""
    (row,) = (row for row in ask(client, "stages") if row["stage"] == "marketing_qualified")
    assert (row["entries"], row["still_there"], row["median_days"]) == (2, 1, 6.0)


def test_whom_sales_left_unanswered(client: ClickHouse) -> None:
    # One was called two days after qualification, the other seven.
    (row,) = ask(client, "unanswered")
    assert (row["person"], row["company"], row["waited_days"]) == ("crm:hub:2", "Example Ltd", 7.0)
    assert len(ask(client, "unanswered", days="1")) == 2


def test_one_journey_by_any_identifier(client: ClickHouse) -> None:
    rows = ask(client, "journey", lead="anon:1")
    assert [row["kind"] for row in rows] == ["visit", "visit", "follow_up", "follow_up"]
    assert ask(client, "journey", lead="anon:' OR 1") == []


def test_neither_machines_nor_our_own_people_are_reported(client: ClickHouse) -> None:
    machine = replace(touch(-1, "referral"), is_bot=True)
    seen = replace(FORGOTTEN, version=2, touchpoints=(machine, touch(0, "email")))
    ours = replace(FORGOTTEN, person="crm:hub:4", is_internal=True)
    crawler = replace(
        FORGOTTEN,
        person="anon:crawler",
        identifiers=("anon:crawler",),
        is_lead=False,
        is_bot=True,
        touchpoints=(machine,),
        stages=(stage(Stage.VISITOR, -1),),
        follow_ups=(),
    )
    before = ask(client, "stages")
    for journey in (seen, ours, crawler):
        publish(client, START + 30 * DAY, journey)
    assert ask(client, "restated", as_of="2026-04-20 00:00:00") == [
        {"channel": "email", "leads_then": 1, "leads_now": 1},
        {"channel": "paid_search", "leads_then": 1, "leads_now": 1},
    ]
    assert [row["person"] for row in ask(client, "unanswered")] == ["crm:hub:2"]
    assert ask(client, "stages") == before
    assert ask(client, "stage_history", of="anon:crawler") == []


def test_what_was_reported_then_beside_what_is_known_now(client: ClickHouse) -> None:
    assert ask(client, "restated", as_of="2026-02-20 00:00:00") == [
        {"channel": "(none)", "leads_then": 0, "leads_now": 1},
        {"channel": "paid_search", "leads_then": 0, "leads_now": 1},
    ]
    assert ask(client, "restated", as_of="2026-04-20 00:00:00")[1] == {
        **{"channel": "paid_search", "leads_then": 1, "leads_now": 1}
    }


def test_how_far_the_numbers_can_be_trusted_in_counts(client: ClickHouse) -> None:
    rows = {row["what"]: row for row in ask(client, "trust")}
    counts = {name: (row["concerned"], row["of_all"]) for name, row in rows.items() if row["of_all"]}
    assert counts == {
        "leads_unattributed": (1, 2),
        "leads_direct": (0, 2),
        "leads_too_young": (0, 2),
        "deals_unattributed": (0, 1),
        "deals_direct": (0, 1),
        "deals_without_currency": (0, 1),
        "visits_direct": (1, 3),
        "deals in CNY": (1, 1),
    }
    assert rows["leads_unattributed"]["share"] == 0.5
    assert [name for name, row in rows.items() if row["area"] == "missing"] == ["CRM", "ad costs", "website"]
    assert not [row for row in ask(client, "trust", to="2026-01-01") if row["of_all"]]


def test_a_lead_is_too_young_until_half_of_those_that_are_won_would_be(client: ClickHouse) -> None:
    """The only won deal took twenty days from the first visit."""
    days = (datetime.now(UTC).timestamp() * 1000 - START) / DAY
    young, old = (
        replace(
            FORGOTTEN, person=f"crm:hub:{n}", identifiers=(f"crm:hub:{n}",), stages=(stage(Stage.LEAD, at),)
        )
        for n, at in ((8, days - 19), (9, days - 21))
    )
    for journey in (young, old):
        publish(client, START + 30 * DAY, journey)
    rows = {row["what"]: row for row in ask(client, "trust")}
    assert (rows["leads_too_young"]["concerned"], rows["leads_too_young"]["of_all"]) == (1, 4)
    assert rows["leads_too_young"]["area"] == "maturity"


def test_each_fact_of_a_source_counts_once_on_its_local_day(client: ClickHouse) -> None:
    """16:30 in UTC on the first of January is the second in Shanghai; what is told again stays one fact."""
    late, early = (page("anon:1", round(hours * HOUR), source="collector") for hours in (16.5, 15.5))
    rows = [event_row(late, 1), event_row(late, 2), event_row(early, 1)]
    client.insert("events", COLUMNS["events"], rows)
    told = [(row["kind"], row["source"], row["day"].day, row["facts"]) for row in ask(client, "source_days")]
    assert told == [("website", "collector", 1, 1), ("website", "collector", 2, 1)]
    assert [row["day"].day for row in ask(client, "source_days", **{"from": "2026-01-02"})] == [2]


def test_few_journeys_are_read_as_they_are_stored(client: ClickHouse, site: Settings) -> None:
    assert source(client, site) == LIVE
    with pytest.raises(ReportError, match="nothing is kept for BI yet: run `leadtrace migrate`"):
        source(client, site, kept=True)
