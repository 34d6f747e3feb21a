"""docs/reports.md is what the files of reports say; each has an example, and says what its columns mean."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sinks.explained import explanations, view_columns
from sinks.report_files import Report, list_reports
from sinks.view_texts import views

ROOT = Path(__file__).parents[2]
REPORTS = list_reports()
VIEWS = view_columns(views("UTC"))
EXAMPLES: dict[str, dict[str, Any]] = json.loads((ROOT / "docs/report_examples.json").read_text("utf-8"))
HINT = "run docs/generate_reports.py --examples DATA_DIR while `leadtrace up` serves the demo of DATA_DIR"


def test_the_page_is_what_the_files_say() -> None:
    asked = [sys.executable, "docs/generate_reports.py", "--check"]
    checked = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_each_column_of_a_report_is_explained(report: Report) -> None:
    assert report.name in EXAMPLES, HINT
    told = explanations(report, VIEWS)
    assert [name for name in EXAMPLES[report.name]["columns"] if not told.get(name)] == [], (
        "say what they mean in the report's file: -- > name: what it says"
    )


def test_no_example_is_of_a_report_that_is_gone() -> None:
    assert EXAMPLES.keys() <= {report.name for report in REPORTS}, HINT


def test_a_report_that_explains_nothing_is_found() -> None:
    (keywords,) = (report for report in REPORTS if report.name == "keywords")
    bare = Report("keywords", keywords.title, (), "SELECT won FROM keyword_performance AS k")
    assert "won" not in explanations(bare, VIEWS)
    assert explanations(bare, VIEWS)["keyword"] == VIEWS["keyword_performance"]["keyword"]


def test_a_view_that_is_named_by_a_choice_explains_its_columns() -> None:
    (sample,) = (report for report in REPORTS if report.name == "restated")
    text = "SELECT day FROM funnel_by_{mode:Identifier} AS f -- FROM deals\n"
    parameter = type(sample.parameters[0])("mode", "Identifier", "", "period", ("period", "cohort"))
    told = explanations(Report("x", "?", (parameter,), text), VIEWS)
    assert told["day"] == VIEWS["funnel_by_period"]["day"]
    assert "account_by" not in told
