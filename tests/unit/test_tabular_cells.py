"""The text of a cell is a number, a sum, a day or a moment exactly, or it is refused."""

from datetime import date
from decimal import Decimal

import pytest

from producers.cells.dates import DateRules, date_order_of, day_of, moment_of, zone_of
from producers.cells.money import Money, micros_of, money_of, unit_of
from producers.cells.numbers import count_of, number_of
from producers.outcomes.left_out import CellError

SHANGHAI = DateRules(zone_of("Asia/Shanghai"))
OCTOBER_22 = 1508601600000  # 2017-10-22 00:00 in Shanghai


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0.00", 0),
        ("12.5", 12_500_000),
        ("0.000001", 1),
        ("1,234,567.89", 1_234_567_890_000),
        ("49,025,913,189", 49_025_913_189_000_000),
        ("¥1,000.10", 1_000_100_000),
        ("3.5元", 3_500_000),
        ("１２.５", 12_500_000),
        ("1.2万", 12_000_000_000),
        ("--", 0),
    ],
)
def test_cost_is_exact(text: str, micros: int) -> None:
    assert micros_of(text) == micros


@pytest.mark.parametrize(
    "text",
    ["", "1e400", "NaN", "Infinity", "-3.20", "12,34", "1.234,56", "0x10", "9" * 40, "0.1234567", "一百"],
)
def test_what_is_no_cost_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        micros_of(text)


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), ("1,234", 1234), ("17.0", 17), ("--", 0), ("1.5万", 15_000)]
)
def test_counts_are_whole(text: str, count: int) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize("text", ["", "1.5", "-1", "1e3", "9" * 13, "x", "NaN"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        count_of(text)


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("¥1,200,000.00", Money(120_000_000, "CNY")),
        ("120万", Money(120_000_000, "")),
        ("120万元", Money(120_000_000, "CNY")),
        ("1.2亿", Money(12_000_000_000, "")),
        ("USD 5,000", Money(500_000, "USD")),
        ("5000 EUR", Money(500_000, "EUR")),
        ("US$5,000.50", Money(500_050, "USD")),
        ("$5k", Money(500_000, "USD")),
        ("0.07", Money(7, "")),
        ("1200.0000", Money(120_000, "")),
    ],
)
def test_sums_are_exact_and_name_their_currency(text: str, money: Money) -> None:
    assert money_of(text) == money


def test_a_sign_that_several_currencies_share_gives_way_to_what_the_mapping_says() -> None:
    assert money_of("¥500", currency="JPY").currency == "JPY"
    assert money_of("$500", currency="HKD").currency == "HKD"
    assert money_of("USD 500", currency="HKD").currency == "USD"


@pytest.mark.parametrize("text", ["", "abc", "1.005", "-5", "1e400", "NaN", "12,34", "about 5000 or so"])
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        money_of(text)


def test_a_header_tells_what_its_column_counts_in() -> None:
    assert unit_of("消费(元)") == (1, "CNY")
    assert unit_of("金额（万元）") == (10_000, "CNY")
    assert unit_of("Cost (USD)") == (1, "USD")
    assert unit_of("消费") == (1, "")
    assert money_of("3.5", *unit_of("金额(万元)")) == Money(3_500_000, "CNY")


@pytest.mark.parametrize(
    "text",
    [
        "2017-10-22", "2017/10/22", "2017.10.22", "20171022", "2017年10月22日", "Oct 22, 2017",
        "October 22, 2017",
        "Sun, Oct 22, 2017", "22 Oct 2017", "22-Oct-17", "2017-10-22 00:00:00", "2017/10/22 - 2017/10/22",
        "2017-10-22至2017-10-22",
    ],
)  # fmt: skip
def test_days_in_the_ways_they_are_written(text: str) -> None:
    assert day_of(text) == date(2017, 10, 22)


@pytest.mark.parametrize(
    "text", ["", "x", "2017-13-01", "2017-02-30", "42", "2017-10-22 and more", "10/11/2017"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        day_of(text)


def test_a_range_of_days_says_what_to_do() -> None:
    with pytest.raises(CellError, match="export the report by day"):
        day_of("2017-10-22 - 2017-10-23")


def test_an_order_of_day_and_month_is_never_guessed() -> None:
    assert day_of("4/3/2017", "mdy") == date(2017, 4, 3)
    assert day_of("4/3/2017", "dmy") == date(2017, 3, 4)
    with pytest.raises(CellError, match="month/day or day/month"):
        day_of("4/3/2017")
    assert date_order_of(["4/3/2017", "22/10/2017"]) == "dmy"
    assert date_order_of(["4/3/2017", "10/22/2017"]) == "mdy"
    assert date_order_of(["4/3/2017"]) == ""
    assert date_order_of(["22/10/2017", "10/22/2017"]) == "mixed"


@pytest.mark.parametrize(
    ("text", "after_midnight_ms"),
    [
        ("2017-10-22", 0),
        ("2017-10-22 08:30", 30_600_000),
        ("2017/10/22 8:30:15", 30_615_000),
        ("2017年10月22日 08:30", 30_600_000),
        ("2017-10-22T00:30:00Z", 30_600_000),
        ("2017-10-22T00:30:00+00:00", 30_600_000),
        ("2017-10-22T08:30:00.250+0800", 30_600_250),
        ("2017-10-22 下午 3:04", 54_240_000),
        ("Oct 22, 2017, 12:05 AM", 300_000),
    ],
)
def test_moments_in_the_ways_they_are_written(text: str, after_midnight_ms: int) -> None:
    text = text.replace("2017, 12", "2017 12")
    assert moment_of(text, SHANGHAI) == OCTOBER_22 + after_midnight_ms


def test_formats_of_the_mapping_come_first() -> None:
    rules = DateRules(zone_of("UTC"), ("%d.%m.%Y %Hh", "epoch_ms", "epoch_s"))

    assert moment_of("22.10.2017 08h", rules) == 1508659200000
    assert moment_of("1508659200000", rules) == moment_of("1508659200", rules) == 1508659200000


@pytest.mark.parametrize(
    "text", ["", "x", "2017-10-22 25:00", "2017-10-22 10:61", "yesterday", "1508659200000"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        moment_of(text, SHANGHAI)


def test_numbers_may_have_any_number_of_separators() -> None:
    assert number_of("1,234,567,890.5") == Decimal("1234567890.5")
