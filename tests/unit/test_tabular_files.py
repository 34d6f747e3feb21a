"""Whatever a spreadsheet saves as CSV is read as rows with their lines, or refused with a sentence."""

import pytest

from producers.cells.tabular import CELL_LIMIT, NotUnderstoodError, Row, read_table

TEXT = "日期,关键词,消费\r\n2017-10-23,元数据管理,12.5\r\n"
CELLS = [("日期", "关键词", "消费"), ("2017-10-23", "元数据管理", "12.5")]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16-le"),
    ],
)
def test_encodings_are_told_apart(encoding: str, found: str) -> None:
    table = read_table(TEXT.encode(encoding))

    assert [row.cells for row in table.rows] == CELLS
    assert table.encoding == found


def test_utf16_without_a_mark_is_told_by_its_zero_bytes() -> None:
    table = read_table("Day\tCampaign\tCost\n2017-10-23\tBrand\t1\n".encode("utf-16-be"))

    assert (table.encoding, table.separator) == ("utf-16-be", "\t")
    assert table.rows[1].cells == ("2017-10-23", "Brand", "1")


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_separators_are_found(separator: str) -> None:
    table = read_table(separator.join("abc").encode() + b"\n" + separator.join("123").encode())

    assert table.separator == separator
    assert [row.cells for row in table.rows] == [("a", "b", "c"), ("1", "2", "3")]


def test_commas_inside_the_cells_of_a_tsv_do_not_make_it_a_csv() -> None:
    table = read_table(b"a\tb\tc\n1,5,7,9\tx\t2\n3\ty,z\t4\n5\tx\t7\n")

    assert [row.cells for row in table.rows][1:] == [
        ("1,5,7,9", "x", "2"),
        ("3", "y,z", "4"),
        ("5", "x", "7"),
    ]


def test_line_ends_may_be_mixed_and_lines_are_counted_as_an_editor_does() -> None:
    table = read_table(b'a,b\r\n1,"two\nlines"\r3,4\n\n5,6')

    assert table.rows == (
        Row(1, ("a", "b")),
        Row(2, ("1", "two\nlines")),
        Row(4, ("3", "4")),
        Row(6, ("5", "6")),
    )


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    rows = read_table(b'a,b\n1,"2\n3,4\n5,"6"\n').rows

    assert [row.cells for row in rows if not row.problem] == [("a", "b"), ("3", "4"), ("5", "6")]
    assert [(row.line, "never closed" in row.problem) for row in rows if row.problem] == [(2, True)]


def test_a_file_full_of_broken_quotes_is_refused_with_its_line() -> None:
    with pytest.raises(NotUnderstoodError, match="quotes") as caught:
        read_table(b"a,b\n" + b'1,"2\n' * 50)

    assert caught.value.line == 22


def test_a_huge_cell_costs_one_row() -> None:
    rows = read_table(b"a,b\n" + b"x" * (CELL_LIMIT + 1) + b",1\n2,3\n").rows

    assert [row.cells for row in rows if not row.problem] == [("a", "b"), ("2", "3")]
    assert "longer than" in rows[1].problem


def test_a_cell_with_a_zero_byte_costs_one_row() -> None:
    rows = read_table(b"a,b\n1,\x002\n3,4\n").rows

    assert [(row.line, bool(row.problem)) for row in rows] == [(1, False), (2, True), (3, False)]


def test_a_file_cut_off_inside_a_character_keeps_its_whole_rows() -> None:
    rows = read_table("日期,消费\n一,二\n三,四".encode()[:-1]).rows

    assert [row.cells for row in rows] == [("日期", "消费"), ("一", "二"), ("三", "")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b"PK\x03\x04....", "damaged Excel workbook"),
        (b"%PDF-1.7 ....", "a PDF"),
        (b"\xd0\xcf\x11\xe0....", "damaged, or locked with a password"),
        (bytes(range(32)) * 20, "isn't text"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(NotUnderstoodError) as caught:
        read_table(data)

    assert sentence in str(caught.value)


def test_the_line_of_the_first_wrong_byte_is_named() -> None:
    with pytest.raises(NotUnderstoodError, match="from byte 9 on") as caught:
        read_table("a,b\n1,2\n消费".encode("gbk"), encoding="utf-8")

    assert caught.value.line == 3


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotUnderstoodError, match="'klingon' is not the name of a text encoding"):
        read_table(b"a,b", encoding="klingon")


def test_a_spreadsheets_marks_for_text_are_taken_off() -> None:
    assert read_table(b'a,b,c\n="0012",\'+86,x \n').rows[1].cells == ("0012", "+86", "x")
