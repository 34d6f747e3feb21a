"""How leads came by three who say so, from facts to the matrix of their disagreement."""

from typing import Any

import facts as f
import pytest
from played import play
from snapshots import rows_of

from attribution.policy import Policy
from schemas.handover import AnyFact
from sinks.clickhouse import ClickHouse
from sinks.reports import run_report
from sinks.rows import COLUMNS, event_row, snapshot_row

pytestmark = [pytest.mark.servers, pytest.mark.answers]

AD = "https://www.site.example/?utm_source=baidu&utm_medium=cpc&utm_campaign=plan&bd_vid=1"
SHARED = "anon:shared"


def story() -> list[AnyFact]:
    said = "heard_from"
    return [
        # By an ad; says a friend told them, then corrects it to the search; sales typed the website.
        f.page("anon:1", 0, AD),
        f.form("anon:1", f.HOUR, "email:1", attributes={said: "朋友推荐"}),
        f.form("anon:1", f.DAY, "email:1", attributes={said: "百度搜索"}),
        f.lead("crm:crm:1", 2 * f.DAY, "email:1", lead_source="官网-留言", owner="sales 1"),
        # Nothing tracked; the CRM has what the lead said, and sales typed the same.
        f.lead("crm:crm:2", 0, lead_source="沙龙", attributes={"了解渠道": "你们的展会"}),
        # By a newsletter; says nothing, and sales typed what nobody knows.
        f.page("anon:3", 0, "https://www.site.example/?utm_source=edm&utm_medium=email"),
        f.form("anon:3", f.HOUR, "email:3"),
        f.lead("crm:crm:3", f.DAY, "email:3", lead_source="XYZ"),
        # A colleague answers on the same browser, in no visit: whose address stands in the form, answered.
        f.page(SHARED, 0),
        f.form(SHARED, f.HOUR, "email:4", "phone:4"),
        f.form(SHARED, 5 * f.DAY, "email:5", attributes={said: "DeepSeek 推荐"}),
        f.lead("crm:crm:4", 6 * f.DAY, "email:4"),
        f.lead("crm:crm:5", 6 * f.DAY, "email:5"),
    ]


@pytest.fixture
def told(client: ClickHouse, policy: Policy) -> ClickHouse:
    replay = play(policy, *story())
    client.insert("journeys", COLUMNS["journeys"], map(snapshot_row, replay.living().values()))
    client.insert("events", COLUMNS["events"], [event_row(fact, 1) for fact in story()])
    return client


def test_three_sources_stand_side_by_side_and_their_disagreement_is_counted(told: ClickHouse) -> None:
    columns = "self_reported, self_reported_by, tracked_first, told_by_lead, typed_by_sales"
    found = told.query(f"SELECT person, {columns} FROM lead_sources ORDER BY person").rows
    assert {person: row for person, *row in found} == {
        "crm:crm:1": ["百度搜索", "form", "search", "search", "website"],
        "crm:crm:2": ["你们的展会", "crm", "(none)", "event", "event"],
        "crm:crm:3": ["", "", "email", "(none)", "(unknown)"],
        "crm:crm:4": ["", "", "website", "(none)", "(none)"],
        "crm:crm:5": ["DeepSeek 推荐", "form", "(none)", "ai_assistant", "(none)"],
    }

    def matrix(compare: str) -> dict[tuple[str, str], tuple[int, Any]]:
        rows = rows_of(run_report(told, "source_matrix", {"compare": compare}))
        return {(row["one"], row["other"]): (row["leads"], row["agreement"]) for row in rows}

    # Of lead 1 alone both are known, and agree.
    assert matrix("tracked_lead") == {
        ("(none)", "ai_assistant"): (1, 1),
        ("(none)", "event"): (1, 1),
        ("email", "(none)"): (1, 1),
        ("search", "search"): (1, 1),
        ("website", "(none)"): (1, 1),
    }
    assert matrix("tracked_sales")["search", "website"] == (1, 0)
    assert matrix("lead_sales")["event", "event"] == (1, 0.5)
    differ = rows_of(run_report(told, "sources", {"show": "disagreeing"}))
    assert [(row["person"], row["disagree"]) for row in differ] == [("crm:crm:1", 1)]
