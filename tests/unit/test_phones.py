"""Phone numbers as people write them: found beside notes, apart by their extensions, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.privacy.phones import is_rounded, numbers_in


@pytest.mark.parametrize(
    "text",
    [
        "13812345678", "138-1234-5678（微信同号）", "王总 13812345678", "13812345678 张经理",
        "(手机)13812345678",
        "手机：13812345678", "tel13812345678", "tel:+86-138-1234-5678", "p:+8613812345678",
        "13812345678，微信同",
        "１３８１２３４５６７８", "138\u200b1234\u200b5678", "\u202a+86 138 1234 5678\u202c",
        "+86 (0)138 1234 5678",
        "0086 13812345678", "0086-138-1234-5678", "(0086)13812345678", "13,812,345,678",
        "8613812345678", "86-138 1234 5678", "'13812345678", "=+8613812345678",
        "13812345678.0", "1.3812345678E+10", "13812345678（工作日9-18点）", "138\u00a01234\u00a05678",
    ],
)  # fmt: skip
def test_a_number_is_found_in_what_stands_around_it(text: str) -> None:
    assert numbers_in(text, "CN") == ("+8613812345678",)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 4333 633333 ext. 543", "+494333633333;ext=543"),
        ("+19052223333;ext=555", "+19052223333;ext=555"),
        ("+1 905-222-4444 x 10", "+19052224444;ext=10"),
        ("+14382663913*227", "+14382663913;ext=227"),
        ("+16135550199,123", "+16135550199;ext=123"),
        ("+16135550199,,123", "+16135550199;ext=123"),
        ("010-62345678转8001", "+861062345678;ext=8001"),
        ("010-62345678/8001", "+861062345678;ext=8001"),
        ("010-62345678-8001", "+861062345678;ext=8001"),
        ("+86-10-62345678-8001", "+861062345678;ext=8001"),
        ("021 5555 6666 - 12", "+862155556666;ext=12"),
        ("021-55556666#12", "+862155556666;ext=12"),
        ("+86 21 5555 7777 extension 31", "+862155557777;ext=31"),
        ("0755-8888 9999（分机 21）", "+8675588889999;ext=21"),
        ("400-800-1234转2", "+864008001234;ext=2"),
        ("+33 1 23 45 67 89 poste 12", "+33123456789;ext=12"),
        ("+7 912 345-67-89 доб. 12", "+79123456789;ext=12"),
    ],
)
def test_an_extension_in_any_form_keeps_colleagues_apart(text: str, number: str) -> None:
    assert numbers_in(text, "CN") == (number,)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("138 1234 0013 / 010-61234567", ("+8613812340013", "+861061234567")),
        ("13812340001或13812340002", ("+8613812340001", "+8613812340002")),
        ("13812340001 13812340002", ("+8613812340001", "+8613812340002")),
        ("13812340001,138 1234 0002", ("+8613812340001", "+8613812340002")),
        ("电话:010-62345678 分机:8001 手机:13812340001", ("+861062345678;ext=8001", "+8613812340001")),
        ("+49 170 1234567 oder +49 30 901820", ("+491701234567", "+4930901820")),
        # Of the second only the last digits are told: it is no number.
        ("021-12345678/87654321", ("+862112345678",)),
    ],
)
def test_a_cell_may_hold_several(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(text, "CN") == numbers


@pytest.mark.parametrize("text", ["1.38E+10", "8.61381E+12", "1,38E+10", "4.93e11"])
def test_a_number_that_a_spreadsheet_rounded_is_nobody_s(text: str) -> None:
    assert is_rounded(text)
    assert numbers_in(text, "CN") == numbers_in(text, "DE") == ()


@pytest.mark.parametrize(
    "text", ["", "#ERROR!", "2026-11-09 10:00", "6222 0213 8123 4001 234", "转8001", "n/a"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert numbers_in(text, "CN") == ()


def test_what_follows_a_hyphen_is_a_direct_line_outside_china() -> None:
    assert numbers_in("+49 89 1234567-12", "DE") == ("+4989123456712",)
    assert numbers_in("+52 1 55 5555 1234", "CN") == ("+525555551234",)


@given(st.text(max_size=600))
def test_any_text_has_numbers_or_none(text: str) -> None:
    assert all(number.startswith("+") for number in numbers_in(text, "CN"))


@given(
    st.integers(1, 99999),
    st.sampled_from(["转{}", " ext {}", ",{}", "/{}", "#{}", "*{}", ";ext={}", " x{}", "（分机{}）"]),
)
def test_two_desks_of_one_switchboard_are_never_one(desk: int, form: str) -> None:
    main = "010-62345678"
    assert numbers_in(main + form.format(desk), "CN") == (f"+861062345678;ext={desk}",)
