"""Every layout of report that the consoles export becomes the same facts, whatever it calls its columns."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from producers.imports import Plan, plan_sem
from producers.sem.reading import SemOptions

LAYOUTS = json.loads((Path(__file__).parent.parent / "data" / "sem_layouts.json").read_text("utf-8"))[
    "layouts"
]
OCTOBER_24 = 1508810400000  # 2017-10-24 10:00 in Shanghai
NOVEMBER_1 = 1509465600000
# What a column holds, in the first row and in the second.
CELLS = {
    ("日期", "时间", "天", "Gregorian date"): ("2017-10-23", "2017/10/23"),
    ("账户", "账号", "推广账户", "Account name"): ("数据账户A", "数据账户A"),
    ("推广计划", "推广计划名称", "广告系列", "Campaign", "Campaign name"): ("功能-元数据管理", "品牌"),
    ("推广计划ID", "Campaign ID"): ("901", "902"),
    ("推广单元", "推广单元名称", "推广组", "广告组", "Ad group"): ("G-元数据管理", "品牌词"),
    ("Ad group ID",): ("801", "802"),
    ("关键词", "关键词名称", "关键字", "搜索关键字", "Keyword"): ("元数据管理", "数据血缘"),
    ("关键词ID", "Keyword ID"): ("701", "702"),
    ("匹配模式", "匹配方式", "关键词匹配模式", "搜索关键字匹配类型", "Match type",
        "Bid match type"): ("精确", "Phrase match"),
    ("Device type",): ("Computer", "Computer"),
    ("展现", "展现量", "展示", "展示数", "展示次数", "Impr.", "Impressions"): ("1,234,567", "56"),
    ("点击", "点击量", "点击数", "点击次数", "Clicks"): ("1,017", "3"),
    ("消费", "消耗", "总费用", "费用", "Cost", "Spend"): ("1,234,567.89", "7.8"),
    ("货币代码", "Currency code"): ("CNY", "CNY"),
    ("点击率", "CTR"): ("1.38%", "5.36%"),
    ("编号",): ("1", "2"),
    ("省", "省级地域"): ("江苏", "江苏"),
    ("市", "市级地域"): ("南京", "苏州"),
    ("小时",): ("9", "10"),
}  # fmt: skip
SUMS = {"impressions": "1,234,623", "clicks": "1,020", "cost": "1,234,575.69"}


def cell(column: str, row: int) -> str:
    return next((cells[row] for columns, cells in CELLS.items() if column in columns), f"x{row}")


def report(layout: dict[str, Any]) -> bytes:
    """Write two rows in a layout, as the console does."""
    header = next(csv.reader([layout["header"]], delimiter=layout["separator"]))
    text = io.StringIO()
    text.write("".join(f"{line}\r\n" for line in (*layout["preamble"], layout["header"])))
    for key in ("after_header", "total"):
        if key in layout:
            quoted = {name: f'"{value}"' for name, value in SUMS.items()}
            text.write(layout[key].format(**quoted) + "\r\n")
    rows = csv.writer(text, delimiter=layout["separator"])
    rows.writerows([cell(column, row) if column else "" for column in header] for row in (0, 1))
    if "total_last" in layout:
        sums = SUMS if layout["separator"] == "\t" else {name: f'"{sum}"' for name, sum in SUMS.items()}
        text.write(layout["total_last"].format(**sums) + "\r\n")
    text.write(layout.get("footer", "") + "\r\n")
    return text.getvalue().encode(layout["encoding"])


def imported(layout: dict[str, Any], **options: Any) -> Plan:
    engine = layout["engine"] if layout.get("needs_engine") else ""
    said = SemOptions(**{"received_at": NOVEMBER_1, "as_of": OCTOBER_24, "engine": engine, **options})
    return plan_sem(report(layout), layout["file_name"], said)


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["name"] for layout in LAYOUTS])
def test_a_layout_becomes_facts(layout: dict[str, Any]) -> None:
    plan = imported(layout)

    assert (plan.error, plan.rejects) == ("", ())
    assert len(plan.facts) == 2
    told = [fact.model_dump() for fact in plan.facts]
    for row, fact in enumerate(told):
        expected = {
            "platform": layout["engine"],
            "account": "数据账户A" if "account" in layout["says"] else "",
            "campaign": ("功能-元数据管理", "品牌")[row],
            "campaign_id": ("901", "902")[row] if "campaign_id" in layout["says"] else "",
            "ad_group": ("G-元数据管理", "品牌词")[row] if "ad_group" in layout["says"] else "",
            "ad_group_id": ("801", "802")[row] if "ad_group_id" in layout["says"] else "",
            "keyword": ("元数据管理", "数据血缘")[row] if "keyword" in layout["says"] else "",
            "keyword_id": ("701", "702")[row] if "keyword_id" in layout["says"] else "",
            "match_type": ("exact", "phrase")[row] if "match_type" in layout["says"] else "",
            "device": "desktop" if "device" in layout["says"] else layout.get("device", ""),
            "impressions": (1_234_567, 56)[row] if "impressions" in layout["says"] else 0,
            "clicks": (1_017, 3)[row],
            "cost_micros": (1_234_567_890_000, 7_800_000)[row],
            "currency": layout.get("currency", "CNY"),
            "day": "2017-10-23",
            "reported_at": OCTOBER_24,
            "occurred_at": 1508688000000,  # midnight in Shanghai
            "received_at": NOVEMBER_1,
        }
        assert expected.items() <= fact.items()


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["name"] for layout in LAYOUTS])
def test_a_second_import_changes_nothing(layout: dict[str, Any]) -> None:
    first, second = imported(layout), imported(layout, received_at=NOVEMBER_1 + 1)

    assert [fact.event_id for fact in first.facts] == [fact.event_id for fact in second.facts]
    assert [record.key for record in first.records] == [record.key for record in second.records]


@pytest.mark.parametrize("layout", [each for each in LAYOUTS if {"total", "total_last"} & each.keys()])
def test_the_rows_are_compared_with_the_total(layout: dict[str, Any]) -> None:
    plan = imported(layout)

    agreed = [note for note in plan.notes if note.startswith("the rows add up to the report's own total")]
    assert len(agreed) == 2 + ("impressions" in layout["says"])
    assert any("1,234,575.69 cost" in note for note in agreed)


@pytest.mark.parametrize("layout", [each for each in LAYOUTS if {"total", "total_last"} & each.keys()])
def test_a_total_that_the_rows_do_not_reach_is_a_loud_warning(
    layout: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SUMS, "cost", "1,300,000.00")

    assert any(
        note.startswith("WARNING: the rows add up to 1,234,575.69 cost") for note in imported(layout).notes
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout["name"] for layout in LAYOUTS])
def test_the_wrong_engine_is_an_error(layout: dict[str, Any]) -> None:
    if layout.get("needs_engine"):
        pytest.skip("this layout is nobody's own")
    wrong = "google" if layout["engine"] != "google" else "baidu"
    plan = imported(layout, engine=wrong)

    assert plan.facts == ()
    assert f"wrong engine: the layout is that of {layout['engine']}, not of {wrong}" in plan.error
    assert f"{layout['file_name']}, line " in plan.error


def test_a_layout_that_is_nobodys_own_asks_for_the_engine() -> None:
    layout = next(each for each in LAYOUTS if each.get("needs_engine"))
    plan = imported(layout, engine="")

    assert plan.facts == ()
    assert "say it with --engine" in plan.error
