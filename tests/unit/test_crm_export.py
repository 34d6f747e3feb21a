"""A CRM's export becomes leads, stages, follow-ups, deals, proofs of concept; people stay tokens."""

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest
from tokens import TOKENISER as TOKENS

from producers.crm.cells import salesforce_id
from producers.crm.export import CrmOptions
from producers.crm.mapping import parse_mapping
from producers.crm.row import facts_of_row
from producers.crm.shipped import shipped_mapping
from producers.imports import Plan, plan_crm, reject_file
from schemas.crm import DealRecorded, FollowedUp, LeadRecorded, PocRecorded, StageChanged
from schemas.envelope import Fact

NOW = 1717200000000  # 2024-06-01 08:00 in Shanghai
DAY = 86_400_000
MARCH_1 = 1709222400000  # 2024-03-01 00:00 in Shanghai
WIDE = (
    "线索ID,创建时间,最后修改时间,线索状态,姓名,手机,邮箱,公司,负责人,来源,访客ID,"
    "MQL时间,SQL时间,跟进时间,跟进方式,线索等级,标签,"
    "商机ID,商机名称,商机创建时间,商机修改时间,商机阶段,商机金额,赢单时间,"
    "POC开始时间,POC结束时间,POC结果"
)
ROW = (
    "L7,2024-03-01 00:00,2024-05-01 00:00,SQL,王某,138 0013 8017,wang@example-co.cn,某数据公司,"
    "销售甲,百度推广,v-1,2024-03-03,2024-03-05,2024-03-06 10:00,电话,A,重点；南京,"
    "D7,元数据项目,2024-03-20,2024-05-20,赢单,120万,2024-05-18,2024-04-01,2024-04-20,通过"
)
AnyFact = TypeVar("AnyFact", bound=Fact)


def imported(
    *lines: str, mapping: str = "fxiaoke-export", encoding: str = "utf-8", received_at: int = NOW
) -> Plan:
    text = shipped_mapping(mapping) if "\n" not in mapping else mapping
    data = "\n".join(lines).encode(encoding)
    return plan_crm(data, "crm.csv", text, CrmOptions(received_at=received_at), TOKENS)


def of(kind: type[AnyFact], facts: Sequence[Fact]) -> list[AnyFact]:
    return sorted((fact for fact in facts if isinstance(fact, kind)), key=lambda fact: fact.occurred_at)


def changed(row: str, header: str = WIDE, **cells: str) -> str:
    parts = row.split(",")
    for column, cell in cells.items():
        parts[header.split(",").index(column)] = cell
    return ",".join(parts)


def test_a_wide_row_tells_the_whole_story() -> None:
    plan = imported(WIDE, ROW, encoding="gbk")

    assert (plan.error, plan.rejects) == ("", ())
    (lead,) = of(LeadRecorded, plan.facts)
    assert lead.subject == "crm:fxiaoke:L7"
    assert (lead.created_at, lead.occurred_at) == (MARCH_1, MARCH_1 + 61 * DAY)
    assert set(lead.others) == {TOKENS.email("wang@example-co.cn"), TOKENS.phone("13800138017"), "anon:v-1"}
    assert (lead.company, lead.email_domain, lead.lead_source) == ("某数据公司", "example-co.cn", "百度推广")

    stages = [(fact.stage, fact.occurred_at) for fact in of(StageChanged, plan.facts)]
    assert stages == [("MQL", MARCH_1 + 2 * DAY), ("SQL", MARCH_1 + 4 * DAY)]

    (call,) = of(FollowedUp, plan.facts)
    assert (call.category, call.grade, call.tags, call.owner) == ("电话", "A", ("重点", "南京"), "销售甲")

    opened, won, now = of(DealRecorded, plan.facts)
    assert {opened.subject, won.subject, now.subject} == {"deal:fxiaoke:D7"}
    assert (opened.stage, opened.occurred_at) == ("", MARCH_1 + 19 * DAY)
    assert (won.stage, won.occurred_at) == ("赢单", MARCH_1 + 78 * DAY)
    assert (now.stage, now.amount_minor, now.currency) == ("赢单", 120_000_000, "CNY")
    assert now.people == ("crm:fxiaoke:L7",)

    (poc,) = of(PocRecorded, plan.facts)
    assert (poc.started_at, poc.ended_at, poc.result) == (MARCH_1 + 31 * DAY, MARCH_1 + 50 * DAY, "通过")


def test_no_name_address_or_number_reaches_a_fact() -> None:
    row = changed(ROW, 来源="朋友 li@example.org 介绍", 标签="打 13912345678")
    records = b"".join(record.value for record in imported(WIDE, row).records(TOKENS)).decode()

    for secret in ("王某", "wang@", "13800138017", "138 0013 8017", "li@example.org", "13912345678"):
        assert secret not in records


def test_a_second_import_changes_nothing_and_a_changed_cell_is_a_new_fact() -> None:
    first = {fact.event_id for fact in imported(WIDE, ROW).facts}
    again = {fact.event_id for fact in imported(WIDE, ROW, received_at=NOW + DAY).facts}
    moved = {fact.event_id for fact in imported(WIDE, changed(ROW, 负责人="销售乙")).facts}

    assert first == again
    assert 0 < len(moved - first) <= 3
    assert first & moved


def test_everybody_on_a_deal_is_on_it_whatever_row_names_them() -> None:
    second = changed(ROW, 线索ID="L8", 邮箱="", 手机="", 访客ID="")
    plan = imported(WIDE, ROW, second)

    people = [fact.people for fact in of(DealRecorded, plan.facts) if fact.people]
    assert set(people) == {("crm:fxiaoke:L7", "crm:fxiaoke:L8")}


def test_a_row_without_an_id_or_with_a_bad_cell_costs_itself() -> None:
    plan = imported(
        WIDE,
        changed(ROW, 线索ID=""),
        changed(ROW, MQL时间="soon"),
        changed(ROW, 创建时间="1999-01-01"),
        changed(ROW, 赢单时间="2026-01-01"),
        changed(ROW, 商机金额="much"),
        changed(ROW, 线索ID="1.2E+17"),
        "L9,2024-03-01",
        ROW,
    )

    assert [(reject.at, reject.column) for reject in plan.rejects] == [
        (2, "线索ID"), (3, "MQL时间"), (4, "创建时间"), (5, "赢单时间"), (6, "商机金额"), (7, "线索ID"),
            (8, ""),
    ]  # fmt: skip
    assert len(of(LeadRecorded, plan.facts)) == 1
    assert "more than a year ahead" in plan.rejects[3].reason
    assert "spreadsheet has rounded" in plan.rejects[5].reason
    assert reject_file(plan).decode("utf-8-sig").count("\n") == 8


def test_a_missing_column_imports_nothing_and_lists_what_was_found() -> None:
    plan = imported("姓名,手机,创建时间", "王某,13800138017,2024-03-01")

    assert plan.facts == ()
    assert plan.error.startswith("crm.csv, line 1, column 线索ID: the column of lead.id is missing")
    assert "found are “姓名”, “手机”, “创建时间”" in plan.error


def test_a_required_field_must_have_its_column() -> None:
    mapping = (
        'system="c"\nobject="lead"\nrequired=["lead.stage"]\n'
        '[lead]\nid="ID"\ncreated_at="At"\nstage="Stage"\n'
    )

    assert "the column of lead.stage is missing" in imported("ID,At", "1,2024-03-01", mapping=mapping).error
    assert imported("ID,At,Stage", "1,2024-03-01,MQL", mapping=mapping).error == ""


def test_without_any_date_a_row_says_nothing() -> None:
    mapping = 'system="c"\nobject="lead"\n[lead]\nid="ID"\ncreated_at="At"\n'

    assert "no date at all" in imported("ID,At", "1,", mapping=mapping).rejects[0].reason
    assert "no column says when" in imported("ID,Name", "1,x", mapping=mapping).error


def test_hubspot_deals_come_with_contacts_and_a_close_date_that_counts_only_once_closed() -> None:
    plan = imported(
        "Record ID,Deal Name,Create Date,Last Modified Date,Deal Stage,Close Date,"
        "Amount,Currency,Associated Contact IDs",
        "1,A,2024-03-01 09:00,2024-04-01 09:00,Closed Won,2024-03-30 09:00,5000.00,USD,11;12",
        "2,B,2024-03-01 09:00,2024-04-01 09:00,contractsent,2024-12-30 09:00,,,",
        mapping="hubspot-deals",
    )

    won = [fact for fact in of(DealRecorded, plan.facts) if fact.subject == "deal:hubspot:1"]
    assert [(fact.stage, fact.amount_minor) for fact in won] == [
        ("", None),
        ("Closed Won", None),
        ("Closed Won", 500_000),
    ]
    assert won[1].occurred_at == MARCH_1 + 29 * DAY + 9 * 3_600_000
    assert won[2].people == ("crm:hubspot:11", "crm:hubspot:12")
    sent = [fact for fact in of(DealRecorded, plan.facts) if fact.subject == "deal:hubspot:2"]
    assert [(fact.stage, fact.amount_minor, fact.people) for fact in sent] == [
        ("", None, None),
        ("contractsent", None, None),
    ]


def test_salesforce_ids_of_15_and_18_characters_are_one_record_and_its_footer_is_none() -> None:
    assert salesforce_id("001A0000006Vm9r") == "001A0000006Vm9rIAC"
    header = "Lead ID,Create Date,Last Modified Date,Lead Status,Email,Company / Account"
    plan = imported(
        header,
        "00Q5g00000AbCdE,3/1/2024,3/5/2024,Qualified,,Acme",
        "",
        '"Lead report"',
        '"Copyright (c) 2000-2024 salesforce.com, inc. All rights reserved."',
        '"Confidential Information - Do Not Distribute"',
        mapping="salesforce-export",
    )

    assert (plan.error, plan.rejects) == ("", ())
    (lead,) = of(LeadRecorded, plan.facts)
    assert lead.subject == f"crm:salesforce:{salesforce_id('00Q5g00000AbCdE')}"
    assert lead.created_at == 1709251200000  # 1 March 2024, in UTC
    assert len(plan.notes) == 3


def test_amounts_in_columns_of_ten_thousands_and_without_a_currency() -> None:
    mapping = 'system="c"\nobject="deal"\n[deal]\nid="ID"\ncreated_at="At"\namount=["Amount", "金额(万元)"]\n'
    plan = imported("ID,At,Amount,金额(万元)", "1,2024-03-01,1200.5,", "2,2024-03-01,,3.5", mapping=mapping)

    told = [(f.amount_minor, f.currency) for f in of(DealRecorded, plan.facts) if f.amount_minor is not None]
    assert told == [(120_050, ""), (3_500_000, "CNY")]


def test_what_a_cell_says_may_be_translated() -> None:
    mapping = (
        'system="c"\nobject="lead"\n[lead]\nid="ID"\ncreated_at="At"\nstage="S"\n'
        '[lead.values.stage]\n"3"="MQL"\n"无"=""\n'
    )
    plan = imported("ID,At,S", "1,2024-03-01,3", "2,2024-03-01,无", mapping=mapping)

    assert [(fact.subject, fact.stage) for fact in of(StageChanged, plan.facts)] == [("crm:c:1", "MQL")]


def test_the_dry_run_says_what_was_taken_for_what() -> None:
    plan = imported(WIDE, ROW)

    assert "lead.id: column “线索ID”" in plan.understood
    assert any(line.startswith("columns that are not used: “姓名”") for line in plan.understood)
    assert "stage of a lead: “MQL”, in 1 row" in plan.understood


def test_a_single_row_from_elsewhere_gives_the_same_facts() -> None:
    row: dict[str, Any] = dict(zip(WIDE.split(","), ROW.split(","), strict=True))
    result = facts_of_row(row, parse_mapping(shipped_mapping("fxiaoke-export")), TOKENS, NOW)

    assert result.facts == imported(WIDE, ROW).facts
    nameless = facts_of_row(
        {**row, "线索ID": ""}, parse_mapping(shipped_mapping("fxiaoke-export")), TOKENS, NOW
    )
    assert nameless.facts == ()
    assert nameless.problems[0].without_line.startswith("column 线索ID: is empty")


@pytest.mark.parametrize("name", ["generic", "generic-deals", "hubspot-export", "fxiaoke-export"])
def test_an_empty_export_is_refused(name: str) -> None:
    assert imported("", mapping=name).error == "crm.csv: the file is empty"
