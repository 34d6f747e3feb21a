"""What users of CRMs have: leads that come back, deals that reopen, trials that fail, their own words."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from played import deals, people
from tokens import TOKENISER

from attribution.policy import Policy
from producers.crm.export import CrmOptions
from producers.crm.history import HistoryOptions
from producers.crm.mapping import parse_mapping
from producers.crm.shipped import shipped_mapping
from producers.crm.webhook import facts_of_webhook
from producers.imports import plan_crm, plan_history
from schemas.codec import decode
from schemas.crm import FollowedUp, PocRecorded
from schemas.envelope import Fact
from schemas.journey import StageEntry

NOW = 1_795_300_000_000
FEBRUARY_28 = 1_772_208_000_000  # 2026-02-28 in Shanghai
DAY = 86_400_000
LEAD, SECOND, DEAL = "00Q5g00000AbCdEEAV", "00Q5g00000AbCdFEAV", "0065g00000AbCdEAAV"


def exported(*lines: str, mapping: str = "fxiaoke-export") -> list[Fact]:
    options = CrmOptions(received_at=NOW)
    plan = plan_crm("\n".join(lines).encode(), "crm.csv", shipped_mapping(mapping), options, TOKENISER)
    assert (plan.error, plan.rejects) == ("", ())
    return list(plan.facts)


def history(text: str) -> list[Fact]:
    plan = plan_history(text.encode(), "history", HistoryOptions(received_at=NOW), TOKENISER)
    assert (plan.error, plan.rejects) == ("", ())
    return list(plan.facts)


def posted(system: str, body: Any) -> list[Any]:
    mappings = {"fxiaoke": (parse_mapping(shipped_mapping("fxiaoke-export")),)}
    told = facts_of_webhook(system, body, mappings, TOKENISER, NOW)
    assert told.rejected == ()
    return [decode(record.topic, record.value) for record in told.records]


def entries(stages: Iterable[StageEntry]) -> list[tuple[str, int, int]]:
    """Stage, day of March 2026 and occurrence of each entry; `visitor` and `lead` are left out."""
    return [
        (entry.stage.value, (entry.at - FEBRUARY_28) // DAY, entry.occurrence)
        for entry in stages
        if entry.stage.value not in ("visitor", "lead")
    ]


def journey(policy: Policy, *facts: Fact) -> list[tuple[str, int, int]]:
    (person,) = people(policy, *facts).values()
    return entries(person.stages)


# -- Exports


def test_a_lead_that_came_back_to_a_stage_was_there_twice(policy: Policy) -> None:
    told = exported(
        "线索ID,创建时间,最后修改时间,线索状态,MQL时间,SQL时间,阶段变更时间,退回原因",
        "L1,2026-03-01,2026-03-20,MQL,2026-03-02,2026-03-05,2026-03-09,需求不明确",
    )
    assert journey(policy, *told) == [
        ("marketing_qualified", 2, 1),
        ("sales_qualified", 5, 1),
        ("marketing_qualified", 9, 2),
    ]
    assert people(policy, *told)["crm:fxiaoke:L1"].stages[-1].reason == "需求不明确"


def test_a_lead_that_went_back_on_no_day_that_is_told_did_so_by_the_last_change(policy: Policy) -> None:
    header = "线索ID,创建时间,最后修改时间,线索状态,MQL时间,SQL时间"
    first = exported(header, "L1,2026-03-01,2026-03-20,MQL,2026-03-02,2026-03-05")
    again = exported(header, "L1,2026-03-01,2026-03-25,MQL,2026-03-02,2026-03-05")
    expected = [("marketing_qualified", 2, 1), ("sales_qualified", 5, 1), ("marketing_qualified", 20, 2)]
    assert journey(policy, *first) == expected
    assert journey(policy, *again, *first) == expected


def test_a_lead_in_its_newest_stage_is_there_once(policy: Policy) -> None:
    told = exported(
        "线索ID,创建时间,最后修改时间,线索状态,MQL时间,SQL时间",
        "L1,2026-03-01,2026-03-20,SQL,2026-03-02,2026-03-05",
    )
    assert journey(policy, *told) == [("marketing_qualified", 2, 1), ("sales_qualified", 5, 1)]


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ("待处理", []),
        ("跟进中", []),
        ("un_processed", []),
        ("已转换", ["opportunity"]),
        ("transformed", ["opportunity"]),
        ("无效", ["disqualified"]),
        ("closed", ["disqualified"]),
        ("退回公海", ["recycled"]),
    ],
)
def test_the_usual_states_of_a_chinese_crm_are_known(policy: Policy, state: str, stage: list[str]) -> None:
    told = exported("线索ID,创建时间,最后修改时间,线索状态", f"L1,2026-03-01,2026-03-20,{state}")
    (person,) = people(policy, *told).values()
    assert ([entry[0] for entry in entries(person.stages)], person.issues) == (stage, ())


def test_a_deal_that_was_lost_twice_was_open_in_between(policy: Policy) -> None:
    header = "商机ID,商机名称,创建时间,更新时间,商机阶段,阶段变更时间,输单时间,输单原因"
    reopened = "D1,A,2026-03-01,2026-03-12,谈判,2026-03-12,2026-03-05,预算不足"
    lost = "D1,A,2026-03-01,2026-03-20,输单,2026-03-20,2026-03-05,输给竞品"
    told = [fact for row in (lost, reopened) for fact in exported(header, row, mapping="generic-deals")]
    (deal,) = deals(policy, *told).values()
    assert entries(deal.stages) == [
        ("opportunity", 1, 1), ("lost", 5, 1), ("opportunity", 12, 2), ("lost", 20, 2),
    ]  # fmt: skip
    assert (deal.stage, deal.reason) == ("lost", "输给竞品")


def test_why_a_trial_failed_counts_without_anything_else(policy: Policy) -> None:
    told = exported(
        "商机ID,商机名称,创建时间,更新时间,商机阶段,POC失败原因",
        "D1,A,2026-03-01,2026-03-20,POC,性能不足",
        mapping="generic-deals",
    )
    assert [fact.reason for fact in told if isinstance(fact, PocRecorded)] == ["性能不足"]
    (deal,) = deals(policy, *told).values()
    assert (deal.poc_reason, entries(deal.stages)[-1]) == ("性能不足", ("poc", 20, 1))


def test_a_second_trial_has_not_ended_as_the_first_did(policy: Policy) -> None:
    header = "商机ID,商机名称,创建时间,更新时间,商机阶段,POC开始时间,POC结束时间,POC结果,POC失败原因"
    failed = exported(
        header,
        "D1,A,2026-03-01,2026-03-09,POC,2026-03-04,2026-03-08,未通过,性能不足",
        mapping="generic-deals",
    )
    second = exported(header, "D1,A,2026-03-01,2026-03-20,POC,2026-03-20,,,", mapping="generic-deals")
    passed = exported(
        header, "D1,A,2026-03-01,2026-03-28,POC,2026-03-20,2026-03-27,通过,", mapping="generic-deals"
    )

    def poc(*told: Fact) -> tuple[object, ...]:
        (deal,) = deals(policy, *told).values()
        return deal.poc_started_at, deal.poc_ended_at, deal.poc_result, deal.poc_reason

    day = [FEBRUARY_28 + number * DAY for number in range(31)]
    assert poc(*failed) == (day[4], day[8], "未通过", "性能不足")
    assert poc(*second, *failed) == (day[20], None, "", "")
    assert poc(*passed, *failed, *second) == (day[20], day[27], "通过", "")


def test_an_amount_without_a_currency_and_words_of_one_s_own_are_told(policy: Policy) -> None:
    told = exported(
        "商机ID,商机名称,创建时间,更新时间,商机阶段,金额",
        "D1,A,2026-03-01,2026-03-20,神秘阶段,1200",
        mapping="generic-deals",
    )
    (deal,) = deals(policy, *told).values()
    assert deal.issues == ("amount_without_currency", "unmapped_stage:crm:神秘阶段")
    assert (deal.amount_minor, entries(deal.stages)) == (120_000, [("opportunity", 1, 1)])


def test_a_grade_without_a_contact_is_a_verdict(policy: Policy) -> None:
    header = "线索ID,创建时间,最后修改时间,线索状态,跟进时间,跟进方式,线索等级,标签"
    rows = (
        "L1,2026-03-01,2026-03-20,MQL,,,无效,学生",
        "L2,2026-03-01,2026-03-20,MQL,2026-03-03,,无效,",
        "L3,2026-03-01,2026-03-20,MQL,,电话,有意向,",
        "L4,2026-03-01,2026-03-20,MQL,,,,",
    )
    told = [fact for fact in exported(header, *rows) if isinstance(fact, FollowedUp)]
    assert [(fact.subject[-2:], fact.contacted, fact.grade) for fact in told] == [
        ("L1", False, "无效"), ("L2", True, "无效"), ("L3", True, "有意向"),
    ]  # fmt: skip
    known = people(policy, *exported(header, *rows))
    answers = {name[-2:]: [each.is_answer for each in person.follow_ups] for name, person in known.items()}
    assert answers == {"L1": [False], "L2": [True], "L3": [True], "L4": []}


def test_a_stage_of_the_day_on_which_a_lead_came_is_not_before_it_came(policy: Policy) -> None:
    """Else who was qualified at once would have no touchpoint before that."""
    told = exported(
        "线索ID,创建时间,最后修改时间,线索状态,MQL时间,SQL时间,商机ID,商机创建时间,赢单时间",
        "L1,2026-03-01 09:12:00,2026-03-20,SQL,2026-03-01,2026-03-02,D1,2026-03-09 10:00,2026-03-09",
    )
    (person,) = people(policy, *told).values()
    came = FEBRUARY_28 + DAY + (9 * 60 + 12) * 60_000
    assert [(entry.stage.value, entry.at) for entry in person.stages] == [
        ("lead", came),
        ("marketing_qualified", came),
        ("sales_qualified", FEBRUARY_28 + 2 * DAY),
        ("opportunity", FEBRUARY_28 + 9 * DAY + 10 * 3_600_000),
        ("won", FEBRUARY_28 + 9 * DAY + 10 * 3_600_000),
    ]


def test_a_contact_on_a_day_was_there_by_its_end() -> None:
    """Who was called on the day of the qualification has an answer, whatever the hour was."""
    header = "线索ID,创建时间,最后修改时间,跟进时间"
    rows = ("L1,2026-03-01,2026-03-20,2026-03-05", "L2,2026-03-01,2026-03-20,2026-03-05 10:00")
    told = [fact.occurred_at for fact in exported(header, *rows) if isinstance(fact, FollowedUp)]
    assert told == [FEBRUARY_28 + 6 * DAY - 1, FEBRUARY_28 + 5 * DAY + 10 * 3_600_000]


# -- HubSpot


def test_hubspot_tells_a_lead_that_skips_goes_back_and_is_recycled(policy: Policy) -> None:
    def since(stage: str, day: int) -> dict[str, str]:
        return {"value": stage, "timestamp": f"2026-03-{day:02}T02:00:00Z"}

    stages = [
        since("salesqualifiedlead", 2),
        since("marketingqualifiedlead", 6),
        since("salesqualifiedlead", 9),
    ]
    record = {
        "id": "51",
        "properties": {},
        "propertiesWithHistory": {"lifecyclestage": stages, "hs_lead_status": [since("BAD_TIMING", 12)]},
    }
    assert journey(policy, *history(json.dumps(record))) == [
        ("sales_qualified", 2, 1),
        ("marketing_qualified", 6, 1),
        ("sales_qualified", 9, 2),
        ("recycled", 12, 1),
    ]


def test_hubspot_tells_when_sales_contacted_somebody_by_webhook_and_by_history() -> None:
    contacted = FEBRUARY_28 + 3 * DAY
    change = {
        "subscriptionType": "contact.propertyChange", "objectId": 51, "occurredAt": contacted + 5000,
        "propertyName": "notes_last_contacted", "propertyValue": str(contacted),
    }  # fmt: skip
    value = {"value": "2026-03-02T16:00:00Z", "timestamp": "2026-03-02T16:00:05Z"}
    record = {
        "id": "51", "properties": {"email": ""}, "propertiesWithHistory": {"notes_last_contacted": [value]},
    }  # fmt: skip
    (by_webhook,) = posted("hubspot", [change])
    (by_history,) = history(json.dumps(record))
    assert isinstance(by_webhook, FollowedUp)
    assert (by_webhook.subject, by_webhook.occurred_at) == ("crm:hubspot:51", contacted)
    assert (by_webhook.event_id, by_webhook.contacted) == (by_history.event_id, True)


# -- Salesforce


def change(fields: dict[str, Any], **header: Any) -> dict[str, Any]:
    about = {
        "entityName": "Lead", "recordIds": [LEAD], "changeType": "UPDATE", "commitTimestamp": FEBRUARY_28,
    }  # fmt: skip
    return {"payload": {"ChangeEventHeader": about | header, **fields}, "replayId": 7}


def test_salesforce_s_history_of_opportunities_gives_each_stage(policy: Policy) -> None:
    told = history(
        "Id,OpportunityId,StageName,Amount,CreatedDate\n"
        f"1,{DEAL},Prospecting,100,2026-03-01T02:00:00Z\n"
        f"2,{DEAL},Prospecting,120,2026-03-02T02:00:00Z\n"
        f"3,{DEAL},Closed Lost,120,2026-03-05T02:00:00Z\n"
        f"4,{DEAL},Negotiation/Review,120,2026-03-09T02:00:00Z\n"
        f"5,{DEAL},Closed Won,120,2026-03-20T02:00:00Z\n"
    )
    (deal,) = deals(policy, *told).values()
    assert entries(deal.stages) == [
        ("opportunity", 1, 1), ("lost", 5, 1), ("opportunity", 9, 2), ("won", 20, 1),
    ]  # fmt: skip
    event = change(
        {"StageName": "Closed Won"},
        entityName="Opportunity",
        recordIds=[DEAL],
        commitTimestamp=1_773_972_000_000,
    )
    assert posted("salesforce", event)[0].event_id in {fact.event_id for fact in told}


def test_salesforce_s_change_events_may_come_by_webhook_as_they_are() -> None:
    (stage,) = posted("salesforce", change({"Status": "MQL"}))
    assert (stage.subject, stage.stage, stage.occurred_at) == (f"crm:salesforce:{LEAD}", "MQL", FEBRUARY_28)
    assert posted("salesforce", [change({}, changeType="GAP_UPDATE"), change({}, entityName="Case")]) == []
    told = facts_of_webhook(
        "salesforce", [change({"Status": "MQL"}, recordIds=["x", LEAD])], {}, TOKENISER, NOW
    )
    assert (len(told.records), [each.at for each in told.rejected]) == (1, [0])


def test_a_rating_in_salesforce_is_a_verdict_and_a_logged_call_a_contact(policy: Policy) -> None:
    task = {"WhoId": SECOND, "Status": "Completed", "TaskSubtype": "Call", "OwnerId": "0055g00000AbCdE"}
    rating, call = posted(
        "salesforce",
        [
            change({"Rating": "Hot"}),
            change(task, entityName="Task", changeType="CREATE", recordIds=["00T5g00000AbCdEEAV"]),
            change(task | {"Status": "Not Started"}, entityName="Task", changeType="CREATE"),
            change({"Status": "Completed"}, entityName="Task"),
        ],
    )
    assert (rating.subject, rating.grade, rating.contacted) == (f"crm:salesforce:{LEAD}", "Hot", False)
    assert (call.subject, call.category, call.contacted) == (f"crm:salesforce:{SECOND}", "Call", True)
    assert call.owner == "0055g00000AbCdE"
    known = people(policy, rating, call)
    (verdict,), (contact,) = (known[f"crm:salesforce:{name}"].follow_ups for name in (LEAD, SECOND))
    assert (verdict.canonical_grade, verdict.is_answer) == ("convertible", False)
    assert (contact.canonical_category, contact.is_answer) == ("call", True)


def test_a_lead_report_of_salesforce_has_its_rating(policy: Policy) -> None:
    told = exported(
        "Lead ID,Create Date,Last Modified Date,Lead Status,Rating,Last Activity",
        f"{LEAD},3/1/2026,3/20/2026,Working - Contacted,Warm,",
        mapping="salesforce-export",
    )
    (person,) = people(policy, *told).values()
    assert (person.grade, person.canonical_grade) == ("Warm", "interested")
    assert [each.is_answer for each in person.follow_ups] == [False]


# -- Webhooks of Chinese CRMs


def test_a_row_with_arrays_and_more_than_is_mapped_is_read_by_the_shipped_mapping() -> None:
    row = {
        "线索ID": "L1", "创建时间": "2026-03-01", "线索状态": "MQL", "标签": ["年内采购", "决策人"],
        "线索等级": "可转化", "手机": ["13912345678", "13888888888"], "扩展": {"来源": {"渠道": "x"}},
    }  # fmt: skip
    told = posted("fxiaoke", row)
    (verdict,) = (fact for fact in told if isinstance(fact, FollowedUp))
    assert (verdict.tags, verdict.grade, verdict.contacted) == (("年内采购", "决策人"), "可转化", False)
    assert verdict.occurred_at == FEBRUARY_28 + DAY
    assert told[0].others == (TOKENISER.phone("13912345678"),)
