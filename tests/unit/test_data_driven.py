"""Removal effects and Shapley values: by hand, and against a second way that knows no matrix."""

from fractions import Fraction
from itertools import pairwise, permutations
from math import isclose

import numpy
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attribution.conversion_chain import MOST_STATES, Chain, ChainError, PathCount
from attribution.data_driven import (
    Credit,
    DataDrivenModel,
    Method,
    Worth,
    data_driven_credits,
    warning,
)
from attribution.removal import removal_effects
from attribution.shapley import equal_shares, exact, sampled, worths_in_chain, worths_of_paths

# Of four journeys two came by ad and mail and converted; one saw the ad alone, one the mail alone.
STORY = (PathCount(("ad", "mail"), 2, 0), PathCount(("ad",), 0, 1), PathCount(("mail",), 0, 1))
MARKOV = DataDrivenModel(Method.MARKOV, draws=20)
SHAPLEY = DataDrivenModel(Method.SHAPLEY, draws=20)

ways = st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map(tuple)
counts = st.integers(0, 4)
some_paths = st.lists(
    st.builds(PathCount, ways, counts, counts), min_size=1, max_size=8, unique_by=lambda path: path.values
).filter(lambda paths: any(path.converted for path in paths))


def shares(credits: tuple[Credit, ...]) -> dict[str, float]:
    return {credit.value: round(credit.share, 9) for credit in credits}


def effects_of(paths: tuple[PathCount, ...], order: int) -> dict[str, float]:
    chain = Chain(paths, order)
    found = removal_effects(chain, chain.probabilities(chain.converted, chain.lost))
    return {value: round(float(effect), 9) for value, effect in zip(chain.values, found, strict=True)}


def test_a_removal_effect_is_the_share_of_conversions_that_is_lost_with_a_value() -> None:
    """Half of all convert. Without the ad 1/4 · 2/3 = 1/6 would, without the mail nobody."""
    assert effects_of(STORY, 1) == {"ad": round(2 / 3, 9), "mail": 1.0}
    assert shares(data_driven_credits(STORY, MARKOV)) == {"ad": 0.4, "mail": 0.6}


def test_order_two_knows_that_only_the_mail_after_the_ad_converted() -> None:
    assert effects_of(STORY, 2) == {"ad": 1.0, "mail": 1.0}


def test_coming_again_by_the_same_value_changes_no_effect_of_order_one() -> None:
    again = (PathCount(("ad", "ad", "ad", "mail"), 2, 0), *STORY[1:])
    assert effects_of(again, 1) == effects_of(STORY, 1)


def test_shapley_gives_what_a_value_adds_in_all_orders() -> None:
    """The mail alone is worth 1/6, the ad alone nothing, both 1/2: the ad adds 1/6, the mail 1/3."""
    assert shares(data_driven_credits(STORY, SHAPLEY)) == {"ad": round(1 / 3, 9), "mail": round(2 / 3, 9)}


def test_by_their_paths_alone_the_values_of_a_path_share_its_conversions() -> None:
    by_paths = DataDrivenModel(Method.SHAPLEY, worth=Worth.PATHS, draws=20)
    story = (*STORY, PathCount(("mail", "mail"), 2, 0))
    assert shares(data_driven_credits(story, by_paths)) == {"ad": 0.25, "mail": 0.75}


def solved(paths: list[PathCount], order: int, without: str = "") -> Fraction:
    """The probability of converting by elimination with whole fractions; `without` leads nowhere."""
    total = sum(path.converted + path.lost for path in paths)
    if not total:
        return Fraction(0)
    leads: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
    for path in paths:
        states = [(), *(path.values[max(0, end - order) : end] for end in range(1, len(path.values) + 1))]
        for before, after in pairwise(states):
            row = leads.setdefault(before, {})
            row[after] = row.get(after, 0) + path.converted + path.lost
        for end, times in ((("=won",), path.converted), (("=lost",), path.lost)):
            row = leads.setdefault(states[-1], {})
            row[end] = row.get(end, 0) + times
    # p(state) = constant + Σ factor · p(other); states are put into one another until only the start is left.
    equations: dict[tuple[str, ...], tuple[Fraction, dict[tuple[str, ...], Fraction]]] = {}
    for state, row in leads.items():
        seen = sum(row.values()) or 1
        known = {after: Fraction(times, seen) for after, times in row.items() if after[-1] != without}
        won = known.pop(("=won",), Fraction(0))
        known.pop(("=lost",), None)
        equations[state] = (won, known)
    for state in [state for state in equations if state != ()]:
        constant, factors = equations.pop(state)
        loop = 1 - factors.pop(state, Fraction(0))
        for other, (own, rest) in equations.items():
            if state in rest:
                by = rest.pop(state) / loop
                equations[other] = (own + by * constant, rest)
                for after, factor in factors.items():
                    rest[after] = rest.get(after, Fraction(0)) + by * factor
    return equations[()][0]


@given(some_paths, st.sampled_from((1, 2)))
def test_removal_effects_are_those_of_solving_each_removal_by_itself(
    paths: list[PathCount], order: int
) -> None:
    chain = Chain(paths, order)
    found = removal_effects(chain, chain.probabilities(chain.converted, chain.lost))
    total = solved(paths, order)
    for value, effect in zip(chain.values, found, strict=True):
        assert isclose(effect, 1 - solved(paths, order, value) / total, abs_tol=1e-9)


@given(some_paths, st.sampled_from((1, 2)))
def test_a_chain_converts_as_often_as_its_paths_did(paths: list[PathCount], order: int) -> None:
    chain = Chain(paths, order)
    known = chain.probabilities(chain.converted, chain.lost)
    assert isclose(known.conversion(), chain.converted.sum() / (chain.converted + chain.lost).sum())


@given(some_paths)
def test_shapley_values_are_the_means_over_all_orders(paths: list[PathCount]) -> None:
    chain = Chain(paths)
    worths = worths_in_chain(chain.probabilities(chain.converted, chain.lost))
    size = len(chain.values)
    means = numpy.zeros(size)
    orders = list(permutations(range(size)))
    for order in orders:
        there = 0
        for value in order:
            means[value] += (worths[there | 1 << value] - worths[there]) / len(orders)
            there |= 1 << value
    assert numpy.allclose(exact(worths), means, atol=1e-12)
    assert isclose(exact(worths).sum(), worths[-1], abs_tol=1e-12)


@given(some_paths)
def test_a_coalition_is_worth_what_its_chain_converts_without_all_others(paths: list[PathCount]) -> None:
    chain = Chain(paths)
    worths = worths_in_chain(chain.probabilities(chain.converted, chain.lost))
    for nth, value in enumerate(chain.values):
        everybody_else = len(worths) - 1 - (1 << nth)
        assert isclose(worths[everybody_else], solved(paths, 1, value), abs_tol=1e-9)


@given(some_paths)
def test_equal_shares_are_the_shapley_values_of_the_game_of_paths(paths: list[PathCount]) -> None:
    chain = Chain(paths)
    by_coalition = exact(worths_of_paths(chain, chain.converted))
    assert numpy.allclose(by_coalition, equal_shares(chain, chain.converted))


def test_with_more_than_twelve_values_orders_are_sampled_and_the_error_is_stated() -> None:
    paths = [PathCount((f"v{nth}", f"v{(nth * 5 + 1) % 13}"), nth % 4, 1 + nth % 3) for nth in range(13)]
    chain = Chain(paths)
    known = chain.probabilities(chain.converted, chain.lost)
    estimate, truth = sampled(known, pairs=400, seed=3), exact(worths_in_chain(known))
    assert (abs(estimate.means - truth) <= 4 * estimate.errors + 1e-12).all()
    assert 0 < estimate.errors.max() < 0.05 * truth.sum()
    found = data_driven_credits(paths, DataDrivenModel(Method.SHAPLEY, draws=2, seed=3))
    assert max(credit.sampling_error for credit in found) > 0
    assert isclose(sum(credit.share for credit in found), 1)


# Where one value earns nothing, rounding once left its effect a hair below it.
@example([PathCount(("b", "b"), 1, 0), PathCount(("b", "a", "a"), 0, 3)], MARKOV)
@given(some_paths, st.sampled_from((MARKOV, DataDrivenModel(Method.MARKOV, order=2, draws=5), SHAPLEY)))
def test_shares_sum_to_one_and_the_same_seed_says_the_same(
    paths: list[PathCount], model: DataDrivenModel
) -> None:
    found = data_driven_credits(paths, model)
    assert isclose(sum(credit.share for credit in found), 1)
    assert all(0 <= credit.low <= credit.high <= 1 + 1e-9 for credit in found)
    assert found == data_driven_credits(paths, model)


def test_an_interval_narrows_with_the_number_of_journeys() -> None:
    few, many = (
        data_driven_credits([PathCount(p.values, p.converted * n, p.lost * n) for p in STORY], MARKOV)
        for n in (5, 500)
    )
    assert few[0].high - few[0].low > 3 * (many[0].high - many[0].low)
    assert many[0].low < 0.4 < many[0].high


def test_one_value_gets_everything_and_that_is_said() -> None:
    (only,) = data_driven_credits([PathCount(("ad",), 3, 9)], MARKOV)
    assert (only.share, only.low, only.high) == (1, 1, 1)
    assert warning(1000, 1) == "There is only one value, so it gets everything: nothing was compared."


def test_too_few_conversions_are_called_that_with_what_is_advisable() -> None:
    assert warning(23, 9) == (
        "Only 23 conversions over 9 values, and at least 300 are advisable: read the intervals "
        "rather than the shares, or take an earlier milestone or a coarser dimension."
    )
    assert "at least 400" in warning(300, 40)
    assert warning(300, 9) == ""


def test_what_can_not_be_computed_is_said_in_a_sentence() -> None:
    with pytest.raises(ChainError, match="no journey converted"):
        data_driven_credits([PathCount(("ad",), 0, 9)], MARKOV)
    with pytest.raises(ChainError, match="without any value"):
        Chain([PathCount((), 1, 0)])
    many = [PathCount((f"a{nth}", f"b{nth}"), 1, 0) for nth in range(MOST_STATES)]
    with pytest.raises(ChainError, match=r"order 1 makes 6,000 states of 6,000 values, and more than 3,000"):
        Chain(many)
    with pytest.raises(ChainError, match="at most 200"):
        data_driven_credits(many[:120], SHAPLEY)


def test_the_version_of_a_model_names_method_parameters_and_data() -> None:
    assert MARKOV.version("won", "channel") == MARKOV.version("won", "channel")
    others = {
        MARKOV,
        SHAPLEY,
        DataDrivenModel(Method.MARKOV, order=2),
        DataDrivenModel(Method.MARKOV, seed=2),
    }
    versions = {model.version("won", "channel") for model in others} | {MARKOV.version("lead", "channel")}
    assert len(versions) == 5
