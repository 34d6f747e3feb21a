"""What may be asked of a report beside its parameters: a period in one word, and only what it can tell."""

from collections.abc import Mapping
from datetime import date

from sinks.periods import EXAMPLES, days_of
from sinks.report_files import Report, list_reports
from sinks.report_values import ReportError


def days_during(period: str, today: date, called: str = "--during") -> dict[str, str]:
    """The first and the last day of a period, as the parameters `from` and `to`. Raises ReportError."""
    try:
        first, last = days_of(period, today)
    except ValueError:
        raise ReportError(f"{called} must be {EXAMPLES}, not '{period[:60]}'") from None
    return {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}


def check_known_then(report: Report, parameters: Mapping[str, str]) -> None:
    """Raise ReportError if a report is asked as of a time, and can't tell what was known then."""
    if "as_of" in parameters and not _knows_then(report):
        able = ", ".join(each.name for each in list_reports() if _knows_then(each))
        raise ReportError(
            f"the report '{report.name}' shows what is known now; of what was known then tell {able}"
        )


def _knows_then(report: Report) -> bool:
    return any(each.name == "as_of" for each in report.parameters)
