"""The report files and the questions that may be asked of them, without a server."""

import re

import pytest

from attribution.policy import Policy
from sinks.migrations import views
from sinks.reports import Parameter, ReportError, check, heading, list_reports, named, parse

TEXT = """\
-- How many leads?
-- mode = period | cohort: how to count
-- from = 1970-01-01: first day
-- stage = : only this stage
-- lead: whose
SELECT {mode:String}, {from:Date}, {stage:String}, {lead:String}
-- why: this is not a parameter
"""


def test_a_file_says_its_question_and_its_parameters() -> None:
    report = parse("leads", TEXT)
    assert report.title == "How many leads?"
    assert report.parameters == (
        Parameter("mode", "String", "how to count", "period", ("period", "cohort")),
        Parameter("from", "Date", "first day", "1970-01-01"),
        Parameter("stage", "String", "only this stage", ""),
        Parameter("lead", "String", "whose"),
    )


def test_what_is_not_given_has_its_default() -> None:
    assert check(parse("leads", TEXT), {"lead": "crm:hub:1", "mode": "cohort"}) == {
        **{"mode": "cohort", "from": "1970-01-01", "stage": "", "lead": "crm:hub:1"}
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "the report 'leads' needs the parameter 'lead': whose"),
        (
            {"lead": "x", "when": "1"},
            "the report 'leads' has no parameter 'when'; it has mode, from, stage, lead",
        ),
        ({"lead": "x", "mode": "both"}, "the parameter 'mode' must be period or cohort, not 'both'"),
        ({"lead": "x", "from": "5.10."}, "the parameter 'from' must be a day like 2026-10-05, not '5.10.'"),
    ],
)
def test_a_wrong_parameter_is_a_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ReportError) as caught:
        check(parse("leads", TEXT), given)
    assert str(caught.value) == sentence


def test_every_report_asks_something_and_describes_each_parameter() -> None:
    reports = list_reports()
    assert {"funnel", "keywords", "content", "stages", "deals", "journey"} <= {
        report.name for report in reports
    }
    for report in reports:
        assert report.title.endswith("?"), report.name
        body = report.text.partition("\nSELECT")[2]
        assert all(f"{{{parameter.name}:{parameter.kind}}}" in body for parameter in report.parameters)
        assert body.count("{") == body.count("}")
        described = {parameter.name for parameter in report.parameters}
        used = {part.partition(":")[0] for part in body.split("{")[1:]}
        assert used == described, report.name


def test_headings_are_the_words_of_the_trade() -> None:
    assert [heading(name) for name in ("mqls", "sales_qualified", "first_channel")] == [
        "MQL",
        "SQL",
        "First channel",
    ]


def test_a_part_of_a_view_s_name_is_one_of_fixed_choices() -> None:
    (funnel,) = (report for report in list_reports() if report.name == "funnel")
    assert "FROM funnel_by_cohort AS f" in named(funnel, check(funnel, {"mode": "cohort"}))
    assert "FROM funnel_by_period AS f" in named(funnel, check(funnel, {}))
    with pytest.raises(ReportError, match="'mode' must be period or cohort, not 'x; DROP'"):
        check(funnel, {"mode": "x; DROP"})


def test_the_channel_of_advertising_is_that_of_its_platform_by_the_policy(policy: Policy) -> None:
    channels = {"search": "paid_search", "social": "paid_social", "video": "paid_video", "display": "display"}
    (view,) = (view for view in views("UTC") if view.name == "ad_costs")
    told = {
        platform: channel
        for names, channel in re.findall(r"platform IN \(([^)]*)\), '(\w+)'", view.text)
        for platform in re.findall(r"'(\w+)'", names)
    }
    wanted: dict[str, set[str]] = {}
    for each in policy.click_ids.values():
        if each.paid == "yes" and each.category in channels:
            wanted.setdefault(each.platform, set()).add(channels[each.category])
    for platform, possible in wanted.items():
        assert told.get(platform, "paid_search") in possible, platform
    assert {"meta", "linkedin"} <= told.keys()
