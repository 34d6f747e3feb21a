"""All reports as a set of pages with an index."""

from collections.abc import Mapping, Sequence

from answers.answer import Answers
from cli.report_page import index, page
from sinks.report_files import Report
from sinks.report_values import ReportError, meant

# Who doesn't know days is shown as of all days; who doesn't know a filter would show what was not asked.
_DAYS = ("from", "to")


def all_pages(reports: Sequence[Report], parameters: Mapping[str, str], answers: Answers) -> dict[str, bytes]:
    """Files by name: a page for each report that can be asked with these parameters, and index.html.

    What can't be asked is named in the index, with the reason. Raises ReportError and ClickHouseError.
    """
    known = {each.name for report in reports for each in report.parameters}
    for name in parameters:
        if name not in known:
            raise ReportError(f"no report has a parameter '{name}'{meant(name, known)}")
    files: dict[str, bytes] = {}
    pages: list[tuple[str, str, int]] = []
    left_out: list[tuple[str, str]] = []
    stands_on = ""
    for report in reports:
        why = _why_not(report, parameters)
        if why:
            left_out.append((report.name, why))
            continue
        own = {each.name for each in report.parameters}
        given = {name: value for name, value in parameters.items() if name in own}
        made = answers.of(report, given, with_trust=True)
        files[f"{report.name}.html"] = page(made, is_linked=True)
        pages.append((report.name, report.title, len(made.result.rows)))
        stands_on = made.stands_on
    return files | {"index.html": index(pages, left_out, stands_on)}


def _why_not(report: Report, parameters: Mapping[str, str]) -> str:
    """Why a report can't be asked with these parameters; empty if it can."""
    own = {each.name: each for each in report.parameters}
    for name in parameters:
        if name not in own and name not in _DAYS:
            return f"it has no parameter '{name}'"
    for name, each in own.items():
        if each.default is None and name not in parameters:
            return f"it needs the parameter '{name}': {each.help}"
    return ""
