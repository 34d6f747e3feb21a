"""Rows as an Excel workbook: numbers and dates as such, texts that no spreadsheet runs."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import xlsxwriter

from answers.tables import Rows, plain

ENDING: Final = ".xlsx"
_LONGEST_CELL: Final = 32_767
_MOST_ROWS: Final = 1_048_575  # below the header
_WHOLE_UNTIL: Final = 10**15  # beyond it Excel would round
_WIDEST: Final = 60
# Texts stay texts, whatever they begin with: neither formulas, nor links, nor numbers are made of them.
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class TooManyRowsError(ValueError):
    """More rows than a sheet holds; the text is a sentence."""


def workbook(columns: Sequence[str], rows: Rows, timezone: str = "UTC", about: Rows = ()) -> bytes:
    """Return a workbook with the rows below a header; times are in `timezone`. Raises TooManyRowsError.

    `about` are rows of a second sheet, which tells of the first.
    """
    if len(rows) > _MOST_ROWS:
        raise TooManyRowsError(
            f"a sheet holds {_MOST_ROWS:,} rows, and these are {len(rows):,}: take CSV instead"
        )
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, _OPTIONS) as book:
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, bold)
        for at, name in enumerate(columns):
            widths = [len(name), *(len(str(row[at])) for row in rows[:200])]
            sheet.set_column(at, at, min(_WIDEST, max(widths) + 2))
        for line, row in enumerate(rows, start=1):
            for at, value in enumerate(row):
                _write(sheet, line, at, value, moment, day, timezone)
        if about:
            told = book.add_worksheet("About")
            told.set_column(0, 0, 20)
            told.set_column(1, 1, 2 * _WIDEST)
            for line, row in enumerate(about):
                for at, value in enumerate(row):
                    _write(told, line, at, value, moment, day, timezone)
    return data.getvalue()


def _write(sheet: Any, line: int, at: int, value: Any, moment: Any, day: Any, timezone: str) -> None:
    match value:
        case None | "":
            pass
        case bool():
            sheet.write_boolean(line, at, value)
        case datetime():
            local = value.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
            sheet.write_datetime(line, at, local, moment)
        case date():
            sheet.write_datetime(line, at, value, day)
        case int() | float() | Decimal() if abs(float(value)) < _WHOLE_UNTIL:
            sheet.write_number(line, at, float(value))
        case _:
            sheet.write_string(line, at, str(plain(value))[:_LONGEST_CELL])
