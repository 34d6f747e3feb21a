"""Numbers are read by the style that their file shows, and never as a thousandth of what they are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.cells.money import Money, currency_of, micros_of, money_of
from producers.cells.number_evidence import NumberEvidence, number_style_of
from producers.cells.numbers import NumberStyle, count_of, number_of
from producers.cells.tabular import NotUnderstoodError
from producers.outcomes.left_out import CellError

COMMA = NumberStyle(",")


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["4.500", "27.250", "1.980,40"], ["4500", "27250", "1980.40"]),
        (["4,500", "27,250", "1,980.40"], ["4500", "27250", "1980.40"]),
        (["4.500", "812,77"], ["4500", "812.77"]),
        (["4,500", "812.77"], ["4500", "812.77"]),
        (["4.500", "1.200.000"], ["4500", "1200000"]),
        (["4,500", "12,00,000"], ["4500", "1200000"]),
        (["3'450'000.50", "3’450’000.50"], ["3450000.50", "3450000.50"]),
        (["3 450 000,50", "3\u00a0450\u202f000,50", "3\u2009450,5"], ["3450000.50", "3450000.50", "3450.5"]),
        (["8.250", "0,75"], ["8250", "0.75"]),
        (["１．２３４，５０", "8.250"], ["1234.50", "8250"]),
        (["12.5", "40000.125", "7.250"], ["12.5", "40000.125", "7.250"]),
    ],
)
def test_what_one_cell_tells_holds_for_the_file(cells: list[str], read: list[str]) -> None:
    style = number_style_of(cells)

    assert [number_of(cell, style) for cell in cells] == [Decimal(number) for number in read]


@pytest.mark.parametrize("cells", [["4.500 €", "27.250 €"], ["4.500"], ["4,500", "27,250"], ["4,500 €"]])
def test_a_file_in_which_nothing_tells_is_refused_with_the_cell_and_the_option(cells: list[str]) -> None:
    evidence = NumberEvidence()
    for at, cell in enumerate(cells):
        evidence.add(cell, line=at + 2, column="Amount")

    with pytest.raises(NotUnderstoodError, match=r"--numbers 1\.234,56 or --numbers 1,234\.56") as caught:
        evidence.style()
    assert (caught.value.line, caught.value.column) == (2, "Amount")
    assert cells[0] in str(caught.value)
    assert money_of(cells[0], style=evidence.style("1.234,56")).minor == (450 if "," in cells[0] else 450_000)


def test_counts_have_no_fractions_and_tell_what_their_marks_mean() -> None:
    evidence = NumberEvidence()
    for count in ("12.400", "312"):
        evidence.add(count, whole=True)
    evidence.add("1.120", currency="EUR")
    style = evidence.style()

    assert count_of("12.400", style) == 12_400
    assert micros_of("1.120", style=style) == 1_120_000_000


def test_counts_without_groups_do_not_tell_what_a_cost_with_a_mark_means() -> None:
    evidence = NumberEvidence()
    evidence.add("1000", whole=True)
    evidence.add("1.234", line=2)

    with pytest.raises(NotUnderstoodError, match=r"1\.234"):
        evidence.style()


def test_yen_have_no_fractions_either() -> None:
    assert money_of("1.200", 1, "JPY", number_style_of(["1.200"], currency="JPY")).minor == 120_000


def test_in_a_currency_written_with_a_point_at_home_a_comma_between_three_digits_groups() -> None:
    assert money_of("$4,500", style=number_style_of(["$4,500", "$27,250"])) == Money(450_000, "USD")
    with pytest.raises(NotUnderstoodError):
        number_style_of(["$4.500"])


def test_a_file_of_two_styles_keeps_what_tells_by_itself_and_leaves_out_the_rest() -> None:
    style = number_style_of(["1.980,40", "1,980.40", "4.500"])

    assert number_of("1.980,40", style) == number_of("1,980.40", style) == Decimal("1980.40")
    with pytest.raises(CellError, match="--numbers"):
        number_of("4.500", style)


def test_each_currency_of_a_file_may_be_written_as_at_home() -> None:
    cells = ["€7.500,00", "€ 4.500", "US$ 12,000.50", "£8,000", "₩1,500,000", "HK$ 80,000"]
    style = number_style_of(cells)

    assert [money_of(cell, style=style).minor for cell in cells] == [
        750_000, 450_000, 1_200_050, 800_000, 150_000_000, 8_000_000,
    ]  # fmt: skip


def test_a_single_cell_that_goes_against_the_file_is_left_out() -> None:
    style = number_style_of(["1,980.40", "12,50", "4,500"])

    assert number_of("4,500", style) == 4500
    with pytest.raises(CellError, match="not written as the other numbers"):
        number_of("12,50", style)


def test_three_decimals_are_believed_only_where_the_file_has_them() -> None:
    style = number_style_of(["12.50", "1,200,000", "5.000"])

    with pytest.raises(CellError, match="thousands or a fraction"):
        number_of("5.000", style)
    assert number_of("5.000", number_style_of(["1250.125", "5.000"])) == 5
    assert money_of("5.000", 1, "KWD", style).minor == 500


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("9.500,00 €", Money(950_000, "EUR")),
        ("€9.500,00", Money(950_000, "EUR")),
        ("EUR 1.750.000", Money(175_000_000, "EUR")),
        ("2,5 Mio. €", Money(250_000_000, "EUR")),
        ("2.500,-", Money(250_000, "")),
        ("85k", Money(8_500_000, "")),
        ("85 k€", Money(8_500_000, "EUR")),
        ("7 234 567,89 kr", Money(723_456_789, "")),
        ("kr. 1.234,50", Money(123_450, "")),
        ("Rp 1.250.000", Money(125_000_000, "IDR")),
        ("1.500,00 lei", Money(150_000, "RON")),
        ("1 500,00 лв.", Money(150_000, "BGN")),
        ("7 234,50 zł", Money(723_450, "PLN")),
    ],
)
def test_sums_of_europe(text: str, money: Money) -> None:
    assert money_of(text, style=COMMA) == money


@pytest.mark.parametrize(
    ("text", "currency", "money"),
    [
        ("JPY 700000", "", Money(70_000_000, "JPY")),
        ("￥2,400,000", "JPY", Money(240_000_000, "JPY")),
        ("34万日元", "", Money(34_000_000, "JPY")),
        ("3.5億円", "", Money(35_000_000_000, "JPY")),
        ("₩2,500,000", "KRW", Money(250_000_000, "KRW")),
        ("人民币 45,000 元", "", Money(4_500_000, "CNY")),
        ("NT$600,000", "", Money(60_000_000, "TWD")),
        ("KWD 2,345.678", "", Money(234_568, "KWD", rounded=True)),
        ("2,345.670", "KWD", Money(234_567, "KWD")),
        ("1.2M", "", Money(120_000_000, "")),
        ("$1.2MM", "", Money(120_000_000, "USD")),
        ("₹ 12,00,000", "", Money(120_000_000, "INR")),
        ("Rs.500", "", Money(50_000, "INR")),
        ("CHF 3'450.50", "", Money(345_050, "CHF")),
        ("R1,500.00", "", Money(150_000, "ZAR")),
        ("١٬٢٣٤٫٥٠", "AED", Money(123_450, "AED")),
        ("500 kr", "SEK", Money(50_000, "SEK")),
        ("US$ 500 USD", "", Money(50_000, "USD")),
    ],
)
def test_sums_of_the_world(text: str, currency: str, money: Money) -> None:
    assert money_of(text, 1, currency) == money


@pytest.mark.parametrize(
    "text",
    ["(5,000.00)", "-5,000", "5,000-", "$-5", "-(5)", "5 EUR USD", "5000 abc", "5 000 00", "1,23,4", "1.2.3",
     "5000 / 6000", "12,3456", "1,000.", "Q4 2026", "5 per seat"],
)  # fmt: skip
def test_negative_sums_and_what_is_none_are_refused(text: str) -> None:
    with pytest.raises(CellError):
        money_of(text)


def test_a_cell_in_ten_thousands_below_a_header_in_ten_thousands_is_refused() -> None:
    with pytest.raises(CellError, match="so does its column"):
        money_of("120万", 10_000)


def test_a_cost_in_another_currency_than_the_report_is_refused() -> None:
    assert micros_of("€12", currency="EUR") == 12_000_000
    with pytest.raises(CellError, match="another currency"):
        micros_of("€12", currency="USD")


def test_currencies_by_code_sign_and_word() -> None:
    assert [currency_of(text) for text in ("eur", "€", "欧元", "US$", "XYZ", "")] == [
        "EUR", "EUR", "EUR", "USD", "", "",
    ]  # fmt: skip


GROUPS = {".": [",", "'", "’", " ", "\u00a0", "\u202f", ""], ",": [".", "'", " ", "\u2009", ""]}


@st.composite
def files(draw: st.DrawFn) -> list[tuple[str, Decimal]]:
    """Draw amounts with the texts of one consistent style."""
    mark = draw(st.sampled_from([".", ","]))
    group = draw(st.sampled_from(GROUPS[mark]))
    places = draw(st.integers(0, 3))
    amount = st.one_of(st.decimals(0, most, places=places) for most in (2_000, 10**6, 10**9))
    amounts = draw(st.lists(amount, min_size=1, max_size=6))
    words = [("", ""), ("€", ""), ("", " €"), ("", " kr")]
    # Nobody writes dollars with a comma before thousandths of them.
    words += [("USD ", "")] if places < 3 else []
    before, after = draw(st.sampled_from(words))
    return [
        (before + f"{amount:,f}".replace(",", "G").replace(".", mark).replace("G", group) + after, amount)
        for amount in amounts
    ]


@given(file=files())
def test_an_amount_in_any_consistent_style_is_read_back_exactly_or_refused(
    file: list[tuple[str, Decimal]],
) -> None:
    try:
        style = number_style_of([text for text, _ in file])
    except NotUnderstoodError:
        return
    for text, amount in file:
        try:
            assert money_of(text, style=style).minor == amount * 100
        except CellError:
            continue
