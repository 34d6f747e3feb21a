"""Texts that people pasted hold characters that nobody sees: they must not make two of one."""

import pytest

from producers.cells.invisible import visible
from producers.cells.tabular import clean

UNSEEN = ("\u00ad", "\u200b", "\u200e", "\u202a", "\u202c", "\u2060", "\u2066", "\u2069", "\ufeff")


@pytest.mark.parametrize("mark", UNSEEN, ids=ascii)
def test_what_has_no_shape_goes_wherever_it_stands(mark: str) -> None:
    assert visible(f"{mark}线{mark}索ID{mark}") == "线索ID"
    assert clean(f"{mark} a{mark}b {mark}") == "ab"


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u202f", "\u3000"], ids=ascii)
def test_every_blank_is_a_plain_one(blank: str) -> None:
    assert visible(f"1{blank}234") == "1 234"


def test_letters_and_marks_of_all_scripts_stay() -> None:
    for text in ("Müller & Söhne", "株式会社データ", "데이터", "ёж", "a\tb", "😀"):
        assert visible(text) == text
