"""Dates are read by what their column tells, and an order of day and month is never guessed."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.cells.dates import DateRules, date_order_of, date_orders_of, day_of, moment_of, zone_of
from producers.outcomes.left_out import CellError

SHANGHAI = DateRules(zone_of("Asia/Shanghai"))
AFTERNOON = int(datetime(2026, 10, 22, 7, 22, 10, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["4/3/2026, 3:22:10\u202fPM", "4/20/2026, 3:22:10\u202fPM"], "mdy"),
        (["4/3/2026", "20/4/2026"], "dmy"),
        (["04-03-2026", "20-04-2026"], "dmy"),
        (["04.03.2026"], "dmy"),
        (["4. 3. 2026"], "dmy"),
        (["4/3/26", "4/20/26"], "mdy"),
        (["26/04/12", "26/04/10"], ""),
        (["26-03-13", "45/03/13"], "ymd"),
        (["4/3/2026", "2026-04-03", ""], ""),
        (["4/20/2026", "20/4/2026"], "mixed"),
        (["45991.5", "46010", ""], "serial"),
        (["45991.5", "2026-04-03"], ""),
        (["2026-04-03", "April 3, 2026"], ""),
    ],
)
def test_a_column_tells_its_order(column: list[str], order: str) -> None:
    assert date_order_of(column) == order


def test_a_column_that_does_not_tell_goes_with_the_others_of_its_file() -> None:
    columns = {"Created": ["4/3/2026"], "Closed": ["4/20/2026"], "Paid": ["45991"]}

    assert date_orders_of(columns) == {"Created": "mdy", "Closed": "mdy", "Paid": "serial"}
    assert date_orders_of(columns, given="dmy") == {"Created": "dmy", "Closed": "dmy", "Paid": "serial"}
    assert date_orders_of(columns | {"Due": ["20/4/2026"]})["Created"] == ""


def test_points_mean_the_day_first_whatever_a_mapping_says_of_other_dates() -> None:
    assert day_of("05.10.2026", "mdy") == date(2026, 10, 5)
    assert day_of("5/10/2026", "mdy") == date(2026, 5, 10)


def test_a_day_beyond_twelve_tells_itself_and_the_rest_needs_the_option() -> None:
    assert day_of("22/10/2026") == day_of("10/22/2026") == date(2026, 10, 22)
    for order in ("", "mixed"):
        with pytest.raises(CellError, match="--date-order mdy or --date-order dmy"):
            day_of("4/3/2026", order)
    with pytest.raises(CellError):
        day_of("22/10/2026", "mdy")
    assert day_of("9/9/2026") == day_of("09-09-2026", "mixed") == date(2026, 9, 9)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("10/22/2026, 3:22:10\u202fPM", "mdy"),
        ("10/22/26 3:22:10 p.m.", "mdy"),
        ("22.10.2026 15:22:10", ""),
        ("22.10.26, 15:22:10 Uhr", ""),
        ("22. Oktober 2026 um 15:22:10", ""),
        ("Do., 22. Okt. 2026, 15:22:10", ""),
        ("22 octobre 2026 à 15:22:10", ""),
        ("22 de octubre de 2026, 3:22:10 p. m.", ""),
        ("Oct 22, 2026, 3:22:10 PM", ""),
        ("October 22, 2026 at 3:22:10 PM", ""),
        ("Thu Oct 22 2026 15:22:10 GMT+0800 (China Standard Time)", ""),
        ("Thu, 22 Oct 2026 07:22:10 +0000", ""),
        ("2026-10-22 07:22:10 UTC", ""),
        ("2026-10-22 07:22:10.000000+00", ""),
        ("2026-10-22 07:22:10 +0000 UTC", ""),
        ("2026-10-22T15:22:10.000+08:00", ""),
        ("2026-10-22 03:22:10 EDT", ""),
        ("2026-10-22 15:22:10 GMT+8", ""),
        ("2026/10/22 下午3:22:10", ""),
        ("2026年10月22日 下午 3:22:10", ""),
        ("2026년 10월 22일 오후 3:22:10", ""),
        ("2026. 10. 22. 15:22:10", ""),
        ("２０２６－１０－２２　１５：２２：１０", ""),
        ("22-Oct-26 15:22:10", ""),
        ("46317.6403935185", "serial"),
    ],
)
def test_one_moment_in_the_ways_of_the_world(text: str, order: str) -> None:
    assert moment_of(text, DateRules(SHANGHAI.zone, order=order)) == AFTERNOON


@pytest.mark.parametrize(
    ("text", "clock"),
    [("凌晨12:30", "00:30"), ("上午9:05", "09:05"), ("中午12:30", "12:30"), ("中午1:10", "13:10"),
     ("晚上8:00", "20:00"), ("12:05 AM", "00:05"), ("12:05 PM", "12:05"), ("3 PM", "15:00")],
)  # fmt: skip
def test_halves_of_the_day(text: str, clock: str) -> None:
    assert moment_of(f"2026-10-22 {text}", SHANGHAI) == moment_of(f"2026-10-22 {clock}", SHANGHAI)


@pytest.mark.parametrize(
    "text",
    ["2026-10-22 13:00 AM", "2026-10-22 晚上12:00", "2026-10-22 10:00 CST", "2026-10-22 10", "22 Foo 2026",
     "Marvellous 3, 2026", "2026-10-221", "45991.5", "10/22/20261"],
)  # fmt: skip
def test_what_tells_no_moment_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        moment_of(text, SHANGHAI)


@given(
    days=st.lists(st.dates(date(2001, 1, 1), date(2099, 12, 31)), min_size=1, max_size=6),
    form=st.sampled_from(["%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%m/%d/%y", "%d/%m/%y",
                          "%y/%m/%d", "%d %b %Y", "%B %d, %Y"]),
)  # fmt: skip
def test_a_day_in_any_consistent_form_is_read_back_or_refused(days: list[date], form: str) -> None:
    column = [day.strftime(form) for day in days]
    order = date_order_of(column)
    for text, day in zip(column, days, strict=True):
        try:
            assert day_of(text, order) == day
        except CellError:
            continue
