"""A header that looks right is right, and an id is whole or refused."""

import pytest

from producers.cells.headers import column_key
from producers.cells.ids import id_of
from producers.outcomes.left_out import CellError


@pytest.mark.parametrize(
    "header",
    [
        "Email Address", "email_address", "*Email Address", "Email Address *", "Email\u00a0Address",
        "\u200bEmail Address\u200e",
        "Ｅｍａｉｌ　Ａｄｄｒｅｓｓ", "Email Address（必填）", "Email Address (required)",
        "【必填】Email Address",
        "Email\nAddress",
        "Email Address\n(at work)", "\ufeff\ufeffEmail Address", "Email\u00adAddress",
    ],
)  # fmt: skip
def test_marks_and_invisible_characters_of_a_header_do_not_count(header: str) -> None:
    assert column_key(header) == "emailaddress"


def test_what_is_another_name_stays_another() -> None:
    assert column_key("E\u2011mail") == column_key("E-mail") == "e-mail"
    assert column_key("Amount (expected)") != column_key("Amount (won)")
    assert column_key("*") == "*"


@pytest.mark.parametrize(
    ("cell", "whole"),
    [
        ("112233445566.0", "112233445566"),
        ("112233445566.000", "112233445566"),
        ("112,233,445,566", "112233445566"),
        ("\u200b112233445566 ", "112233445566"),
        ("0015g00000XyZ12", "0015g00000XyZ12"),
        ("V1.0", "V1.0"),
        ("12e4", "12e4"),
        ("1,234", "1,234"),
    ],
)
def test_an_id_that_a_spreadsheet_dressed_up_is_still_whole(cell: str, whole: str) -> None:
    assert id_of(cell) == whole


@pytest.mark.parametrize("cell", ["1.12233E+11", "1,12233E+11", "8.61381e+12", "1E+11", "1.12233E11"])
def test_an_id_that_lost_its_digits_is_refused(cell: str) -> None:
    with pytest.raises(CellError, match="rounded"):
        id_of(cell)
