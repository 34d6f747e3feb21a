"""Credits as they are stored: conversions and revenue sum to what there was, whatever the shares are."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.apportion import apportion
from attribution.conversion_chain import ChainError
from attribution.data_driven import DataDrivenModel, Method
from sinks.computed_credits import CreditRow, Question, Way, compute

QUESTION = Question("won", "channel", date(2026, 1, 1), date(2026, 12, 31))
MODEL = DataDrivenModel(Method.MARKOV, draws=20)
# Removal effects 2/3 and 1: of what has touchpoints, the ad earns 0.4 and the mail 0.6.
WAYS = [
    Way(("ad", "mail"), "CNY", 1, 0, 100_01),
    Way(("ad", "mail"), "EUR", 1, 0, 50_00),
    Way((), "EUR", 3, 0, 10_00),
    Way(("ad",), "", 0, 1, 0),
    Way(("mail",), "", 0, 1, 0),
]


def by_value(rows: tuple[CreditRow, ...], currency: str) -> dict[str, tuple[int, int, float]]:
    return {
        row.credit.value: (row.conversions, row.revenue_minor, round(row.credit.share, 9))
        for row in rows
        if row.currency == currency
    }


def test_each_currency_is_shared_alike_and_what_has_no_touchpoint_stands_by_itself() -> None:
    computed = compute(WAYS, QUESTION, MODEL)
    assert by_value(computed.rows, "CNY") == {"ad": (400_000, 40_00, 0.4), "mail": (600_000, 60_01, 0.6)}
    assert by_value(computed.rows, "EUR") == {
        "ad": (400_000, 20_00, 0.1),
        "mail": (600_000, 30_00, 0.15),
        "(none)": (3_000_000, 10_00, 0.75),
    }
    assert (computed.journeys, computed.converted) == (4, 2)
    assert computed.warning.startswith("Only 2 conversions over 2 values")


def test_conversions_without_touchpoints_alone_are_nothing_to_learn_from() -> None:
    with pytest.raises(ChainError, match="no journey converted"):
        compute([Way((), "CNY", 3, 0, 1), Way(("ad",), "", 0, 2, 0)], QUESTION, MODEL)


def test_the_version_says_what_was_asked() -> None:
    other = Question("won", "channel", date(2026, 1, 1), date(2026, 12, 31), kinds=("event",))
    assert compute(WAYS, QUESTION, MODEL).version != compute(WAYS, other, MODEL).version


def test_of_a_hundred_cents_in_three_the_first_gets_the_one_that_is_left() -> None:
    assert apportion(100, [1, 1, 1]) == (34, 33, 33)
    assert apportion(100, [0.1, 0.2, 0.7]) == (10, 20, 70)
    assert apportion(0, [1, 2]) == (0, 0)
    assert apportion(7, []) == ()


@given(st.integers(0, 10**9), st.lists(st.floats(0, 1e3), min_size=1).filter(any))
def test_parts_sum_to_the_whole_and_none_is_a_unit_away_from_its_share(
    units: int, weights: list[float]
) -> None:
    parts = apportion(units, weights)
    assert sum(parts) == units
    total = sum(weights)
    assert all(
        abs(part - units * weight / total) < 1.001 for part, weight in zip(parts, weights, strict=True)
    )
