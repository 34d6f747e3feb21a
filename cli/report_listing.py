"""The list of all reports, for people."""

from collections.abc import Sequence

from cli.report_options import option_of
from sinks.report_files import Parameter, Report


def listed(reports: Sequence[Report]) -> str:
    """All reports with their questions, for people."""
    width = max(len(report.name) for report in reports)
    lines = [f"{report.name:<{width}}  {report.title}" for report in reports]
    return "\n".join([*lines, "", "leadtrace report NAME --help says what it can be asked."])


def option(wanted: Parameter) -> str:
    """How a parameter is given on the command line, with its default."""
    value = "|".join(wanted.choices) or ("…" if wanted.default in (None, "") else wanted.default)
    return f"{option_of(wanted.name)} {value}"
