"""A platform's list of clicks says which keyword each click id stands for."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.imports import Plan, plan_sem
from producers.sem.options import SemOptions

NOW = 1508810400000  # 2017-10-24 10:00 in Shanghai


def imported(*lines: str, **options: Any) -> Plan:
    said = SemOptions(**{"received_at": NOW, "as_of": NOW, **options})
    return plan_sem("\n".join(lines).encode(), "clicks.csv", said, kind="clicks")


def test_googles_click_view_names_keyword_by_id_and_text() -> None:
    plan = imported(
        "segments.date,click_view.gclid,campaign.id,campaign.name,ad_group.id,ad_group.name,click_view.keyword,"
        "click_view.keyword_info.text,click_view.keyword_info.match_type,segments.device,customer.id",
        "2017-10-23,Cj0KCQ_aB-1,901,元数据,801,元数据管理,customers/5/adGroupCriteria/801~701,元数据管理,EXACT,MOBILE,5",
    )

    (fact,) = plan.facts
    expected = {
        "subject": "click:Cj0KCQ_aB-1", "platform": "google", "click_id": "Cj0KCQ_aB-1",
        "campaign_id": "901",
        "campaign": "元数据", "ad_group_id": "801", "ad_group": "元数据管理", "keyword_id": "701",
        "keyword": "元数据管理", "match_type": "exact", "device": "mobile", "account": "5",
        "occurred_at": 1508688000000,
    }  # fmt: skip
    assert expected.items() <= fact.model_dump().items()
    assert (plan.error, plan.rejects) == ("", ())
    assert plan.records(TOKENISER)[0].key == b"click:Cj0KCQ_aB-1"


@pytest.mark.parametrize(
    ("column", "platform"), [("bd_vid", "baidu"), ("qhclickid", "360"), ("msclkid", "microsoft")]
)
def test_the_name_of_the_click_id_tells_the_platform(column: str, platform: str) -> None:
    plan = imported(
        f"点击时间,{column},账户,推广计划,推广单元,关键词,搜索词",
        "2017-10-23 09:30:00,abc123,账户A,功能,G,元数据管理,元数据管理平台",
    )

    told = plan.facts[0].model_dump()
    assert (told["platform"], told["search_term"], told["keyword"]) == (
        platform,
        "元数据管理平台",
        "元数据管理",
    )
    assert told["occurred_at"] == 1508722200000


def test_a_nameless_click_id_needs_the_engine() -> None:
    lines = ("点击时间,点击ID,关键词", "2017-10-23 09:30,k1,词")

    assert "say it with --engine" in imported(*lines).error
    assert imported(*lines, engine="sogou").facts[0].model_dump()["platform"] == "sogou"


def test_ids_of_another_platform_are_the_wrong_engine() -> None:
    assert "wrong engine" in imported("gclid,Date", "a,2017-10-23", engine="baidu").error


def test_clicks_without_an_id_or_a_time_are_rejected_and_the_rest_stays() -> None:
    plan = imported(
        "gclid,Date/Time,Keyword",
        ",2017-10-23,a",
        "x1,soon,a",
        "x2,2017-10-23,a",
        "x3,2030-01-01,a",
        "x 4,2017-10-23,a",
    )

    assert [fact.click_id for fact in plan.facts] == ["x2"]  # type: ignore[attr-defined]  # of any fact
    assert [(reject.at, reject.column) for reject in plan.rejects] == [
        (2, "gclid"), (3, "Date/Time"), (5, "Date/Time"), (6, "gclid"),
    ]  # fmt: skip


def test_a_click_that_stands_twice_counts_once_and_a_contradiction_is_rejected() -> None:
    plan = imported("gclid,Date,Keyword", "x,2017-10-23,a", "x,2017-10-23,a", "x,2017-10-23,b")

    assert len(plan.facts) == 1
    assert [reject.at for reject in plan.rejects] == [4]
    assert "1 row say again" in plan.notes[0]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("gclid,Keyword", "x,a"), "no column of the click's time"),
        (("Date,Keyword", "2017-10-23,a"), "no row is the header of a list of clicks"),
        (("gclid,Date",), "a header but no rows"),
    ],
)
def test_a_list_that_lacks_something_imports_nothing(lines: tuple[str, ...], sentence: str) -> None:
    plan = imported(*lines)

    assert plan.facts == ()
    assert plan.error.startswith("clicks.csv, line 1")
    assert sentence in plan.error
