"""A workbook is read as the CSV that one would have saved of it, and exactly."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from producers.cells.headers import column_key
from producers.cells.ids import id_of
from producers.cells.number_evidence import number_style_of
from producers.cells.numbers import number_of
from producers.cells.tabular import read_table
from producers.outcomes.left_out import CellError, NotUnderstoodError

HEADER = ["Lead ID", "Amount", "Created"]
KNOWN = frozenset(map(column_key, HEADER))


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], skipped: int = 0) -> bytes:
    """Return a workbook with these sheets; `skipped` rows above the first are empty."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at + skipped, 0, row)
    return data.getvalue()


def cells(*row: Any) -> tuple[str, ...]:
    """Return one row's cells as they are read."""
    return read_table(workbook({"One": [row]})).rows[0].cells


def test_rows_keep_their_lines_and_dates_their_moments() -> None:
    data = workbook({"Leads": [HEADER, ["L-1", 1250.5, datetime(2026, 11, 9, 15, 22, 10)]]}, skipped=2)
    table = read_table(data, known=KNOWN)

    assert [(row.line, row.cells) for row in table.rows] == [
        (3, ("Lead ID", "Amount", "Created")),
        (4, ("L-1", "1250.5", "2026-11-09 15:22:10")),
    ]
    assert table.encoding == "workbook, sheet “Leads”"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (112233445566, "112233445566"),
        (7.0, "7"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-12.25, "-12.25"),
        (True, "TRUE"),
        (date(2026, 11, 9), "2026-11-09"),
        (datetime(2026, 11, 9, 23, 59, 59), "2026-11-09 23:59:59"),
        ("=1+1 is text", "=1+1 is text"),
        ("00420", "00420"),
    ],
)
def test_typed_cells_become_exact_texts(value: Any, text: str) -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(
        data, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        book.add_worksheet().write_row(0, 0, ["x", value])

    assert read_table(data.getvalue()).rows[0].cells == ("x", text)


def test_a_number_cell_that_lost_digits_is_no_id() -> None:
    with pytest.raises(CellError, match="rounded"):
        id_of(cells("x", 112233445566778899)[1])


def test_three_decimals_of_a_number_cell_are_no_thousands_and_a_text_beside_them_tells_for_itself() -> None:
    typed = cells("x", 5.125, "3.000")
    style = number_style_of(typed[1:])

    assert str(number_of(typed[1], style)) == "5.1250"
    with pytest.raises(CellError, match="thousands"):
        number_of(typed[2], style)


def test_the_first_sheet_with_a_known_header_is_read_and_the_others_are_named() -> None:
    sheets = {"Cover": [["Report"], ["of"]], "Leads": [["x"], HEADER, ["L-1", 1, ""]], "Old": [HEADER]}
    table = read_table(workbook(sheets), known=KNOWN)

    assert table.rows[1].cells == tuple(HEADER)
    assert table.notes == ("the sheet “Leads” is read; sheets that are not: “Cover”, “Old”",)
    assert read_table(workbook(sheets), sheet="Cover").rows[0].cells == ("Report",)


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NotUnderstoodError, match="one of “One” with --sheet"):
        read_table(workbook({"One": [["a"]]}), sheet="Two")
    with pytest.raises(NotUnderstoodError, match="no workbook"):
        read_table(b"a,b\n1,2\n", sheet="Two")


def test_an_empty_workbook_and_other_archives_are_refused() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("report.csv", "a,b")

    with pytest.raises(NotUnderstoodError, match="empty"):
        read_table(workbook({"One": []}))
    with pytest.raises(NotUnderstoodError, match="no Excel workbook"):
        read_table(other.getvalue())
