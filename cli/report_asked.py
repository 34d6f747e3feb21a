"""What was asked on the command line of `leadtrace report`, in the words of reports."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import click

from cli.report_options import told
from sinks.periods import EXAMPLES, days_of
from sinks.report_files import Report, list_reports
from sinks.report_values import ReportError


def asked(options: Mapping[str, Any], today: date) -> dict[str, str]:
    """The parameters that were given, whichever way. Raises ReportError and UsageError."""
    given = dict(map(parameter, options["named"])) | told(options)
    during = options["during"]
    if during is not None:
        if options["first"] or options["last"]:
            raise click.UsageError("--during says the first and the last day: leave out --from and --to")
        try:
            given["from"], given["to"] = (f"{day:%Y-%m-%d}" for day in days_of(during, today))
        except ValueError:
            raise ReportError(f"--during must be {EXAMPLES}, not '{during[:60]}'") from None
    times = {"from": options["first"], "to": options["last"], "as_of": options["as_of"]}
    return given | {name: value for name, value in times.items() if value is not None}


def check_known_then(report: Report, parameters: Mapping[str, str]) -> None:
    """Raise ReportError if a report is asked as of a time, and can't tell what was known then."""
    if "as_of" in parameters and not _knows_then(report):
        able = ", ".join(each.name for each in list_reports() if _knows_then(each))
        raise ReportError(
            f"the report '{report.name}' shows what is known now; of what was known then tell {able}"
        )


def parameter(text: str) -> tuple[str, str]:
    """`limit=10` as name and value. Raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"--param is NAME=VALUE, for example --param limit=10, not {text!r}")
    return name.strip(), value


def _knows_then(report: Report) -> bool:
    return any(each.name == "as_of" for each in report.parameters)
