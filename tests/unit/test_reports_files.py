"""The report files and the questions that may be asked of them, without a server."""

import re
from datetime import date

import pytest

from attribution.policy import Policy
from sinks.headings import heading
from sinks.report_files import Chart, Parameter, ReportFileError, list_reports, parse
from sinks.report_values import ReportError, check, find
from sinks.reports import named
from sinks.view_texts import views

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
        (
            {"lead": "x", "from": "5.10."},
            "the parameter 'from' must be a day like 2026-10-05, or 2026-10, 2026-Q3, 2026, today, "
            "yesterday, last-month, not '5.10.'",
        ),
        (
            {"lead": "x", "mode": "cohorts"},
            "the parameter 'mode' must be period or cohort, not 'cohorts' (did you mean 'cohort'?)",
        ),
        (
            {"lead": "x", "led": "y"},
            "the report 'leads' has no parameter 'led' (did you mean 'lead'?); "
            "it has mode, from, stage, lead",
        ),
    ],
)
def test_a_wrong_parameter_is_a_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ReportError) as caught:
        check(parse("leads", TEXT), given)
    assert str(caught.value) == sentence


RICH = """\
-- How many leads?
-- Of nobody who is one of ours.
-- half_life = 7 (0.5 to 365): days
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- > leads: people who became a lead
-- ~ bars: channel; leads, won
-- ~ lines: day; leads; channel
SELECT {half_life:Float64}, {from:Date}, {to:Date}
"""


def test_a_file_says_its_notes_what_columns_say_and_its_charts() -> None:
    report = parse("leads", RICH)
    assert report.notes == ("Of nobody who is one of ours.",)
    assert report.columns == (("leads", "people who became a lead"),)
    assert report.charts == (
        Chart("bars", (("channel",), ("leads", "won"))),
        Chart("lines", (("day",), ("leads",), ("channel",))),
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("-- ~ pie: channel; won", "has no chart '-- ~ pie: channel; won'"),
        ("-- ~ bars: channel", "has no chart"),
        ("-- ~ bars: channel; won,leads", "has no chart"),
        ("-- ~ intervals: keyword; rate", "an interval without value, least and most"),
        ("-- > won", "explains no column by '-- > won'"),
        ("-- > leads: again", "explains a column twice"),
        ("-- from = 2000-01-01: again", "explains a parameter twice"),
        ("-- by = channel | day: what a row is", "says what by is, and never asks for it"),
    ],
)
def test_a_file_that_is_not_understood_is_an_error_that_names_the_line(line: str, sentence: str) -> None:
    with pytest.raises(ReportFileError, match=re.escape(sentence)):
        parse("leads", RICH.replace("SELECT", f"{line}\nSELECT"))


def test_a_parameter_that_nobody_explains_is_an_error() -> None:
    with pytest.raises(ReportFileError, match="does not say what its parameter days is"):
        parse("leads", RICH.replace("{to:Date}", "{to:Date}, {days:UInt32}"))


@pytest.mark.parametrize("value", ["0", "366", "-1", "nan", "inf", "seven", "1e999", ""])
def test_a_number_out_of_its_bounds_is_a_sentence(value: str) -> None:
    with pytest.raises(ReportError, match=r"'half_life' must be a number from 0\.5 to 365, not '"):
        check(parse("leads", RICH), {"half_life": value})
    assert check(parse("leads", RICH), {"half_life": "0.5"})["half_life"] == "0.5"


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("UInt8", ["0", "255"], ["256", "-1", "1.5", "+1", "٣"]),
        ("Int8", ["-128", "127"], ["-129", "128"]),
        ("Float64", ["-0.5", "1e3"], ["nan", "x", "1_0"]),
        ("Decimal(18, 2)", ["0.05"], ["5 %"]),
    ],
)
def test_numbers_have_the_bounds_of_their_kind(kind: str, right: list[str], wrong: list[str]) -> None:
    report = parse("one", f"-- What?\n-- n = 1: number\nSELECT {{n:{kind}}}\n")
    for value in right:
        assert check(report, {"n": value}) == {"n": value}
    for value in wrong:
        with pytest.raises(ReportError, match="must be a number"):
            check(report, {"n": value})


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026-q1", "2026-01-01", "2026-03-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("today", "2026-03-31", "2026-03-31"),
        ("yesterday", "2026-03-30", "2026-03-30"),
        ("last-month", "2026-02-01", "2026-02-28"),
        ("this-month", "2026-03-01", "2026-03-31"),
        ("last-week", "2026-03-23", "2026-03-29"),
        ("this-week", "2026-03-30", "2026-04-05"),
        ("last-quarter", "2025-10-01", "2025-12-31"),
        ("last-year", "2025-01-01", "2025-12-31"),
        ("2026-10-05", "2026-10-05", "2026-10-05"),
    ],
)
def test_days_by_the_words_for_them(words: str, first: str, last: str) -> None:
    told = check(parse("leads", RICH), {"from": words, "to": words}, date(2026, 3, 31))
    assert (told["from"], told["to"]) == (first, last)


@pytest.mark.parametrize(
    "words",
    ["2026-13", "2026-02-30", "2026-Q5", "next-month", "20261005", "2026-W10", "1969", "2100", "0000"],
)
def test_what_is_no_day_is_a_sentence(words: str) -> None:
    with pytest.raises(ReportError, match=r"'from' must be a day .*, not '"):
        check(parse("leads", RICH), {"from": words}, date(2026, 3, 31))


def test_until_a_month_is_until_its_last_day() -> None:
    (cycle_times,) = (report for report in list_reports() if report.name == "cycle_times")
    assert check(cycle_times, {"until": "2026-02"})["until"] == "2026-02-28"


def test_an_inverted_range_is_a_sentence() -> None:
    with pytest.raises(ReportError, match="the first day, 2026-10-02, lies after the last, 2026-10-01"):
        check(parse("leads", RICH), {"from": "2026-10-02", "to": "2026-10-01"})


def test_a_misspelt_report_names_the_nearest() -> None:
    with pytest.raises(ReportError, match=r"^there is no report 'funel' \(did you mean 'funnel'\?\); "):
        find(list_reports(), "funel")
    with pytest.raises(ReportError, match=r"^there is no report 'x'; the reports are account"):
        find(list_reports(), "x")


def test_every_report_asks_something_and_describes_each_parameter() -> None:
    reports = list_reports()
    assert {"funnel", "keywords", "content", "stages", "deals", "journey"} <= {
        report.name for report in reports
    }
    for report in reports:
        assert report.title.endswith("?"), report.name
        # Who reads a view that is there as of a time must be able to say the time.
        asked = "\n".join(line for line in report.text.splitlines() if not line.startswith("--"))
        body = re.sub(r"\{\{\w+\}\}", "{as_of:String}", asked)
        assert all(f"{{{parameter.name}:{parameter.kind}}}" in body for parameter in report.parameters)
        assert body.count("{") == body.count("}")
        described = {parameter.name for parameter in report.parameters}
        used = {part.partition(":")[0] for part in body.split("{")[1:]}
        assert used == described, report.name


def test_headings_are_the_words_of_the_trade() -> None:
    words = {"mqls": "MQL", "sales_qualified": "SQL", "first_channel": "First channel"}
    words |= {"sales_qualified_last": "SQL (last)", "revenue_first": "Revenue (first)", "roi": "ROI"}
    words |= {"cost_per_won": "Cost per won", "p90_days": "90 % within days", "first": "First"}
    assert {name: heading(name) for name in words} == words


def test_a_part_of_a_view_s_name_is_one_of_fixed_choices() -> None:
    (funnel,) = (report for report in list_reports() if report.name == "funnel")
    assert "f.cohort_day BETWEEN" in named(funnel, check(funnel, {"mode": "cohort"}))
    assert "f.period_day BETWEEN" in named(funnel, check(funnel, {}))
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
