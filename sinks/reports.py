"""Runs reports: questions in SQL, whose parameters are bound on the server."""

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from attribution.what_if import WhatIfError
from sinks import what_if
from sinks.clickhouse import ClickHouse, UnknownRefusalError
from sinks.headings import heading
from sinks.report_files import Report, list_reports
from sinks.report_source import LIVE, Source
from sinks.report_values import ReportError, check, find
from sinks.view_texts import PLACEHOLDER, as_known

__all__ = ["ReportError", "Result", "list_reports", "named", "run", "run_report"]

_NAMED: Final = re.compile(r"\{(\w+):Identifier\}")
# A view refuses what makes no sense by throwIf, with a sentence.
_THROWN: Final = 395
_SENTENCE: Final = re.compile(r"refuses \(code \d+\): (.*?)(?:: [Ww]hile |: In scope |$)")


@dataclass(frozen=True, slots=True)
class Result:
    """The answer: names of the columns, headings for people, the rows, and what each parameter was."""

    columns: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    values: tuple[tuple[str, str], ...] = ()


def run_report(client: ClickHouse, name: str, parameters: Mapping[str, str]) -> Result:
    """Run a report. Raises ReportError for what was asked wrongly, and ClickHouseError."""
    return run(client, find(list_reports(), name), parameters)


def run(
    client: ClickHouse,
    report: Report,
    parameters: Mapping[str, str],
    today: date | None = None,
    source: Source = LIVE,
) -> Result:
    """Run a report that was read. Raises as run_report does."""
    values = check(report, parameters, today)
    with _refusals():
        answer = client.query(source.placed(named(report, values)), values)
        columns, rows = answer.columns, answer.rows
        if report.name == what_if.NAME:
            columns, rows = what_if.COLUMNS, what_if.reckoned(columns, rows)
    return Result(columns, tuple(map(heading, columns)), rows, tuple(values.items()))


def rows_of(
    client: ClickHouse,
    report: Report,
    parameters: Mapping[str, str],
    today: date | None = None,
    source: Source = LIVE,
) -> tuple[tuple[str, ...], Generator[tuple[Any, ...], None, None]]:
    """The columns of an answer, and its rows as they come. Raises as run_report does."""
    if report.name == what_if.NAME:
        result = run(client, report, parameters, today, source)
        return result.columns, (row for row in result.rows)
    values = check(report, parameters, today)
    with _refusals():
        return client.table(source.placed(named(report, values)), values)


@contextmanager
def _refusals() -> Iterator[None]:
    """What a view or a sum refuses is a wrong question. Raises ReportError."""
    try:
        yield
    except WhatIfError as error:
        raise ReportError(str(error)) from error
    except UnknownRefusalError as error:
        told = _SENTENCE.search(str(error)) if error.code == _THROWN else None
        if told is None:
            raise
        raise ReportError(told[1]) from error


def named(report: Report, values: Mapping[str, str]) -> str:
    """The text of a report with the names in it: {name:Identifier} is one of the choices of a parameter.

    {{name}} is the view of this name, as known now, or at as_of if that was given.
    """
    fixed = {parameter.name: values[parameter.name] for parameter in report.parameters if parameter.choices}
    then = bool(values.get("as_of"))
    text = _NAMED.sub(lambda found: fixed[found.group(1)], report.text)
    return PLACEHOLDER.sub(lambda found: as_known(found.group(1), found.group(2), then), text)
