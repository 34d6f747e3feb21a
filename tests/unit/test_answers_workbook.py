"""A workbook that is written holds numbers as numbers, dates as dates, and texts that nothing runs."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from answers.workbook import TooManyRowsError, workbook


def read(data: bytes) -> list[list[Any]]:
    """Return the typed cells of the only sheet."""
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_values_keep_their_types_and_times_are_local() -> None:
    at = datetime(2026, 11, 9, 16, 30, tzinfo=UTC)
    row = ("示例", 7, Decimal("12.50"), at, date(2026, 11, 9), True, None)

    assert read(workbook(("a", "b", "c", "d", "e", "f", "g"), [row], "Asia/Shanghai"))[1] == [
        "示例", 7.0, 12.5, datetime(2026, 11, 10, 0, 30), date(2026, 11, 9), True, "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "@SUM(A1)", "-2+3", "https://example.org/", "007", "1e5", "{=A1}"]
)
def test_texts_are_never_formulas_links_or_numbers(text: str) -> None:
    data = workbook(("x",), [(text,)])

    assert read(data)[1] == [text]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_numbers_that_excel_would_round_are_texts() -> None:
    assert read(workbook(("id",), [(112233445566778899,)]))[1] == ["112233445566778899"]


def test_more_rows_than_a_sheet_holds_are_refused() -> None:
    with pytest.raises(TooManyRowsError, match="take CSV instead"):
        workbook(("x",), [("y",)] * 1_048_576)
