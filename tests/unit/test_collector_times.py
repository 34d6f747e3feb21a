"""When an event happened, by a clock that may be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.cells.times import happened_at, parse_time
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
    assert happened_at(None, NOW - HOUR, NOW) == NOW


def test_the_delay_of_a_network_is_not_a_wrong_clock() -> None:
    assert happened_at(NOW - 70_000, NOW - MINUTE, NOW) == NOW - 70_000


@pytest.mark.parametrize("skew", [-3 * HOUR, 3 * HOUR, 400 * DAY, MINUTE + 1])
def test_a_clock_that_is_wrong_is_corrected(skew: int) -> None:
    sent_at = NOW - skew
    assert happened_at(sent_at - 2_000, sent_at, NOW) == NOW - 2_000


def test_a_stated_time_is_not_of_the_senders_clock() -> None:
    sent_at = NOW - 3 * HOUR
    for age in (2 * DAY, 400 * DAY):
        assert happened_at(sent_at - age, sent_at, NOW) == sent_at - age


def test_nothing_happens_long_after_it_was_received() -> None:
    assert happened_at(NOW + DAY, None, NOW) == NOW + 5 * MINUTE
    assert happened_at(NOW + MINUTE, None, NOW) == NOW + MINUTE
    assert happened_at(NOW + DAY, NOW, NOW) == NOW + 5 * MINUTE


@given(st.integers(0, 4 * 10**12), st.none() | st.integers(0, 4 * 10**12), st.integers(0, 4 * 10**12))
def test_it_is_always_a_time(said: int, sent_at: int | None, received_at: int) -> None:
    assert 0 <= happened_at(said, sent_at, received_at) <= received_at + 5 * MINUTE
