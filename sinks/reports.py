"""Reports: questions in SQL with typed parameters, and the words that stand above their columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import Any, Final

from sinks.clickhouse import ClickHouse

_PARAMETER: Final = re.compile(r"^-- (\w+)(?: = ([^:]*))?: (.*)$")
_TYPED: Final = re.compile(r"\{(\w+):(\w+)\}")
_NAMED: Final = re.compile(r"\{(\w+):Identifier\}")

# In code the stage is always `sales_qualified`; only people read "SQL".
HEADINGS: Final = {
    "mqls": "MQL",
    "mql_first": "MQL (first)",
    "mql_last": "MQL (last)",
    "sales_qualified": "SQL",
    "sales_qualified_first": "SQL (first)",
    "sales_qualified_last": "SQL (last)",
    "pocs": "POC",
    "pocs_first": "POC (first)",
    "pocs_last": "POC (last)",
    "cac": "CAC",
    "cac_first": "CAC (first)",
    "cac_last": "CAC (last)",
    "roi": "ROI",
    "roi_first": "ROI (first)",
    "roi_last": "ROI (last)",
    "leads_first": "Leads (first)",
    "leads_last": "Leads (last)",
    "opportunities_first": "Opportunities (first)",
    "won_first": "Won (first)",
    "revenue_first": "Revenue (first)",
    "p90_days": "90 % within days",
    "crm": "CRM",
    "raw": "In words of the system",
    "is_regression": "Backwards",
    "landing_url": "Landing page",
}


class ReportError(ValueError):
    """There is no such report, or a parameter of it is wrong; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a report wants to know: `default` None: it must be given; `choices` empty: any value."""

    name: str
    kind: str
    help: str
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One question, with the SQL that answers it."""

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """The answer: names of the columns, the headings for people, and the rows."""

    columns: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def list_reports() -> list[Report]:
    """Read all reports, by name."""
    folder = resources.files("sinks.sql").joinpath("reports")
    files = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(
        (parse(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files),
        key=lambda report: report.name,
    )


def run_report(client: ClickHouse, name: str, parameters: Mapping[str, str]) -> Result:
    """Run a report. Raises ReportError for what was asked wrongly, and ClickHouseError."""
    reports = {report.name: report for report in list_reports()}
    if name not in reports:
        raise ReportError(f"there is no report '{name}'; the reports are {', '.join(reports)}")
    report = reports[name]
    values = check(report, parameters)
    answer = client.query(named(report, values), values)
    return Result(answer.columns, tuple(map(heading, answer.columns)), answer.rows)


def parse(name: str, text: str) -> Report:
    """Read a report's file: the question in its first line, then a line for each parameter."""
    first, _, rest = text.partition("\n")
    kinds = dict(_TYPED.findall(rest))
    parameters = []
    for line in rest.splitlines():
        found = _PARAMETER.match(line)
        if not found:
            break
        default = found.group(2)
        choices = tuple(part.strip() for part in (default or "").split("|")) if "|" in (default or "") else ()
        parameters.append(
            Parameter(
                name=found.group(1),
                kind=kinds[found.group(1)],
                help=found.group(3),
                default=choices[0] if choices else default,
                choices=choices,
            )
        )
    return Report(name, first.removeprefix("-- "), tuple(parameters), text)


def check(report: Report, given: Mapping[str, str]) -> dict[str, str]:
    """Return a value for each parameter of a report; ReportError if one is missing, unknown or wrong."""
    known = {parameter.name: parameter for parameter in report.parameters}
    for name in given:
        if name not in known:
            raise ReportError(
                f"the report '{report.name}' has no parameter '{name}'; it has {', '.join(known) or 'none'}"
            )
    values = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if value is None:
            raise ReportError(f"the report '{report.name}' needs the parameter '{name}': {parameter.help}")
        problem = _problem(parameter, value)
        if problem:
            raise ReportError(f"the parameter '{name}' must be {problem}, not '{value}'")
        values[name] = value
    return values


def named(report: Report, values: Mapping[str, str]) -> str:
    """The text of a report that asks a view by a part of its name, {name:Identifier}: one of its choices."""
    fixed = {parameter.name: values[parameter.name] for parameter in report.parameters if parameter.choices}
    return _NAMED.sub(lambda found: fixed[found.group(1)], report.text)


def heading(column: str) -> str:
    """Return what stands above a column: 'MQL' for mqls, 'First channel' for first_channel."""
    return HEADINGS.get(column, column.replace("_", " ").capitalize())


def _problem(parameter: Parameter, value: str) -> str:
    """Say what a value should have been; nothing if it is right."""
    if parameter.choices:
        return "" if value in parameter.choices else " or ".join(parameter.choices)
    try:
        match parameter.kind:
            case "Date":
                date.fromisoformat(value)
            case "UInt32":
                return "" if value.isdecimal() and int(value) < 1 << 32 else "a number"
            case _ if parameter.name == "as_of":
                datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return "a day like 2026-10-05" if parameter.kind == "Date" else "a time like 2026-10-05 09:00:00"
    return ""
