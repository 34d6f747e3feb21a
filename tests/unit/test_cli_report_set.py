"""All reports as pages: what can be asked as it was given is there, the index says why the rest is not."""

from typing import cast

import pytest
from made_answers import KNOWN, Stored

from answers.answer import Answers
from cli.report_set import all_pages
from sinks.clickhouse import ClickHouse
from sinks.report_files import parse
from sinks.report_values import ReportError

DAYS = "-- from = 1970-01-01: first day\n-- to = 2099-12-31: last day\n"
ASKED = "SELECT {from:Date}, {to:Date}"
REPORTS = [
    parse(
        "by_day", f"-- How many, by day?\n{DAYS}-- channel = : only this channel\n{ASKED}, {{channel:String}}"
    ),
    parse("now", "-- How many now?\nSELECT 1"),
    parse("of_one", "-- What of one?\n-- lead: whom\nSELECT {lead:String}"),
]


def pages(**parameters: str) -> dict[str, str]:
    answers = Answers(cast("ClickHouse", Stored()), "Asia/Shanghai", KNOWN.date())
    return {name: page.decode() for name, page in all_pages(REPORTS, parameters, answers).items()}


def test_a_report_that_needs_what_was_not_given_is_left_out_with_the_reason() -> None:
    made = pages()
    assert set(made) == {"by_day.html", "now.html", "index.html"}
    assert "<code>of_one</code>: it needs the parameter &#39;lead&#39;: whom" in made["index.html"]
    assert '<a href="by_day.html">by_day</a>' in made["index.html"]
    assert "<p>Known until 2026-10-05 09:30 (Asia/Shanghai), policy abc123.</p>" in made["index.html"]
    assert '<a href="index.html">All reports</a>' in made["now.html"]


def test_who_does_not_know_days_is_shown_as_of_all_days() -> None:
    made = pages(**{"from": "2026-10-01"})
    assert "from: <b" in made["by_day.html"]
    assert "from: <b" not in made["now.html"]


def test_who_does_not_know_a_filter_would_show_what_was_not_asked() -> None:
    made = pages(channel="email")
    assert set(made) == {"by_day.html", "index.html"}
    assert "<code>now</code>: it has no parameter &#39;channel&#39;" in made["index.html"]


def test_a_parameter_of_no_report_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ReportError, match=r"no report has a parameter 'chanel' \(did you mean 'channel'\?\)"):
        pages(chanel="email")
