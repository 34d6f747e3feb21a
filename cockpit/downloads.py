"""Answers as files: the same that `leadtrace report` writes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from answers.answer import Answer
from answers.charts import figures
from answers.figures import Figure
from answers.forms import as_json, as_workbook
from answers.picture import PictureError, as_png, as_svg
from answers.tables import csv_table
from cockpit.asking import Ask
from cockpit.shown import NotThereError
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
_PICTURES: Final[Mapping[str, tuple[str, Callable[[Figure], bytes]]]] = {
    "png": ("image/png", as_png),
    "svg": ("image/svg+xml", as_svg),
}


async def picture(
    ask: Ask, name: str, number: int, form: str, parameters: Mapping[str, str], timezone: str
) -> web.Response:
    """A chart of an answer as a file to keep, the first is 1. Raises ReportError and ClickHouseError.

    Raises NotThereError as well, also where this machine has no font for its letters.
    """
    report = find(list_reports(), name)
    drawn = figures(report.charts, await ask.result(name, parameters), timezone)
    if number > len(drawn):
        raise NotThereError(f"this answer of the report '{name}' has {len(drawn)} charts")
    kind, draw = _PICTURES[form]
    try:
        body = await asyncio.get_running_loop().run_in_executor(None, draw, drawn[number - 1])
    except PictureError as error:
        raise NotThereError(str(error)) from error
    return _kept(body, kind, f"{name}-{number}.{form}")


async def file(ask: Ask, name: str, form: str, parameters: Mapping[str, str], timezone: str) -> web.Response:
    """An answer as a file to keep. Raises ReportError and ClickHouseError."""
    report = find(list_reports(), name)
    answer = Answer(report, await ask.result(name, parameters), timezone)
    kind, write = _FORMS[form]
    body = await asyncio.get_running_loop().run_in_executor(None, write, answer)
    return _kept(body, kind, f"{name}.{form}")


def _kept(body: bytes, kind: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type=kind, headers=headers)
