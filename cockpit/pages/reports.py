"""Every report as a page: its parameters as a form, its pictures and its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from answers.charts import figures
from answers.words import marked
from cockpit.asked import COMMON, Asked
from cockpit.asking import Ask
from cockpit.shown import Page, Shown
from cockpit.tables import table_of
from sinks.explained import explanations, view_columns
from sinks.report_files import Parameter, Report, list_reports
from sinks.report_values import FIRST_DAY, LAST_DAY, ReportError, find
from sinks.reports import Result
from sinks.view_texts import views

MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter in a form: choices if there are any, and what it is now."""

    name: str
    help: str
    value: str
    choices: tuple[str, ...]
    kind: str
    is_needed: bool


async def every_report(ask: Ask, asked: Asked) -> Shown:  # noqa: ARG001 - as all pages
    """All questions that can be asked."""
    return Shown("reports", {"reports": [(each.name, each.title) for each in list_reports()]})


async def one_report(ask: Ask, asked: Asked) -> Shown:
    """One report: what can be asked, and the answer if nothing that it needs is missing."""
    report = find(list_reports(), asked.parts["name"])
    given = parameters_of(report, asked)
    needed = [each for each in report.parameters if each.default is None and each.name not in given]
    result = None if needed else await ask.result(report.name, given)
    values = {
        "report": report,
        "fields": fields(report, given),
        "given": given,
        "is_asked": result is not None,
        "table": table_of(result, MOST_ROWS) if result else None,
        "figures": figures(report.charts, result, asked.timezone) if result else [],
        "explained": _explained(report, result, asked.timezone) if result else [],
        "takes_days": {"from", "to"} <= {each.name for each in report.parameters},
    }
    return Shown("report", values, report.title)


def parameters_of(report: Report, asked: Asked) -> dict[str, str]:
    """What an address says to the parameters of a report. Raises ReportError for what it doesn't know."""
    known = {each.name for each in report.parameters}
    given = {name: value for name, value in asked.values.items() if name in known and value}
    if "during" in asked.values and {"from", "to"} <= known:
        given |= asked.days.parameters
    for name in asked.values:
        if name not in known and name not in COMMON:
            raise ReportError(
                f"the report '{report.name}' has no parameter '{name[:60]}'; it has {', '.join(known)}"
            )
    return given


def fields(report: Report, given: Mapping[str, str]) -> list[Field]:
    """The parameters as a form shows them."""
    return [_field(each, given.get(each.name, "")) for each in report.parameters]


def _field(parameter: Parameter, value: str) -> Field:
    shown = value or parameter.default or ""
    if parameter.name in ("from", "to") and shown in (FIRST_DAY, LAST_DAY):
        shown = ""
    kind = "number" if parameter.kind.startswith(("UInt", "Int")) else "text"
    return Field(parameter.name, parameter.help, shown, parameter.choices, kind, parameter.default is None)


def _explained(report: Report, result: Result, timezone: str) -> list[tuple[str, str]]:
    told = explanations(report, _columns(timezone))
    names: Sequence[tuple[str, str]] = list(zip(result.columns, result.headings, strict=True))
    return [(heading, told[name]) for name, heading in names if name in told]


@cache
def _columns(timezone: str) -> Any:
    return view_columns(views(timezone))


# Takes whatever a report takes.
EVERYTHING: Final = Page("/reports/{name:[a-z_]+}", one_report, of="/reports", takes=("*",), filters=())
PAGES: Final = (Page("/reports", every_report, marked("All reports"), filters=()), EVERYTHING)
