"""The sum of the funnel: cost per won deal is cost per impression ÷ the product of all step rates."""

from fractions import Fraction
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.what_if import (
    STEPS,
    Chain,
    Rate,
    WhatIfError,
    chain_of_counts,
    changed,
    changes_of,
    lines_of,
    rates_of,
)
from sinks.what_if import COLUMNS, reckoned

COUNTED = (10_000, 500, 1_000, 400, 100, 50, 20, 10, 8, 4)


def ask(
    counts: tuple[int, ...] = COUNTED, costs: tuple[tuple[str, int], ...] = (("CNY", 1000),), **asked: Any
) -> list[dict[str, Any]]:
    """The report's rows, from what its SQL says."""
    row = {"counts": counts, "costs": costs, "change": "", "rates": "", "impressions": "", "cost": ""}
    row |= {"cost_per_impression": "", **asked}
    rows = reckoned(tuple(row), (tuple(row.values()),))
    return [dict(zip(COLUMNS, each, strict=True)) for each in rows]


def ten_million(rates: str, **more: Any) -> list[dict[str, Any]]:
    return ask(rates=rates, impressions="10,000,000", cost_per_impression="0.005", **more)


def test_seven_steps_at_a_tenth_make_one_deal_at_50000() -> None:
    rows = ten_million(", ".join(["0.1"] * 7))
    assert (rows[-1]["count"], rows[-1]["cost_per"]) == (1, 50_000)
    assert {row["steps"] for row in rows} == {7}
    assert [row["count"] for row in rows] == [10**power for power in range(7, -1, -1)]


def test_a_fifth_makes_25_6_deals_in_eight_steps_and_128_in_seven() -> None:
    eight, seven = ten_million(", ".join(["20%"] * 8)), ten_million(", ".join(["0.2"] * 7))
    assert (eight[-1]["steps"], eight[-1]["count"], eight[-1]["cost_per"]) == (8, 25.6, 1953.125)
    assert (seven[-1]["steps"], seven[-1]["count"], seven[-1]["cost_per"]) == (7, 128, 390.625)


def test_doubling_all_of_seven_rates_is_the_second_sum() -> None:
    every = " ".join(f"step_{nth}*2" for nth in range(1, 8))
    last = ten_million(", ".join(["0.1"] * 7), change=every)[-1]
    assert (last["changed_count"], last["changed_cost_per"]) == (128, 390.625)


def test_doubling_any_rate_is_worth_the_same_until_it_is_all() -> None:
    rows = ten_million("click=0.1 visit=0.2 lead=0.8 opportunity=1 won=0.5")
    assert [row["step"] for row in rows] == ["impression", "click", "visit", "lead", "opportunity", "won"]
    assert rows[-1]["count"] == 80_000
    assert [row["won_if_doubled"] for row in rows] == [None, 160_000, 160_000, 100_000, 80_000, 160_000]
    assert [row["cost_per_won_if_doubled"] for row in rows[1:]] == [0.3125, 0.3125, 0.5, 0.625, 0.3125]
    assert [row["note"] for row in rows[3:5]] == [
        "a rate is at most 1: it grows by 25%",
        "a rate is at most 1: it grows by 0%",
    ]


def test_rates_of_the_data_may_be_set_or_multiplied() -> None:
    rows = ask(change="lead*2, won = 0.75")
    assert [row["step"] for row in rows] == list(STEPS)
    assert rows[-1] | {"note": ""} == {
        **{"number": 9, "steps": 9, "step": "won", "count": 4, "changed_count": 12, "rate": 0.5},
        **{"changed_rate": 0.75, "cost_per": 250, "changed_cost_per": pytest.approx(1000 / 12)},
        **{"currency": "CNY", "won_if_doubled": 16, "cost_per_won_if_doubled": 62.5, "note": ""},
    }
    # More visits than clicks are visits without an ad; they may be even more.
    assert (rows[2]["rate"], ask(change="visit*2")[2]["changed_rate"]) == (2, 4)


def test_a_funnel_begins_where_there_is_any_and_says_what_it_does_not_know() -> None:
    rows = ask(counts=(0, 0, 0, 8, 8, 4, 0, 0, 0, 0), costs=())
    assert [row["step"] for row in rows] == list(STEPS[3:])
    assert {row["steps"] for row in rows} == {6}
    assert [row["rate"] for row in rows] == [None, 1, 0.5, 0, None, None, None]
    assert (rows[-1]["count"], rows[-1]["cost_per"], rows[-1]["won_if_doubled"]) == (None, None, None)
    assert rows[-1]["note"] == "nobody came to the step before: the rate is not known"
    several = ask(costs=(("CNY", 1000), ("USD", 50)))
    assert (several[-1]["cost_per"], several[-1]["currency"]) == (None, "(mixed)")
    assert several[0]["note"] == (
        "cost in several currencies is no number: 1,000.00 CNY, 50.00 USD; give one: --cost 50000"
    )
    assert ask(costs=(("CNY", 1000), ("USD", 50)), cost="2000")[-1]["cost_per"] == 500
    nothing = ask(counts=(0,) * 10, costs=())
    assert [(row["step"], row["count"]) for row in nothing] == [("won", 0)]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            {"change": "leed*2"},
            r"^'leed' is no step with a rate \(did you mean 'lead'\?\); these are click, ",
        ),
        ({"change": "impression*2"}, "^impression is where the funnel begins: it has no rate$"),
        (
            {"counts": (0,) * 4 + (5,) * 6, "change": "click*2"},
            "^nothing of click is in this funnel, which begins with lead$",
        ),
        ({"counts": (0,) * 10, "change": "leed*2"}, r"did you mean 'lead'"),
        ({"change": "lead"}, r"^'lead' changes nothing: write for example lead\*2 or won=0.3$"),
        ({"change": "won=1.5"}, "^the rate of won is at most 1, or 100%, not 1.5$"),
        ({"change": "won=-0.5"}, "^the rate of won can't be below zero: '-0.5'$"),
        ({"change": "won*-2"}, "^the factor of won can't be below zero: '-2'$"),
        ({"change": "won*3"}, "^the rate of won would be 1.5: it can be at most 1$"),
        ({"change": "won=many"}, "^the rate of won must be a number like 0.1 or 10%, not 'many'$"),
        ({"counts": (5,) + (0,) * 9, "change": "won*2"}, "^nobody came to the step before won: set its rate"),
        ({"rates": "0.1, 2"}, "^the rate of step 2 is at most 1, or 100%, not 2$"),
        ({"rates": "0.1, -1"}, "^the rate of step 2 can't be below zero: '-1'$"),
        ({"rates": "0.1", "cost": "1"}, "^rates need a number to begin with: --impressions 10000000$"),
        ({"rates": "0.1", "impressions": "9"}, "^rates need what they cost: "),
        ({"rates": "clik=0.1, won=0.2"}, r"^'clik' is no step with a rate \(did you mean 'click'\?\)"),
        ({"rates": "lead=0.1, click=0.2, won=1"}, "^click does not come after lead: "),
        ({"rates": "click=0.1, lead=0.1"}, "^the rates end with lead: the last one must be that of won$"),
        ({"rates": "click=0.1, lead"}, "^'lead' is no rate: "),
        ({"rates": ","}, "^no rate is given: "),
        ({"impressions": "5"}, "^impressions are counted, unless rates are given"),
        ({"cost": "5", "cost_per_impression": "1"}, "^give either cost or cost_per_impression$"),
        ({"cost": "1e999"}, "^cost must be a number like 0.1 or 10%, not '1e999'$"),
    ],
)
def test_what_makes_no_sum_is_a_sentence(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WhatIfError, match=sentence):
        ask(**asked)


SHARES = st.fractions(min_value=Fraction(1, 1000), max_value=1, max_denominator=1000)


@given(
    rates=st.lists(SHARES, min_size=1, max_size=9),
    count=st.integers(1, 10**9),
    cost=st.fractions(min_value=0, max_value=10**9, max_denominator=100),
)
def test_cost_per_won_is_cost_per_impression_by_the_product_of_all_rates(
    rates: list[Fraction], count: int, cost: Fraction
) -> None:
    chain = Chain("impression", Fraction(count), cost, tuple(map(Rate, STEPS[1:], rates)))
    assert chain.cost_per(chain.won) == cost / count / prod(rates)
    for line, rate in zip([*lines_of(chain, chain)][1:], rates, strict=True):
        assert chain.won is not None
        assert line.won_if_doubled == chain.won * min(Fraction(2), 1 / rate)
    # To halve a rate and to double it again changes nothing.
    first = chain.rates[0].step
    halved = changed(chain, changes_of(f"{first}*0.5"))
    assert changed(halved, changes_of(f"{first}*2")) == chain
    assert halved.cost_per(halved.won) == 2 * cost / count / prod(rates)


@given(st.lists(st.integers(0, 10**6), min_size=len(STEPS), max_size=len(STEPS)))
def test_the_rates_of_counts_lead_back_to_them(counts: list[int]) -> None:
    chain = chain_of_counts(counts, None)
    for count, true in zip(chain.counts, counts[STEPS.index(chain.first) :], strict=True):
        assert count in (true, None)


def test_steps_may_be_called_as_people_and_columns_do() -> None:
    assert changes_of("MQL*2 sql=0.5 leads*3") == changes_of(
        "marketing_qualified*2 sales_qualified=0.5 lead*3"
    )
    assert rates_of("clicks=0.1 opportunities=0.2 won=1") == rates_of("click=0.1 opportunity=0.2 won=1")


def test_rates_may_be_written_in_any_way() -> None:
    assert rates_of("10%;0.2  .3") == rates_of("0.1, 20%, 0.30") == rates_of("1e-1,2e-1,3e-1")
    assert rates_of("click = 10%, won=1") == (Rate("click", Fraction(1, 10)), Rate("won", Fraction(1)))
