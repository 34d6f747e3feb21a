"""A report that can't be understood imports nothing and says where; a bad row costs only itself."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.imports import Plan, plan_sem, reject_file
from producers.sem.options import SemOptions

NOW = 1508810400000  # 2017-10-24 10:00 in Shanghai
HEADER = "日期,推广计划,推广单元,关键词,展现,点击,消费,网页转化"
ROW = "2017-10-23,品牌,品牌词,元数据管理,100,10,12.50,1"


def imported(*lines: str, file_name: str = "r.csv", encoding: str = "utf-8", **options: Any) -> Plan:
    data = "\n".join(lines).encode(encoding)
    return plan_sem(data, file_name, SemOptions(**{"received_at": NOW, "as_of": NOW, **options}))


def with_cell(column: str, cell: str) -> str:
    cells = ROW.split(",")
    cells[HEADER.split(",").index(column)] = cell
    return ",".join(cells)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("消费", "-3.00", "is negative"),
        ("消费", "1e400", "is not a number"),
        ("消费", "NaN", "is not a number"),
        ("消费", "", "is empty"),
        ("点击", "1.5", "is not a whole number"),
        ("展现", "many", "is not a number"),
        ("日期", "soon", "is not a date"),
        ("日期", "1999-12-31", "before 2000"),
        ("日期", "2017-11-30", "after the report was made"),
        ("日期", "2017-10-22 - 2017-10-23", "covers more than one day"),
        ("关键词", "词" * 513, "longer than 512"),
    ],
)
def test_a_bad_cell_costs_its_row_and_is_named(column: str, cell: str, reason: str) -> None:
    plan = imported(HEADER, with_cell(column, cell), with_cell("关键词", "数据血缘"))

    assert [(reject.at, reject.column) for reject in plan.rejects] == [(2, column)]
    assert reason in plan.rejects[0].reason
    assert [fact.keyword for fact in plan.facts] == ["数据血缘"]  # type: ignore[attr-defined]  # of any fact


def test_rows_with_too_few_or_too_many_cells_cost_themselves() -> None:
    plan = imported(HEADER, "2017-10-23,品牌,品牌词", ROW.replace("12.50", "1,212.50"), ROW)

    assert [reject.at for reject in plan.rejects] == [2, 3]
    assert "3 cells where the header has 8" in plan.rejects[0].reason
    assert "not quoted" in plan.rejects[1].reason
    assert len(plan.facts) == 1


def test_a_keyword_that_stands_twice_is_rejected_not_added_up() -> None:
    plan = imported(HEADER, ROW, with_cell("消费", "99"))

    assert len(plan.facts) == 1
    assert "same keyword and day as line 2" in plan.rejects[0].reason


def test_one_keyword_with_two_match_types_is_two_keywords() -> None:
    plan = imported(HEADER + ",匹配模式", ROW + ",精确", ROW + ",短语")

    assert [fact.match_type for fact in plan.facts] == ["exact", "phrase"]  # type: ignore[attr-defined]  # of any fact
    assert len({record.key for record in plan.records(TOKENISER)}) == 2


def test_hours_and_creatives_are_added_up_to_days() -> None:
    plan = imported(HEADER + ",小时", ROW + ",9", ROW + ",10", ROW + ",10")

    (fact,) = plan.facts
    assert (fact.impressions, fact.clicks, fact.cost_micros) == (200, 20, 25_000_000)  # type: ignore[attr-defined]  # of any fact
    assert len(plan.rejects) == 1


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("日期,推广计划,关键词,展现,点击,网页转化", "x"), "there is no column of cost"),
        (("日期,推广计划,关键词,展现,消费,网页转化", "x"), "there is no column of clicks"),
        (("日期,账户,点击,展现,消费,网页转化", "x"), "there is no column of a campaign"),
        ((HEADER,), "a header but no rows"),
        (("姓名,电话", "a,b"), "no row is the header of a report"),
        (("推广计划,关键词,网页转化,展现,点击,消费", "a,b,1,1,1,1"), "doesn't say its day"),
    ],
)
def test_a_report_that_lacks_something_imports_nothing(lines: tuple[str, ...], sentence: str) -> None:
    plan = imported(*lines)

    assert plan.facts == ()
    assert plan.error.startswith("r.csv")
    assert sentence in plan.error


def test_the_sentence_names_line_and_column_and_what_was_found() -> None:
    plan = imported("数据生成时间：2017-10-24 10:00", "", "日期,推广计划,展现,点击", "2017-10-23,a,1,1")

    assert plan.error.startswith("r.csv, line 3, column cost: ")
    assert "found are “日期”, “推广计划”, “展现”, “点击”" in plan.error


def test_several_days_without_a_column_of_days_say_what_to_do() -> None:
    plan = imported(
        "1. 时间范围：20171022至20171023", "推广计划,关键词,网页转化,展现,点击,消费", "a,b,1,1,1,1"
    )

    assert "2017-10-22 to 2017-10-23" in plan.error
    assert "by day" in plan.error


def test_the_user_may_say_the_day() -> None:
    plan = imported("推广计划,关键词,网页转化,展现,点击,消费", "a,b,1,1,1,1", day="2017-10-20")

    assert plan.facts[0].day == "2017-10-20"  # type: ignore[attr-defined]  # of any fact


@pytest.mark.parametrize(("written", "read"), [("utf-8", "gbk"), ("gbk", "utf-8"), ("gbk", "utf-16")])
def test_the_wrong_encoding_is_an_error(written: str, read: str) -> None:
    assert imported(HEADER, ROW, encoding=written).error == ""

    data = f"{HEADER}\n{ROW}".encode(written)
    plan = plan_sem(data, "r.csv", SemOptions(received_at=NOW, as_of=NOW, encoding=read))
    assert plan.facts == ()
    assert plan.error.startswith("r.csv")


def test_a_truncated_report_keeps_its_whole_rows() -> None:
    data = f"{HEADER}\n{ROW}\n{with_cell('关键词', '数据血缘')}".encode("gbk")[:-9]
    plan = plan_sem(data, "r.csv", SemOptions(received_at=NOW, as_of=NOW))

    assert len(plan.facts) == 1
    assert [reject.at for reject in plan.rejects] == [3]


def test_a_newer_report_of_the_same_day_is_a_new_version_of_the_same_row() -> None:
    first, second = imported(HEADER, ROW), imported(HEADER, with_cell("消费", "13"), as_of=NOW + 1)

    assert first.records(TOKENISER)[0].key == second.records(TOKENISER)[0].key
    assert first.facts[0].event_id != second.facts[0].event_id
    assert second.facts[0].reported_at > first.facts[0].reported_at  # type: ignore[attr-defined]  # of any fact


def test_long_and_ambiguous_names_still_make_a_key() -> None:
    plan = imported(HEADER, with_cell("关键词", "词" * 400), with_cell("关键词", "a|b"))

    keys = [fact.subject for fact in plan.facts]
    assert len(set(keys)) == 2
    assert all(key.startswith("ad:baidu#") and len(key) < 60 for key in keys)


def test_googles_marks_of_match_types_come_off_the_keyword() -> None:
    header = "Day,Campaign,Ad group,Keyword,Clicks,Impr.,Currency code,Cost"
    rows = (
        "2017-10-23,B,G,[metadata],1,2,USD,3",
        '2017-10-23,B,G,"""metadata""",1,2,USD,3',
        "2017-10-23,B,G,+meta +data,1,2,USD,3",
    )
    plan = imported(header, *rows)

    told = [(fact.keyword, fact.match_type, fact.currency) for fact in plan.facts]  # type: ignore[attr-defined]  # of any fact
    assert told == [
        ("metadata", "exact", "USD"),
        ("metadata", "phrase", "USD"),
        ("meta data", "broad", "USD"),
    ]


def test_the_reject_file_has_the_rows_and_can_be_imported_once_corrected() -> None:
    plan = imported(HEADER, with_cell("关键词", "=cmd()").replace("12.50", "x"), ROW)
    text = reject_file(plan).decode("utf-8-sig")

    header, row = text.splitlines()
    assert header == f"rejected line,rejected column,rejected because,{HEADER}"
    assert row.startswith('2,消费,"is not a number')
    assert "'=cmd()" in row
    again = imported(header, row.replace(",x,", ",12.50,"))
    assert [fact.keyword for fact in again.facts] == ["=cmd()"]  # type: ignore[attr-defined]  # of any fact


def test_two_campaigns_of_one_name_are_added_up_and_ids_do_not_make_another_row() -> None:
    header = HEADER + ",推广计划ID"
    with_ids, without = imported(header, ROW + ",901", ROW + ",902"), imported(HEADER, ROW)

    assert [fact.cost_micros for fact in with_ids.facts] == [25_000_000]  # type: ignore[attr-defined]  # of any fact
    assert with_ids.records(TOKENISER)[0].key == without.records(TOKENISER)[0].key


def test_one_keyword_in_two_currencies_is_a_contradiction() -> None:
    plan = imported(HEADER + ",货币代码", ROW + ",CNY", ROW + ",USD")

    assert [reject.at for reject in plan.rejects] == [3]
