"""Rows for people, for spreadsheets and for programs."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from rich.cells import cell_len

from answers.markdown import markdown_table
from answers.tables import csv_table, duration, json_table, text_table

AT = datetime(2026, 3, 2, 16, 30, 0, 250_000, tzinfo=UTC)


def test_columns_are_aligned_though_chinese_characters_are_two_wide() -> None:
    table = text_table(("Keyword", "Leads"), [("元数据管理", 17), ("metadata", 1234)], "Asia/Shanghai")
    lines = table.splitlines()
    assert lines[0] == "Keyword     Leads"
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
    assert lines[3].endswith("1,234")


def test_times_are_local_and_long_texts_are_cut() -> None:
    row = text_table(("at", "text"), [(AT, "数" * 40)], "Asia/Shanghai", widest=20).splitlines()[2]
    assert row.startswith("2026-03-03 00:30")
    assert row.endswith("…")
    assert cell_len(row) <= len("2026-03-03 00:30  ") + 20


def test_what_is_not_known_is_a_dash() -> None:
    assert text_table(("CAC",), [(None,), (2.5,)], "UTC").splitlines()[2:] == ["   –", "2.50"]


def test_a_small_rate_is_not_nothing() -> None:
    lines = text_table(("Rate",), [(0.00012,), (-0.0034,), (0.0,), (0.5,)], "UTC").splitlines()
    assert [line.strip() for line in lines[2:]] == ["0.00012", "-0.0034", "0.00", "0.50"]


def test_a_line_break_in_a_cell_does_not_break_the_table() -> None:
    assert len(text_table(("a", "b"), [("one\ntwo", 1)], "UTC").splitlines()) == 3


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", '"=1', " =1", "＝1+1", "-", "=HYPERLINK(1)"]
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    cell = next(csv.reader(io.StringIO(csv_table(("x",), [(text,)])[3:], newline="")))[0]
    assert cell == f"'{text}"


@pytest.mark.parametrize("value", [-5, -2.5, Decimal("-1.20"), "-3.5", "a=b", "元数据", "1+1"])
def test_numbers_and_plain_texts_stay_as_they_are(value: object) -> None:
    cell = csv_table(("x",), [(value,)]).splitlines()[1]
    assert not cell.startswith("'")
    if not isinstance(value, str):
        assert float(cell) == float(value)  # type: ignore[arg-type]  # a stand-in


def test_csv_and_json_hold_utc_times_and_plain_numbers() -> None:
    columns, rows = ("at", "day", "money", "none"), [(AT, date(2026, 3, 2), Decimal("12.50"), None)]
    assert csv_table(columns, rows) == ("at,day,money,none\r\n2026-03-02T16:30:00.250Z,2026-03-02,12.5,\r\n")
    [row] = json.loads(json_table(columns, rows))
    assert row["day"] == "2026-03-02"
    assert row["money"] == 12.5
    assert row["none"] is None
    assert datetime.fromisoformat(row["at"]) == AT


@pytest.mark.parametrize(("millis", "text"), [(0, "0:00"), (96_000, "1:36"), (3_723_400, "1:02:03")])
def test_durations_read_like_a_clock(millis: int, text: str) -> None:
    assert duration(millis) == text


def test_a_column_in_which_all_are_whole_is_one_of_counts_and_money_is_none() -> None:
    share = Decimal("1.000000000000000")
    rows = [(4.0, share, 0.5, Decimal("7.00"), None), (0.0, 2 * share, 1.0, Decimal("2.000000"), 1200.0)]
    columns = ("Leads", "Won", "Rate", "Cost", "Expected")
    *_, one, other = text_table(columns, rows, "UTC").splitlines()
    assert one.split() == ["4", "1", "0.50", "7.00", "–"]
    assert other.split() == ["0", "2", "1.00", "2.00", "1,200"]
    assert markdown_table(columns, rows, "UTC").splitlines()[2] == "| 4 | 1 | 0.50 | 7.00 | – |"


def test_a_small_number_keeps_the_digits_that_tell_it_from_nothing() -> None:
    rows = [(0.00042,), (0.0276123,), (Decimal("0.050000"),), (-0.004,), (0.0,), (0.104,)]
    shown = text_table(("Rate",), rows, "UTC").splitlines()[2:]
    assert [line.strip() for line in shown] == ["0.00042", "0.0276", "0.05", "-0.004", "0.00", "0.10"]
