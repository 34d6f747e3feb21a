"""Answers as files: the same that `leadtrace report` writes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from answers.answer import Answer
from answers.forms import as_json, as_workbook
from answers.tables import csv_table
from cockpit.asking import Ask
from sinks.report_files import list_reports
from sinks.report_values import find


def as_csv(answer: Answer) -> bytes:
    """CSV that begins with a BOM, whose cells no spreadsheet takes for formulas; times are UTC."""
    return csv_table(answer.result.columns, answer.result.rows).encode("utf-8-sig", "surrogateescape")


def as_json_bytes(answer: Answer) -> bytes:
    """The rows as an array of objects; times are UTC."""
    return as_json(answer).encode("utf-8", "replace")


_FORMS: Final[Mapping[str, tuple[str, Callable[[Answer], bytes]]]] = {
    "csv": ("text/csv", as_csv),
    "json": ("application/json", as_json_bytes),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_workbook),
}


async def file(ask: Ask, name: str, form: str, parameters: Mapping[str, str], timezone: str) -> web.Response:
    """An answer as a file to keep. Raises ReportError and ClickHouseError."""
    report = find(list_reports(), name)
    answer = Answer(report, await ask.result(name, parameters), timezone)
    kind, write = _FORMS[form]
    body = await asyncio.get_running_loop().run_in_executor(None, write, answer)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type=kind, headers=headers)
