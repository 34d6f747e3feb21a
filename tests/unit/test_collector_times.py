"""When an event happened, by a clock that may be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.cells.times import Moment, happened_at, parse_time, sent_by_their_own
from producers.outcomes.left_out import UnusableError

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = 1_795_300_000_000
AT = 1_795_299_185_389


@pytest.mark.parametrize(
    "text",
    ["2026-11-21T22:13:05.389Z", "2026-11-21T22:13:05.389+00:00", "2026-11-22T06:13:05.389+08:00",
     "2026-11-21T22:13:05.389", "2026-11-21T22:13:05.389123+00:00", AT, str(AT), AT / 1000, AT + 0.4],
)  # fmt: skip
def test_every_way_to_write_a_moment(text: object) -> None:
    assert parse_time(text) == AT


def test_a_day_begins_at_midnight_utc() -> None:
    assert parse_time("2026-11-21") == 1_795_219_200_000


@pytest.mark.parametrize("text", [None, ""])
def test_nothing_said_is_no_time(text: object) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "text", ["yesterday", "Sat Nov 21 2026", True, [], {}, -1, 1e18, "9" * 16, "2200-01-01", "1969-12-31"]
)
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(UnusableError, match="time"):
        parse_time(text)


def test_nothing_said_is_when_it_came() -> None:
    assert happened_at(None, NOW - HOUR, NOW) == Moment(NOW)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"])
def test_the_zero_of_a_language_is_nothing_said(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize("delay", [70_000, 14 * MINUTE])
def test_what_was_only_slow_keeps_its_order_among_the_faster(delay: int) -> None:
    assert happened_at(NOW - delay - 10_000, NOW - delay, NOW) == Moment(NOW - delay - 10_000)


@pytest.mark.parametrize("skew", [-3 * HOUR, 3 * HOUR, 400 * DAY, -MINUTE - 1, 16 * MINUTE])
def test_a_clock_that_is_wrong_is_corrected(skew: int) -> None:
    sent_at = NOW - skew
    assert happened_at(sent_at - 2_000, sent_at, NOW).occurred_at == NOW - 2_000


def test_a_stated_time_is_not_of_the_senders_clock() -> None:
    sent_at = NOW - 3 * HOUR
    for age in (2 * DAY, 400 * DAY):
        assert happened_at(sent_at - age, sent_at, NOW) == Moment(sent_at - age)


def test_nothing_happens_long_after_it_was_received_or_before_there_were_tags() -> None:
    assert happened_at(NOW + DAY, None, NOW) == Moment(NOW, NOW + DAY)
    assert happened_at(NOW + MINUTE, None, NOW) == Moment(NOW + MINUTE)
    assert happened_at(NOW + DAY, NOW, NOW) == Moment(NOW, NOW + DAY)
    assert happened_at(925_862_400_000, None, NOW) == Moment(NOW, 925_862_400_000)  # May 1999


@pytest.mark.parametrize("wrong", [5_000, 925_862_400_000, NOW + 730 * DAY])
def test_events_of_a_clock_that_can_t_be_right_keep_their_distance(wrong: int) -> None:
    times = [wrong, wrong + 60_000, None, wrong + 90_000]
    sent_at = sent_by_their_own(times, NOW)
    found = [happened_at(each, sent_at, NOW) for each in (wrong, wrong + 60_000, wrong + 90_000)]
    assert found == [
        Moment(NOW - 90_000, wrong), Moment(NOW - 30_000, wrong + 60_000), Moment(NOW, wrong + 90_000)
    ]  # fmt: skip


def test_a_clock_that_may_be_right_is_believed() -> None:
    assert sent_by_their_own([], NOW) is None
    assert sent_by_their_own([NOW - 400 * DAY, NOW + MINUTE], NOW) is None


@given(st.integers(0, 4 * 10**12), st.none() | st.integers(0, 4 * 10**12), st.integers(10**12, 4 * 10**12))
def test_it_is_always_a_time(said: int, sent_at: int | None, received_at: int) -> None:
    at = happened_at(said, sent_at, received_at).occurred_at
    assert 946_684_800_000 <= at <= received_at + 5 * MINUTE
