"""The list of all reports, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from cli.report_options import option_of
from sinks.report_files import Parameter, Report


def listed(reports: Sequence[Report]) -> str:
    """All reports with their parameters, for people."""
    lines = ["Reports:"]
    for report in reports:
        lines += ["", f"  leadtrace report {report.name}", f"      {report.title}"]
        lines += [f"      {option(each):<34} {each.help}" for each in report.parameters]
    return "\n".join(lines)


def option(wanted: Parameter) -> str:
    """How a parameter is given on the command line, with its default."""
    value = "|".join(wanted.choices) or ("…" if wanted.default in (None, "") else wanted.default)
    return f"{option_of(wanted.name)} {value}"


def described(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """All reports with their parameters, for programs."""
    return [
        {
            "name": report.name,
            "title": report.title,
            "notes": " ".join(report.notes),
            "parameters": [
                {"name": each.name, "type": each.kind, "default": each.default, "choices": list(each.choices)}
                | {"help": each.help}
                for each in report.parameters
            ],
        }
        for report in reports
    ]
