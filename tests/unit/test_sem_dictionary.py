"""A platform's list of keywords says what the ids in landing URLs stand for, and since when."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.imports import Plan, plan_sem
from producers.sem.options import SemOptions

NOW = 1508810400000  # 2017-10-24 10:00 in Shanghai
DAY = 86_400_000
BAIDU = "账户,推广计划ID,推广计划名称,推广单元ID,推广单元名称,关键词ID,关键词名称,匹配模式,出价"
ROW = "账户A,901,功能,801,G-元数据,39184567,元数据管理,短语匹配,3.5"
LIST_360 = '"关键词ID","推广计划","推广组","关键词","匹配方式","点击","展示","消费"'


def imported(*lines: str, name: str = "list.csv", **options: Any) -> Plan:
    said = SemOptions(**{"received_at": NOW, "as_of": NOW, **options})
    return plan_sem("\n".join(lines).encode(), name, said, kind="dictionary")


def told(plan: Plan) -> list[dict[str, Any]]:
    assert plan.error == ""
    return [fact.model_dump() for fact in plan.facts]


def test_baidus_export_of_an_account_says_it_all() -> None:
    plan = imported(BAIDU, ROW, as_of=NOW - DAY)

    (fact,) = told(plan)
    expected = {
        "type": "ad_keyword_listed", "subject": "keyword:baidu:39184567", "platform": "baidu",
        "account": "账户A", "campaign": "功能", "campaign_id": "901", "ad_group": "G-元数据",
        "ad_group_id": "801", "keyword": "元数据管理", "keyword_id": "39184567", "match_type": "phrase",
        "occurred_at": NOW - DAY, "received_at": NOW,
    }  # fmt: skip
    assert expected.items() <= fact.items()
    assert plan.records(TOKENISER)[0].key == b"keyword:baidu:39184567"
    assert plan.records(TOKENISER)[0].topic == "sem.events"


def test_the_same_list_a_day_later_says_nothing_new() -> None:
    today, tomorrow = imported(BAIDU, ROW), imported(BAIDU, ROW, as_of=NOW + DAY, received_at=NOW + DAY)

    assert today.facts[0].event_id == tomorrow.facts[0].event_id


@pytest.mark.parametrize(
    ("before", "after"),
    [("G-元数据", "G-数据资产"), ("功能,", "产品,"), ("元数据管理", "数据治理"), ("短语匹配", "精确匹配")],
)
def test_what_is_renamed_is_a_further_fact_of_the_same_id(before: str, after: str) -> None:
    (old,), (new,) = imported(BAIDU, ROW).facts, imported(BAIDU, ROW.replace(before, after)).facts

    assert old.event_id != new.event_id
    assert old.subject == new.subject


def test_the_time_above_the_header_is_that_of_the_list() -> None:
    plan = imported("数据生成时间：2017-10-23 08:00", BAIDU, ROW)

    assert told(plan)[0]["occurred_at"] == 1508716800000


def test_a_list_may_say_since_when_and_tell_the_history_of_an_id() -> None:
    plan = imported(
        "关键词ID,推广计划名称,推广单元名称,关键词名称,生效时间",
        "7,功能,旧单元,元数据,2017-01-01",
        "7,功能,新单元,元数据,2017-06-01",
        "8,功能,新单元,元数据,",
    )

    assert [(fact["ad_group"], fact["occurred_at"]) for fact in told(plan)] == [
        ("旧单元", 1483200000000),
        ("新单元", 1496246400000),
        ("新单元", NOW),
    ]


def test_a_word_of_360_is_known_by_its_group() -> None:
    plan = imported(LIST_360 + ',"推广组ID"', "-77,功能,G1,元数据,精确,1,2,3,5001")

    assert told(plan)[0]["subject"] == "keyword:360:5001:-77"


def test_without_ids_of_groups_a_word_in_several_is_noted() -> None:
    plan = imported(LIST_360, "-77,功能,G1,元数据,精确,1,2,3", "-77,功能,G2,元数据,精确,1,2,3")

    assert [fact["subject"] for fact in told(plan)] == ["keyword:360::-77"] * 2
    assert "1 id in several ad groups" in plan.notes[0]


def test_google_names_keywords_by_group_and_criterion() -> None:
    plan = imported(
        "campaign.name,ad_group.id,ad_group.name,ad_group_criterion.criterion_id,ad_group_criterion.keyword.text,"
        "ad_group_criterion.keyword.match_type,customer.id",
        "Metadata,801,Catalog,801~701,data catalog,EXACT,5",
        "Metadata,801,Catalog,kwd-702,[data lineage],,5",
    )

    assert [(fact["subject"], fact["keyword"], fact["match_type"]) for fact in told(plan)] == [
        ("keyword:google:801:701", "data catalog", "exact"),
        ("keyword:google:801:702", "data lineage", "exact"),
    ]


def test_account_line_totals_and_footers_are_no_keywords() -> None:
    header = "账户\t推广计划名称\t推广单元名称\t关键词名称\t关键词ID\t消费"
    plan = imported(header, "账户A\t\t\t\t\t", "\t功能\tG\t元数据\t7\t1.5", "总计\t\t\t\t\t1.5", "© 百度")

    assert [(fact["account"], fact["keyword_id"]) for fact in told(plan)] == [("账户A", "7")]
    assert plan.rejects == ()


def test_bad_rows_cost_themselves() -> None:
    header = "关键词ID,推广计划名称,推广单元名称,关键词名称,生效时间"
    plan = imported(
        header,
        ",功能,G,元数据,",
        "3.9E+11,功能,G,元数据,",
        "7 8,功能,G,元数据,",
        "9,功能,G,--,",
        "10,功能,G,元数据,soon",
        "11,功能,G,元数据,2030-01-01",
        f"12,功能,{'G' * 513},元数据,",
        "13,功能",
        "14,功能,G,元数据,",
    )

    assert [fact["keyword_id"] for fact in told(plan)] == ["14"]
    assert [(reject.at, reject.column) for reject in plan.rejects] == [
        (2, "关键词ID"), (3, "关键词ID"), (4, "关键词ID"), (5, "关键词名称"), (6, "生效时间"),
        (7, "生效时间"), (8, "推广单元名称"), (9, ""),
    ]  # fmt: skip
    assert "rounded" in plan.rejects[1].reason


def test_an_id_that_stands_for_two_things_at_once_is_a_contradiction() -> None:
    plan = imported(BAIDU, ROW, ROW, ROW.replace("元数据管理", "数据治理"))

    assert len(plan.facts) == 1
    assert [(reject.at, reject.column) for reject in plan.rejects] == [(4, "关键词ID")]
    assert "1 row say again" in plan.notes[0]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("关键词名称,推广计划名称", "a,b"), "no row is the header of a list of keywords"),
        (("关键词ID,关键词", "1,a"), "say it with --engine"),
        ((BAIDU,), "a header but no keywords"),
    ],
)
def test_a_list_that_lacks_something_imports_nothing(lines: tuple[str, ...], sentence: str) -> None:
    plan = imported(*lines)

    assert plan.facts == ()
    assert plan.error.startswith("list.csv, line 1")
    assert sentence in plan.error
