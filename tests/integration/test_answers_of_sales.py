"""Who waits for sales, who is worth waking, how trials go, what wins and loses deals: a story by hand."""

import asyncio
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import facts as f
import pytest
from cockpits import Connected, cockpit, text_of
from played import play
from snapshots import rows_of

from attribution.policy import Policy
from schemas.envelope import Fact
from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report
from sinks.rows import COLUMNS, snapshot_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]

CALLED, LATE, WAITING, BACK, GOOD, FRESH, BUSY = (f"crm:hub:{number}" for number in range(7))
LAST = 100 * f.DAY


def leads() -> Iterator[Fact]:
    """Three qualified leads; of four more that rest, one came back, and one is good and silent."""
    for lead, owner in ((CALLED, "east"), (LATE, "east"), (WAITING, "west")):
        yield f.lead(lead, 0, owner=owner, company=f"Company {lead[-1]}", attributes={"行业": "制造"})
        yield f.stage(lead, f.DAY, "MQL")
    yield f.follow_up(CALLED, 2 * f.DAY, category="电话", grade="有意向", tags=("决策人",))
    yield f.follow_up(LATE, 9 * f.DAY, category="电话")
    yield f.follow_up(WAITING, 3 * f.DAY, contacted=False, grade="无效", tags=("学生",))
    yield f.page("anon:back", 0, "https://www.site.example/?utm_source=baidu&utm_medium=cpc&bd_vid=1")
    yield f.form("anon:back", f.HOUR, "email:back")
    yield f.lead(BACK, f.HOUR, "email:back", owner="west")
    yield f.stage(BACK, 5 * f.DAY, "培育", reason="no budget")
    yield f.page("anon:back", 20 * f.DAY, "https://www.site.example/?utm_source=zhihu&utm_medium=article")
    yield f.lead(GOOD, 0, owner="west", attributes={"地区": "华北"})
    yield f.follow_up(GOOD, 2 * f.DAY, category="电话", grade="可转化")
    yield f.lead(FRESH, 0, owner="west")
    yield f.follow_up(FRESH, f.DAY, category="电话", grade="无效")
    yield f.lead(BUSY, 0, owner="west")
    yield f.stage(BUSY, f.DAY, "培育")
    yield f.deal("deal:hub:busy", 30 * f.DAY, "商机", BUSY, owner="west", currency="CNY", amount_minor=70_00)


def sold(number: int, owner: str, region: str, *words: str, **said: Any) -> Iterator[Fact]:
    """A deal that enters a stage every ten days, at last with what is said of it."""
    deal = f"deal:hub:{number}"
    about = {"owner": owner, "currency": "CNY", "attributes": {"区域": region, "行业": "制造", "竞品": "甲"}}
    yield f.deal(deal, 0, "商机", amount_minor=number * 100_00, **about)
    for at, word in enumerate(words, start=1):
        yield f.deal(deal, at * 10 * f.DAY, word, reason=said.get("reason", ""))
        if word == "POC" and "result" in said:
            about_poc = {"result": said["result"], "reason": said.get("why", "")}
            ends = {
                "started_at": f.START + at * 10 * f.DAY,
                "ended_at": f.START + (at * 10 + said["days"]) * f.DAY,
            }
            yield f.poc(deal, (at * 10 + said["days"]) * f.DAY, **about_poc, **ends)


def deals() -> Iterator[Fact]:
    yield from sold(1, "east", "华东", "POC", "赢单", result="通过", days=4)
    yield from sold(2, "east", "华东", "POC", "输单", reason="价格", result="未通过", days=8, why="性能")
    yield from sold(3, "west", "华东", "POC", "输单", reason="价格", result="Failed", days=6, why="接口")
    yield from sold(4, "west", "华南", "POC", "输单", reason="预算", result="再议", days=2)
    yield from sold(5, "west", "华南", "POC")
    yield from sold(6, "west", "华南", "赢单")
    yield from sold(7, "west", "华南", "POC", "输单", result="未通过", days=3)
    yield f.stage("crm:hub:last", LAST, "MQL")


@pytest.fixture(scope="module")
def client(_migrated: tuple[Settings, ClickHouse, list[str]], policy: Policy) -> ClickHouse:
    _, client, tables = _migrated
    for table in tables:
        client.command(f"TRUNCATE TABLE {table} SYNC")
    replay = play(policy, *leads(), *deals(), batch=50)
    client.insert("journeys", COLUMNS["journeys"], map(snapshot_row, replay.living().values()))
    client.insert("opportunities", COLUMNS["opportunities"], map(snapshot_row, replay.opportunities.values()))
    return client


def report(client: ClickHouse, name: str, *columns: str, **parameters: str) -> list[tuple[Any, ...]]:
    rows = rows_of(run_report(client, name, parameters))
    return [tuple(row[column] for column in columns) for row in rows]


def test_how_fast_each_owner_answers_and_who_is_waiting(client: ClickHouse) -> None:
    columns = ("value", "mqls", "answered", "answered_late", "waiting", "waiting_too_long")
    times = ("median_days", "p90_days", "answered_in_time", "finished_median_days")
    assert report(client, "response", *columns, *times) == [
        ("west", 1, 0, 0, 1, 1, None, None, 0, None),
        # Only just qualified: whether it is answered in time nobody knows.
        ("(none)", 1, 0, 0, 1, 0, None, None, None, None),
        ("east", 2, 2, 1, 0, 0, 1, 8, 0.5, 1),
    ]
    assert report(client, "response", "value", "answered_late", days="10", owner="east") == [("east", 0)]
    assert report(client, "response", "value", "mqls", by="industry", to="2026-01-31") == [("制造", 3)]


def test_the_unanswered_by_owner_grade_tag_and_whether_they_still_wait(client: ClickHouse) -> None:
    columns = ("person", "owner", "grade", "tags")
    late, waiting = (LATE, "east", "", ""), (WAITING, "west", "invalid", "student")
    seen = {"to": "2026-01-31"}
    assert report(client, "unanswered", *columns, **seen) == [waiting, late]
    assert report(client, "unanswered", *columns, state="waiting", **seen) == [waiting]
    assert report(client, "unanswered", *columns, state="late", **seen) == [late]
    assert report(client, "unanswered", *columns, owner="east", **seen) == [late]
    for filters in ({"tag": "student"}, {"tag": "学生"}, {"grade": "invalid"}, {"grade": "无效"}):
        assert report(client, "unanswered", *columns, **filters, **seen) == [waiting]
    assert report(client, "unanswered", *columns, days="7", owner="east") == [late]
    assert report(client, "unanswered", *columns, days="8", owner="east") == []


def test_who_waits_stands_first_in_the_list_of_leads_and_then_the_newest(client: ClickHouse) -> None:
    columns = ("person", "stage", "channel", "grade", "tags", "of_all")
    rows = report(client, "leads", *columns)
    assert [row[0] for row in rows[:2]] == [WAITING, "crm:hub:last"]
    assert rows[0] == (WAITING, "marketing_qualified", "(none)", "invalid", "学生", 8)
    # All others are answered, or none was qualified; the one who came back was a lead an hour later.
    assert [row[0] for row in rows[2:]] == [BACK, CALLED, LATE, GOOD, FRESH, BUSY]
    assert rows[2][1:3] == ("recycled", "paid_search")
    assert report(client, "leads", "person", show="waiting", owner="west") == [(WAITING,)]
    assert report(client, "leads", "person", show="answered", milestone="marketing_qualified") == [
        (CALLED,),
        (LATE,),
    ]
    assert report(client, "leads", "person", limit="1", offset="2") == [(BACK,)]
    assert report(client, "leads", "person", stage="recycled") == [(BACK,), (BUSY,)]
    assert report(client, "leads", "person", tag="决策人") == [(CALLED,)]
    assert report(client, "leads", "person", channel="paid_search", model="last") == [(BACK,)]
    assert report(client, "leads", "person", region="华北") == [(GOOD,)]
    assert report(client, "leads", "person", owner="(none)") == [("crm:hub:last",)]
    assert report(client, "leads", "person", grade="有意向") == report(
        client, "leads", "person", grade="interested"
    )


def test_what_a_model_gives_the_touches_of_one_lead(client: ClickHouse) -> None:
    columns = ("milestone", "position", "channel", "weight")
    assert report(client, "credits", *columns, of="anon:back") == [("lead", 1, "paid_search", 1)]
    assert report(client, "credits", *columns, of=WAITING, milestone="lead") == [("lead", 0, "(none)", 1)]
    assert report(client, "credits", *columns, of="deal:hub:busy", model="linear") == [
        ("opportunity", 0, "(none)", 1)
    ]
    assert report(client, "credits", *columns, of="crm:hub:nobody") == []


def test_open_deals_stand_first_those_before_all_that_stand_still(client: ClickHouse) -> None:
    columns = ("deal", "stage", "days_in_stage", "median_days", "days_over", "of_all")
    rows = report(client, "deal_standings", *columns)
    # In the POC for 90 days until the last is heard of anybody; all others left it within ten.
    assert rows[0] == ("deal:hub:5", "poc", 90, 10, 80, 8)
    assert rows[1][:3] == ("deal:hub:busy", "opportunity", 70)
    assert {row[2] for row in rows[2:]} == {None}
    assert report(client, "deal_standings", "deal", state="won") == [("deal:hub:1",), ("deal:hub:6",)]
    assert report(client, "deal_standings", "deal", state="open", owner="west", region="华南") == [
        ("deal:hub:5",)
    ]
    assert report(client, "deal_standings", "amount", "poc_reason", deal="deal:hub:2") == [
        (Decimal(200), "性能")
    ]
    assert report(client, "deal_standings", "deal", limit="1", offset="1") == [("deal:hub:busy",)]


def test_who_is_on_a_deal_and_where_each_stands(client: ClickHouse) -> None:
    columns = ("person", "why", "stage", "deals", "first_channel")
    assert report(client, "buying_group", *columns, of="deal:hub:busy") == [
        (BUSY, "deal", "recycled", 1, "(none)")
    ]
    assert report(client, "buying_group", *columns, of="deal:hub:1") == []


def test_things_are_found_by_a_part_of_their_name_and_first_by_their_number(client: ClickHouse) -> None:
    def found(text: str) -> list[tuple[Any, ...]]:
        return report(client, "search", "kind", "id", "place", text=text)

    assert found("BUSY") == [("deal", "deal:hub:busy", 0)]
    assert found("2")[:2] == [("deal", "deal:hub:2", 0), ("lead", LATE.replace("1", "2"), 0)]
    assert found("company 1") == [("lead", LATE, 1)]
    assert ("lead", CALLED, 2) in found("compan")
    # Nobody means a part of a token or of a browser's id, but all of one.
    assert found("anon:bac") == []
    assert found("anon:back") == [("lead", BACK, 0)]
    assert found("") == found("nothing like that") == []


def test_who_was_recycled_and_who_is_worth_waking(client: ClickHouse) -> None:
    columns = ("person", "reason", "times_recycled", "touches_since", "last_channel")
    assert report(client, "recycled", *columns) == [(BACK, "no budget", 1, 1, "organic_social")]
    assert report(client, "wake_up", "person", "wake_up", "grade") == [
        (BACK, "came_back", ""),
        # The one who was called later has been silent for a shorter time.
        (CALLED, "silent", "interested"),
        (GOOD, "silent", "convertible"),
    ]
    assert report(client, "wake_up", "person", region="华北") == [(GOOD,)]
    assert report(client, "wake_up", "person", why="came_back") == [(BACK,)]


def test_how_trials_end_and_how_long_they_take(client: ClickHouse) -> None:
    columns = ("value", "pocs", "running", "passed", "failed", "unknown", "passed_share", "won", "lost")
    assert report(client, "poc", *columns, by="region") == [
        ("华东", 3, 0, 1, 2, 0, 0.333, 1, 2),
        ("华南", 3, 1, 0, 1, 1, 0, 0, 2),
    ]
    assert report(client, "poc", "value", "pocs", "median_days") == [("(all)", 6, 4)]
    # In the south 2 and 3 days, and one that runs: two thirds are over after 3 days.
    times = ("value", "median_days", "p90_days", "finished_median_days")
    assert report(client, "poc", *times, by="region") == [("华东", 6, 8, 6), ("华南", 3, None, 2)]


def test_why_trials_fail(client: ClickHouse) -> None:
    columns = ("value", "reason", "failed", "share", "pocs", "failed_share")
    assert report(client, "poc_reasons", *columns) == [
        ("华东 · 制造", "performance", 1, 0.5, 3, 0.667),
        ("华东 · 制造", "接口", 1, 0.5, 3, 0.667),
        ("华南 · 制造", "(not told)", 1, 1, 3, 1),
    ]
    assert report(client, "poc_reasons", "value", "failed", by="industry", region="华南") == [("制造", 1)]


def test_what_is_won_and_lost_where_and_why(client: ClickHouse) -> None:
    columns = ("value", "won", "lost", "open", "won_share", "revenue", "lost_amount", "open_amount")
    assert report(client, "win_loss", *columns) == [
        ("华南", 1, 2, 1, 0.333, Decimal(600), Decimal(1100), Decimal(500)),
        ("华东", 1, 2, 0, 0.333, Decimal(100), Decimal(500), Decimal(0)),
        ("(none)", 0, 0, 1, None, Decimal(0), Decimal(0), Decimal(70)),
    ]
    assert report(client, "win_loss", "value", "won", "lost", by="competitor", owner="east") == [("甲", 1, 1)]
    reasons = report(client, "win_loss", "value", "lost", by="reason", competitor="甲")
    assert reasons == [("(none)", 1), ("price", 2), ("预算", 1)]
    # The one without a trial was won on the tenth day, all others closed on the twentieth.
    early = {"by": "all", "to": "2026-01-12"}
    assert report(client, "win_loss", "value", "won", "lost", "open", **early) == [("(all)", 1, 0, 1)]
    assert report(client, "win_loss", "won", "lost", "open", mode="cohort", **early) == [(2, 4, 1)]


def pages_of(client: ClickHouse, *paths: str) -> list[str]:
    async def run() -> list[str]:
        async with cockpit(Connected(client)) as browser:
            return [" ".join((await text_of(browser, path)).split()) for path in paths]

    return asyncio.run(run())


def test_pages_of_people_say_what_the_reports_say(client: ClickHouse) -> None:
    leads, lead = pages_of(client, "/leads", "/leads/anon:back")
    listed = re.findall(r'<tr> <td dir="auto"> ?<a href="/leads/([^"?]+)"', leads)
    assert [unquote(person) for person in listed] == [row[0] for row in report(client, "leads", "person")]
    assert BACK in lead
    assert "→ Recycled" in lead
    assert lead.count("100%") == 2, "the only touch is the first and the last"
