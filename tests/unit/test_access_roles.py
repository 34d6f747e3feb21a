"""Which pages and reports are about people is known of each, so that no new one is open by mistake."""

import re
from pathlib import Path

from cockpit.access.roles import ABOUT_PEOPLE
from cockpit.menu import PAGES
from cockpit.server import role_of
from sinks.report_files import list_reports

DOCUMENT = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
OF_SOMEBODY = {"person", "identifier", "identifiers", "lead"}
PARTS = {"lead", "person", "account", "deal", "identifier"}


def columns_of(name: str) -> set[str]:
    _, _, rest = DOCUMENT.partition(f"\n## {name}\n")
    return set(re.findall(r"^\| `(\w+)` \|", rest.partition("\n## ")[0], re.MULTILINE))


def test_reports_whose_rows_are_people_or_that_ask_for_one_need_an_analyst() -> None:
    reports = list_reports()
    assert all(columns_of(report.name) for report in reports)
    found = {
        report.name
        for report in reports
        if "person" in columns_of(report.name)
        or any(each.name in OF_SOMEBODY and each.default is None for each in report.parameters)
    }
    assert found == ABOUT_PEOPLE, "cockpit/access/roles.py says which these are"


def test_pages_of_single_people_say_so() -> None:
    of_people = [page for page in PAGES if PARTS & set(re.findall(r"\{(\w+)", page.path))]
    assert [page.path for page in of_people if not page.about_people] == []


def test_a_viewer_sees_the_numbers_and_no_list_of_people() -> None:
    seen = {page.path: role_of(page) for page in PAGES}
    assert seen["/"] == seen["/funnel"] == seen["/reports"] == seen["/health"] == "viewer"
    assert seen["/funnel/{step:[a-z_]+}"] == "analyst"
