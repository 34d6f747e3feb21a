"""How long transitions take: stories by hand, and people and deals at random against another way to count."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any

import facts as f
import pytest
from curves_by_hand import cases, curve
from played import play
from snapshots import rows_of

from attribution.policy import Policy
from market.transitions import Case
from schemas.envelope import Fact
from schemas.journey import Journey, Opportunity
from settings import Settings
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report
from sinks.rows import COLUMNS, snapshot_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]

Rows = list[dict[str, Any]]
PEOPLE, DEALS, GROUPS, OWNERS = 120, 50, 6, ("east", "west", "north")
WON, LOST, FALLEN = (f"deal:story:{number}" for number in range(3))
PLAIN, QUICK, TIRED, BAD = (f"crm:story:{number}" for number in range(4))


def story() -> Iterator[Fact]:
    """Four leads of one owner and three deals; the last thing that any CRM told is on day 100."""
    for lead in (PLAIN, QUICK, TIRED, BAD):
        yield f.lead(lead, 0, owner="story", attributes={"地区": "华东"})
    yield f.page("anon:story", -2 * f.DAY, "https://www.site.example/?utm_source=zhihu&utm_medium=article")
    yield f.form("anon:story", f.HOUR, "email:story")
    yield f.lead(PLAIN, f.HOUR, "email:story")
    yield f.stage(PLAIN, 1 * f.DAY, "MQL")
    yield f.follow_up(PLAIN, 1 * f.DAY + 12 * f.HOUR, category="电话")
    yield f.stage(PLAIN, 3 * f.DAY, "SQL")
    yield f.stage(QUICK, 2 * f.DAY, "SQL")
    yield f.stage(TIRED, 2 * f.DAY, "MQL")
    yield f.stage(TIRED, 5 * f.DAY, "培育", reason="later")
    yield f.stage(BAD, 4 * f.DAY, "无效")
    yield f.deal(WON, 6 * f.DAY, "商机", PLAIN, owner="story", attributes={"竞争对手": "甲公司"})
    yield f.deal(WON, 10 * f.DAY, "POC")
    yield f.poc(WON, 19 * f.DAY, started_at=f.START + 10 * f.DAY, ended_at=f.START + 19 * f.DAY)
    yield f.deal(WON, 26 * f.DAY, "赢单")
    yield f.deal(LOST, 10 * f.DAY, "商机", owner="story")
    yield f.deal(LOST, 20 * f.DAY, "输单", reason="price")
    yield f.deal(FALLEN, 10 * f.DAY, "商机", owner="story")
    yield f.deal(FALLEN, 30 * f.DAY, "输单")
    yield f.deal(FALLEN, 100 * f.DAY, "谈判")


def somebody(random: Random, number: int) -> Iterator[Fact]:
    """A lead that goes forward and back, with or without visits and calls."""
    lead, at = f"crm:hub:{number}", random.randrange(20 * f.DAY)
    if random.random() < 0.5:
        yield f.page(f"anon:{number}", at, "https://www.site.example/")
        at += random.randrange(3 * f.DAY)
        yield f.form(f"anon:{number}", at, f"email:{number}")
    yield f.lead(lead, at, f"email:{number}", owner=random.choice(OWNERS))
    for word in random.choice(
        (
            *(
                (),
                ("MQL",),
                ("SQL",),
                ("MQL", "SQL"),
                ("MQL", "培育"),
                ("MQL", "培育", "MQL", "SQL"),
                ("无效",),
            ),
            *(
                ("SQL", "MQL", "SQL"),
                ("SQL", "MQL"),
                ("MQL", "商机"),
                ("MQL", "SQL", "客户"),
                ("无效", "MQL"),
            ),
        )
    ):
        at += random.choice((0, random.randrange(1, 9 * f.DAY)))
        yield f.stage(lead, at, word)
        if random.random() < 0.5:
            yield f.follow_up(
                lead, at + random.randrange(9 * f.DAY), category=random.choice(("电话", "备注"))
            )


def something_sold(random: Random, number: int) -> Iterator[Fact]:
    """A deal that is tried, won, lost, opened again or left open."""
    deal, at = f"deal:hub:{number}", random.randrange(40 * f.DAY)
    people = [f"crm:hub:{random.randrange(PEOPLE)}" for _ in range(random.randrange(4))]
    yield f.deal(deal, at, "商机", *people, owner=random.choice(OWNERS))
    for word in random.choice(
        (
            (),
            ("POC",),
            ("赢单",),
            ("POC", "赢单"),
            ("输单",),
            ("POC", "谈判", "POC", "赢单"),
            ("赢单", "谈判"),
            ("无效",),
        )
    ):
        at += random.randrange(1, 9 * f.DAY)
        yield f.deal(deal, at, word)
        if word == "POC" and random.random() < 0.4:
            yield f.poc(deal, at, started_at=f.START + at, ended_at=f.START + at + random.randrange(f.DAY))


def answered(random: Random, group: int) -> Iterator[Fact]:
    """Qualified leads that were answered, or wait; and of another owner the same, and more who wait."""
    waits = [random.choice((None, random.randrange(1, 20) * f.DAY)) for _ in range(6)]
    for owner, all_waits in ((f"group {group}", waits), (f"group {group} and more", [*waits, *[None] * 3])):
        for number, wait in enumerate(all_waits):
            lead, at = f"crm:{owner.replace(' ', '-')}:{number}", 40 * f.DAY + number * 7 * f.DAY
            yield f.lead(lead, at, owner=owner)
            yield f.stage(lead, at, "MQL")
            if wait is not None:
                yield f.follow_up(lead, at + wait, category="电话")


@pytest.fixture(scope="module")
def known(_migrated: tuple[Settings, ClickHouse, list[str]], policy: Policy) -> Any:
    """A client of a database that holds all of it, and the snapshots that it holds."""
    _, client, tables = _migrated
    for table in tables:
        client.command(f"TRUNCATE TABLE {table} SYNC")
    random = Random(5)
    told = [fact for number in range(PEOPLE) for fact in somebody(random, number)]
    told += [fact for number in range(DEALS) for fact in something_sold(random, number)]
    told += [fact for group in range(GROUPS) for fact in answered(random, group)]
    replay = play(policy, *told, *story(), batch=50)
    journeys, deals = list(replay.living().values()), list(replay.opportunities.values())
    client.insert("journeys", COLUMNS["journeys"], map(snapshot_row, journeys))
    client.insert("opportunities", COLUMNS["opportunities"], map(snapshot_row, deals))
    return client, journeys, deals


@pytest.fixture(scope="module")
def client(known: Any) -> ClickHouse:
    return known[0]


def whose(name: str) -> str:
    return "deal" if name.startswith("deal:") else "person"


def channel_of(case: Case) -> str:
    return case.source.origin.channel if case.source else "(none)"


def told_until(journeys: list[Journey], deals: list[Opportunity]) -> int:
    told = [entry.at for each in (*journeys, *deals) for entry in each.stages if entry.system]
    return max([*told, *(answer.at for one in journeys for answer in one.follow_ups)])


def report(client: ClickHouse, name: str, **parameters: str) -> Rows:
    return rows_of(run_report(client, name, parameters))


def millis(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


def test_the_story_as_on_paper(client: ClickHouse) -> None:
    rows = client.query(
        "SELECT if(deal = '', person, deal), transition, outcome, days FROM transitions WHERE owner = 'story'"
    ).rows
    assert {(who, transition): (outcome, days) for who, transition, outcome, days in rows} == {
        (PLAIN, "lead_to_marketing_qualified"): ("reached", 1),
        (PLAIN, "marketing_qualified_to_first_response"): ("reached", 0.5),
        (PLAIN, "marketing_qualified_to_sales_qualified"): ("reached", 2),
        (PLAIN, "sales_qualified_to_opportunity"): ("reached", 3),
        (PLAIN, "lead_to_won"): ("reached", 26),
        (PLAIN, "first_touch_to_won"): ("reached", 28),
        (QUICK, "lead_to_marketing_qualified"): ("skipped", 2),
        (QUICK, "sales_qualified_to_opportunity"): ("open", 98),
        (QUICK, "lead_to_won"): ("open", 100),
        (TIRED, "lead_to_marketing_qualified"): ("reached", 2),
        (TIRED, "marketing_qualified_to_first_response"): ("open", 98),
        (TIRED, "marketing_qualified_to_sales_qualified"): ("recycled", 3),
        (TIRED, "lead_to_won"): ("recycled", 5),
        (BAD, "lead_to_marketing_qualified"): ("disqualified", 4),
        (BAD, "lead_to_won"): ("disqualified", 4),
        (WON, "lead_to_won"): ("reached", 26),
        (WON, "first_touch_to_won"): ("reached", 28),
        (WON, "opportunity_to_poc"): ("reached", 4),
        (WON, "opportunity_to_won"): ("reached", 20),
        (WON, "poc_to_poc_ended"): ("reached", 9),
        (WON, "poc_to_won"): ("reached", 16),
        (LOST, "opportunity_to_poc"): ("lost", 10),
        (LOST, "opportunity_to_won"): ("lost", 10),
        (FALLEN, "opportunity_to_poc"): ("open", 90),
        (FALLEN, "opportunity_to_won"): ("open", 90),
    }


def test_a_lost_deal_never_wins_and_an_open_one_still_may(client: ClickHouse) -> None:
    """One is lost after 10 days, of the two that are left one is won after 20: a third, and not a half."""
    curve_of_won = report(client, "survival", transition="opportunity_to_won", owner="story")
    assert [tuple(row.values()) for row in curve_of_won] == [
        ("deal", "(all)", 10, 3, 0, 1, 0, 0, 0.3333, 0.6667),
        ("deal", "(all)", 20, 2, 1, 0, 0, 0.3333, 0.3333, 0.3333),
        ("deal", "(all)", 90, 1, 0, 0, 1, 0.3333, 0.3333, 0.3333),
    ]
    (row,) = report(client, "cycle_times", transition="opportunity_to_won", owner="story")
    assert (row["cases"], row["reached"], row["ended"], row["still_open"]) == (3, 1, 1, 1)
    assert (row["median_days"], row["arrived_median_days"], row["finished_median_days"]) == (None, 20, 20)
    assert (row["reached_30_days"], row["reached_90_days"]) == (0.333, 0.333)


def test_who_waits_makes_the_median_longer_where_an_average_of_the_answered_hides_it(
    client: ClickHouse,
) -> None:
    (row,) = report(client, "cycle_times", transition="marketing_qualified_to_first_response", owner="story")
    assert (row["cases"], row["still_open"], row["median_days"], row["p90_days"]) == (2, 1, 0.5, None)
    assert (row["finished_p90_days"], row["reached_30_days"]) == (0.5, 0.5)
    (row,) = report(client, "cycle_times", transition="lead_to_marketing_qualified", owner="story")
    assert (row["median_days"], row["p90_days"], row["reached_30_days"]) == (2, None, 0.5)


def test_tools_that_pass_no_parameters_read_the_times_of_the_report(client: ClickHouse) -> None:
    days = ("median_days", "p90_days", "arrived_median_days", "finished_p90_days")
    shown = client.query(f"SELECT transition, who, cases, reached, {', '.join(days)} FROM cycle_times").rows
    rounded = [(*row[:4], *(None if each is None else round(each, 1) for each in row[4:])) for row in shown]
    asked = report(client, "cycle_times")
    told = [tuple(row[name] for name in ("transition", "who", "cases", "reached", *days)) for row in asked]
    assert sorted(rounded) == sorted(told)
    assert len(told) > 8


def test_what_came_after_the_last_day_was_open_then(client: ClickHouse) -> None:
    then = {"transition": "opportunity_to_won", "owner": "story", "until": "2026-01-16"}  # the 16th day
    (row,) = report(client, "cycle_times", **then)
    assert (row["cases"], row["reached"], row["ended"], row["still_open"]) == (3, 0, 0, 3)
    assert (row["arrived_median_days"], row["reached_30_days"]) == (None, None)
    assert report(client, "cycle_times", **{**then, "until": "2026-01-05"}) == []
    assert report(client, "cycle_times", **{**then, "to": "2026-01-05"}) == []


def test_a_transition_stands_with_where_it_began_and_where_it_belongs(client: ClickHouse) -> None:
    found = client.query(
        "SELECT DISTINCT channel, region, competitor FROM transitions WHERE transition = 'lead_to_won'"
        " AND (deal = {deal:String} OR person = {person:String})",
        {"deal": WON, "person": BAD},
    )
    assert sorted(found.rows) == [("(none)", "华东", ""), ("organic_social", "华东", "甲公司")]
    assert report(client, "cycle_times", transition="poc_to_won", competitor="甲公司", by="competitor")[0][
        "value"
    ] == ("甲公司")


def test_every_transition_of_people_and_deals_at_random(known: Any) -> None:
    client, journeys, deals = known
    expected = [
        (
            who,
            case.transition,
            case.began,
            case.how,
            case.end,
            case.source.origin.channel if case.source else "(none)",
        )
        for who, case in cases(journeys, deals)
    ]
    found = client.query(
        "SELECT if(deal = '', person, deal), transition, started_at, outcome, ended_at, channel"
        " FROM transitions"
    ).rows
    seen = [(who, name, millis(at), how, millis(end), channel) for who, name, at, how, end, channel in found]
    assert sorted(seen, key=str) == sorted(expected, key=str)
    assert {how for _, _, _, how, *_ in expected} == {
        *("reached", "open", "skipped", "lost", "recycled", "disqualified"),
    }
    (until,) = client.query("SELECT max(censored_at) FROM transitions").rows[0]
    assert millis(until) == told_until(journeys, deals) == f.START + 100 * f.DAY


def test_every_curve_against_counting_again_at_each_point(known: Any) -> None:
    client, journeys, deals = known
    told = cases(journeys, deals)
    said = curves(client, "all")
    groups = {(case.transition, whose(name)) for name, case in told}
    assert {(transition, who) for transition, who, _ in said} == groups
    for transition, who in groups:
        mine = [case for name, case in told if case.transition == transition and whose(name) == who]
        shares = ("reached_share", "ended_share", "open_share")
        points = [tuple(row[name] for name in shares) for row in said[transition, who, "(all)"]]
        right = [(point.reached, point.ended, point.open) for point in curve(mine, f.START + 100 * f.DAY)]
        assert len(points) == len(right)
        for point, wanted in zip(points, right, strict=True):
            assert point == pytest.approx(wanted, abs=1e-9)


def test_curves_stay_between_none_and_all_and_never_turn_back(client: ClickHouse) -> None:
    for curve_of_owner in curves(client, "owner").values():
        for row in curve_of_owner:
            assert row["reached_share"] + row["ended_share"] + row["open_share"] == pytest.approx(1, abs=1e-9)
            assert 0 <= row["open_share"] <= 1 + 1e-9
        for row, following in pairwise(curve_of_owner):
            assert following["at_risk"] == row["at_risk"] - row["reached"] - row["ended"] - row["censored"]
            assert following["reached_share"] >= row["reached_share"]
            assert following["ended_share"] >= row["ended_share"]
            assert following["open_share"] <= row["open_share"] + 1e-12


def test_without_open_cases_a_curve_is_the_share_that_one_counts(client: ClickHouse) -> None:
    """Then it is how many have come to the end, of all."""
    whole = [rows for rows in curves(client, "owner").values() if not any(row["censored"] for row in rows)]
    assert whole
    for rows in whole:
        cases = rows[0]["at_risk"]
        for number, row in enumerate(rows, start=1):
            assert row["reached_share"] * cases == pytest.approx(
                sum(each["reached"] for each in rows[:number])
            )
            assert row["arrived_share"] == pytest.approx(row["finished_share"])


def test_whoever_waits_as_well_makes_no_median_shorter(client: ClickHouse) -> None:
    asked = {"transition": "marketing_qualified_to_first_response", "by": "owner"}
    medians = {row["value"]: row["median_days"] for row in report(client, "cycle_times", **asked)}
    longer = [(medians[f"group {group}"], medians[f"group {group} and more"]) for group in range(GROUPS)]
    assert any(few is not None for few, _ in longer)
    for few, more in longer:
        assert more is None or (few is not None and more >= few)
    assert any(more != few for few, more in longer)


def curves(client: ClickHouse, by: str) -> dict[tuple[str, str, str], Rows]:
    filters = (
        "channel",
        "platform",
        "campaign",
        "keyword",
        "account",
        "owner",
        "region",
        "industry",
        "competitor",
    )
    asked = {"transition": "all", "by": by, "from": "1970-01-01", "to": "2099-12-31", "until": "2099-12-31"}
    asked |= dict.fromkeys(filters, "")
    given = ", ".join(f"{name} = '{value}'" for name, value in asked.items())
    found: dict[tuple[str, str, str], Rows] = {}
    for row in rows_of(client.query(f"SELECT * FROM survival({given}) ORDER BY days")):
        found.setdefault((row["transition"], row["who"], row["value"]), []).append(row)
    return found
