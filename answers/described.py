"""What a report can be asked, for programs."""

from typing import Any

from sinks.report_files import Parameter, Report


def described(report: Report) -> dict[str, Any]:
    """A report with its question and its parameters."""
    return {
        "name": report.name,
        "title": report.title,
        "notes": " ".join(report.notes),
        "parameters": [_parameter(each) for each in report.parameters],
    }


def _parameter(each: Parameter) -> dict[str, Any]:
    told = {"name": each.name, "type": each.kind, "default": each.default, "choices": list(each.choices)}
    bounds = {} if each.least is None else {"least": each.least, "most": each.most}
    return told | {"help": each.help} | bounds
