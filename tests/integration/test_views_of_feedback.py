"""What sales says of qualified leads, from facts to views: which keyword brings invalid ones, and why."""

from datetime import timedelta
from typing import Any

import facts as f
import pytest
from played import play

from attribution.policy import Policy
from schemas.handover import AnyFact
from settings import Settings
from sinks import migrations
from sinks.clickhouse import ClickHouse, connect_server
from sinks.migrations import migrate
from sinks.reports import run_report
from sinks.rows import COLUMNS, snapshot_row
from sinks.scripts import Script

pytestmark = [pytest.mark.servers, pytest.mark.answers]

AD = (
    "https://www.site.example/?utm_source=baidu&utm_medium=cpc&utm_campaign=plan&unit=group&bd_vid=1&keyword="
)
GOOD, BAD, POOR, SILENT, GONE = (f"crm:crm:{number}" for number in range(1, 6))
DEAL = "deal:crm:9"


def came(person: str, keyword: str) -> list[AnyFact]:
    """A click on an ad, a form an hour later, and a qualified lead the day after."""
    browser, email = f"anon:{person[-1]}", f"email:{person[-1]}"
    return [
        f.page(browser, 0, f"{AD}{keyword}"),
        f.form(browser, f.HOUR, email),
        f.lead(person, f.HOUR, email, company=f"Company {person[-1]}", owner="sales 1"),
        f.stage(person, f.DAY, "MQL"),
    ]


def story() -> list[AnyFact]:
    return [
        *came(GOOD, "metadata"),
        f.follow_up(GOOD, 2 * f.DAY, category="电话", grade="有意向", tags=("年内采购",)),
        f.follow_up(GOOD, 4 * f.DAY, category="拜访", grade="可转化", tags=("决策人",)),
        f.stage(GOOD, 5 * f.DAY, "SQL"),
        f.deal(DEAL, 6 * f.DAY, "商机", GOOD, amount_minor=900_00, currency="CNY"),
        f.deal(DEAL, 60 * f.DAY, "赢单"),
        *came(BAD, "free-tool"),
        f.follow_up(BAD, 2 * f.DAY, category="备注", grade="无效", tags=("学生", "神秘标签")),
        f.follow_up(BAD, 8 * f.DAY, category="电话", tags=("无预算",)),
        f.stage(BAD, 9 * f.DAY, "无效", reason="高校学生"),
        *came(POOR, "free-tool"),
        f.follow_up(POOR, 3 * f.DAY, contacted=False, grade="无效", tags=("学生",)),
        *came(SILENT, "free-tool"),
        f.follow_up(SILENT, f.HOUR, category="电话", grade="A"),
        f.stage(GONE, f.DAY, "MQL"),
    ]


def put(client: ClickHouse, policy: Policy, *facts: AnyFact) -> None:
    replay = play(policy, *facts)
    client.insert("journeys", COLUMNS["journeys"], map(snapshot_row, replay.living().values()))
    client.insert("opportunities", COLUMNS["opportunities"], map(snapshot_row, replay.opportunities.values()))


@pytest.fixture
def client(client: ClickHouse, policy: Policy) -> ClickHouse:
    put(client, policy, *story())
    return client


def ask(client: ClickHouse, text: str) -> list[dict[str, Any]]:
    answer = client.query(text)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def report(client: ClickHouse, name: str, **parameters: str) -> list[dict[str, Any]]:
    result = run_report(client, name, parameters)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def test_each_qualified_lead_has_its_source_its_wait_and_what_sales_found(client: ClickHouse) -> None:
    rows = {row["person"]: row for row in ask(client, "SELECT * FROM mql_feedback")}
    assert set(rows) == {GOOD, BAD, POOR, SILENT, GONE}
    good, bad, poor, silent, gone = (rows[person] for person in (GOOD, BAD, POOR, SILENT, GONE))

    assert (good["channel"], good["platform"], good["campaign"], good["ad_group"], good["keyword"]) == (
        "paid_search", "baidu", "plan", "group", "metadata",
    )  # fmt: skip
    assert (good["owner"], good["company"]) == ("sales 1", "Company 1")
    assert (good["first_answer_at"] - good["qualified_at"], good["days_waited"]) == (timedelta(days=1), 1)
    assert (good["answers"], good["follow_ups"]) == (2, 2)
    assert (good["grade"], good["grade_raw"], good["tags"]) == (
        "convertible", "可转化", "buys_within_year, decision_maker",
    )  # fmt: skip
    assert (good["is_sales_qualified"], good["is_opportunity"], good["is_won"]) == (True, True, True)

    assert (bad["days_waited"], bad["answers"], bad["follow_ups"]) == (7, 1, 2)
    assert (bad["grade"], bad["tags"], bad["reason"]) == ("invalid", "no_budget, student", "高校学生")
    assert set(bad["tags_raw"].split(", ")) == {"学生", "无预算", "神秘标签"}
    assert (bad["is_sales_qualified"], bad["is_opportunity"], bad["is_won"]) == (False, False, False)

    assert (poor["first_answer_at"], poor["answers"], poor["grade"]) == (None, 0, "invalid")
    # A day late is late; who was answered late is no longer unanswered.
    assert [lead["is_unanswered"] for lead in (good, bad, poor, silent)] == [False, False, True, True]
    assert (silent["first_answer_at"], silent["follow_ups"]) == (None, 0)
    assert (silent["grade"], silent["grade_raw"]) == ("", "A")
    assert (gone["channel"], gone["keyword"], gone["graded_at"]) == ("(none)", "", None)


def test_a_verdict_or_a_note_leaves_a_lead_unanswered(client: ClickHouse) -> None:
    waiting = {row["person"]: row["followed_up_at"] for row in report(client, "unanswered", days="5")}
    assert set(waiting) == {BAD, POOR, SILENT, GONE}
    assert [person for person, answered_at in waiting.items() if answered_at] == [BAD]


def test_the_keyword_that_brings_invalid_leads_and_why(client: ClickHouse) -> None:
    worst, *others = report(client, "feedback")
    assert (worst["keyword"], worst["mqls"], worst["answered"], worst["invalid"]) == ("free-tool", 3, 1, 2)
    assert (worst["grade_unknown"], worst["invalid_share"]) == (1, 1.0)
    assert worst["tags_of_invalid"] == "student 2, no_budget 1"
    told = {row["keyword"]: (row["convertible"], row["with_won_deal"], row["not_graded"]) for row in others}
    assert told == {"metadata": (1, 1, 0), "": (0, 0, 1)}
    channels = report(client, "feedback", by="channel")
    assert [(row["channel"], row["keyword"], row["mqls"]) for row in channels] == [
        ("paid_search", "", 4),
        ("(none)", "", 1),
    ]
    assert [row["campaign"] for row in report(client, "feedback", by="campaign")] == ["plan", ""]
    assert report(client, "feedback", to="2025-12-31") == []


def test_words_that_the_policy_does_not_know_are_listed(client: ClickHouse) -> None:
    unknown = "FROM data_quality WHERE issue LIKE 'unmapped%' ORDER BY issue"
    assert ask(client, f"SELECT issue, rows, example {unknown}") == [
        {"issue": "unmapped_grade:crm:A", "rows": 1, "example": SILENT},
        {"issue": "unmapped_tag:crm:神秘标签", "rows": 1, "example": BAD},
    ]


def test_a_deal_that_was_won_and_then_opened_again_is_not_won(client: ClickHouse, policy: Policy) -> None:
    assert ask(client, "SELECT person FROM mql_feedback WHERE is_won") == [{"person": GOOD}]
    client.command("TRUNCATE TABLE journeys")
    put(client, policy, *story(), f.deal(DEAL, 70 * f.DAY, "谈判"))
    assert ask(client, "SELECT person FROM mql_feedback WHERE is_won") == []


def test_rows_of_before_the_words_were_understood_count_as_they_did(
    site: Settings, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their follow-ups all counted as answers; until they are derived again, they go on to."""
    client = connect_server(site)
    every = migrations.migrations()
    later: list[Script] = [script for script in every if script.name >= "0007_feedback"]
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "migrations", lambda: [script for script in every if script not in later])
        earlier.setattr(migrations, "views", lambda *_: [])
        migrate(client, site)
    new = ("canonical_", "graded_at", "follow_ups.canonical_", "follow_ups.is_answer", "attributes")
    old = [(at, name) for at, name in enumerate(COLUMNS["journeys"]) if not name.startswith(new)]
    for journey in play(policy, *story()).living().values():
        row = snapshot_row(journey)
        client.insert("journeys", [name for _, name in old], [tuple(row[at] for at, _ in old)])
    migrate(client, site)
    answered = ask(client, "SELECT person, answers FROM mql_feedback ORDER BY person")
    assert answered == [
        {"person": person, "answers": answers}
        for person, answers in ((GOOD, 2), (BAD, 2), (POOR, 1), (SILENT, 0), (GONE, 0))
    ]
    assert ask(client, "SELECT DISTINCT grade, tags FROM mql_feedback") == [{"grade": "", "tags": ""}]
    client.close()
