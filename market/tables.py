"""Rows as the bytes of a CSV file, and numbers as consoles print them."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter


def csv_bytes(
    rows: Iterable[Sequence[object]],
    encoding: str,
    before: Sequence[str] = (),
    line_end: str = "\r\n",
    separator: str = ",",
) -> bytes:
    """Return rows as CSV in an encoding, with lines of plain text before them."""
    text = io.StringIO(newline="")
    text.writelines(f"{line}{line_end}" for line in before)
    csv.writer(text, lineterminator=line_end, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def workbook_bytes(rows: Iterable[Sequence[str | float]]) -> bytes:
    """Return rows as a workbook of one sheet, numbers as numbers."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        # The same rows are the same bytes.
        book.set_properties({"created": datetime(2025, 1, 1)})
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
    return data.getvalue()


def money(fen: int) -> str:
    """Print fen as yuan, with thousands separators."""
    return f"{fen / 100:,.2f}"


def european(amount: str) -> str:
    """Print an amount as it is written in much of Europe: 1.234,56."""
    return amount.translate(str.maketrans(",.", ".,"))


def count(number: int) -> str:
    """Print a count, with thousands separators."""
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    """Print a click rate in per cent."""
    return f"{100 * part / whole if whole else 0:.2f}%"


def price(cost: int, clicks: int) -> str:
    """Print the average price of a click."""
    return money(round(cost / clicks) if clicks else 0)
