"""What a file of an ad platform is, its columns tell; a flag overrules them, and a wrong one is named."""

import pytest

from producers.imports import Plan, plan_sem
from producers.sem.importers import SemKind
from producers.sem.options import SemOptions

OPTIONS = SemOptions(received_at=1796083200000, as_of=1796083200000)
REPORT = (
    "Day,Campaign,Keyword,Keyword ID,Ad group ID,Currency code,Impr.,Clicks,Cost\n"
    "2026-11-01,A,k,7,8,EUR,1,1,1.00\n"
)
CLICKS = "gclid,Date,Keyword\nabc,2026-11-01,k\n"
LIST = "关键词ID,推广计划名称,推广单元名称,关键词名称\n7,a,b,c\n"


def read(text: str, kind: SemKind | None = None) -> Plan:
    return plan_sem(text.encode(), "file.csv", OPTIONS, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [(REPORT, "ad_performance_reported"), (CLICKS, "ad_clicked"), (LIST, "ad_keyword_listed")],
)
def test_the_columns_tell_what_a_file_is(text: str, kind: str) -> None:
    plan = read(text)

    assert plan.error == ""
    assert [fact.model_dump()["type"] for fact in plan.facts] == [kind]


def test_a_report_that_names_ids_may_be_read_as_a_list() -> None:
    assert read(REPORT, "dictionary").facts[0].model_dump()["type"] == "ad_keyword_listed"


@pytest.mark.parametrize(
    ("text", "given", "advice"),
    [
        (REPORT, "clicks", "leave out --clicks"),
        (CLICKS, "dictionary", "give --clicks instead"),
        (LIST, "clicks", "give --dictionary instead"),
    ],
)
def test_a_flag_that_is_wrong_is_named_with_the_right_one(text: str, given: SemKind, advice: str) -> None:
    plan = read(text, given)

    assert plan.facts == ()
    assert plan.error.endswith(advice)
