"""What the market reckons with is right: shares sum to one for any path, and parts to the whole."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.credits import MODELS, SHARES, Conversion, Step, credits, decayed, divided

Path = tuple[list[Step], Conversion]


@st.composite
def paths(draw: st.DrawFn) -> Path:
    """Any path: touchpoints of up to three people, at the same time or not, with or without milestones."""
    moments = sorted(draw(st.lists(st.integers(0, 20), min_size=1, max_size=12)))
    leads = {who: draw(st.none() | st.integers(0, 25)) for who in "abc"}
    steps = []
    for number, moment in enumerate(moments):
        whose = draw(st.sampled_from("abc"))
        channel = draw(st.sampled_from(("direct", "paid_search", "email")))
        steps.append(Step(moment, f"{number:02}", whose, channel, leads[whose]))
    milestone = draw(st.sampled_from(("lead", "opportunity", "won")))
    opened = None if milestone == "lead" else draw(st.integers(0, 20))
    return steps, Conversion(milestone, moments[-1] + draw(st.integers(0, 5)), opened)


@given(paths(), st.sampled_from(sorted(MODELS)), st.integers(0, 10**12))
def test_the_credits_of_any_path_sum_to_one_and_its_money_to_the_cent(
    path: Path, model: str, amount: int
) -> None:
    steps, conversion = path
    for earned in (credits(steps, conversion, MODELS[model]), decayed(steps, Fraction(7))):
        assert sum(earned) == 1
        assert min(earned) >= 0
        for total in (SHARES, amount):
            parts = divided(total, earned)
            assert sum(parts) == total
            assert all(abs(part - share * total) < 1 for part, share in zip(parts, earned, strict=True))


def path(*moments: int, lead_at: int | None = None) -> list[Step]:
    return [Step(moment, str(moment), "a", "email", lead_at) for moment in moments]


@pytest.mark.parametrize(
    ("model", "moments", "expected"),
    [
        ("position_40_20_40", (1,), ["1"]),
        ("position_40_20_40", (1, 2), ["1/2", "1/2"]),
        ("position_40_20_40", (1, 2, 3, 4), ["2/5", "1/10", "1/10", "2/5"]),
        # The first created the lead, too: it has both weights, and the other one all of the rest.
        ("u_40_40_20", (1, 5), ["4/5", "1/5"]),
        ("u_50_50", (1, 2, 5), ["1/2", "1/2", "0"]),
        # Created the lead and came last before the opportunity; one is left for the rest.
        ("w_shaped", (1, 2, 5), ["3/10", "3/5", "1/10"]),
        # Nobody is left for the rest: its tenth is scaled up among four equals.
        ("full_path", (1, 2, 4, 5), ["1/4", "1/4", "1/4", "1/4"]),
    ],
)
def test_by_hand(model: str, moments: Sequence[int], expected: list[str]) -> None:
    opened = 4 if model == "full_path" else 3
    earned = credits(path(*moments, lead_at=3), Conversion("won", 6, opened), MODELS[model])
    assert earned == [Fraction(each) for each in expected]


def test_what_is_left_goes_to_the_largest_remainders_and_then_to_the_first() -> None:
    assert divided(100, [Fraction(1, 3)] * 3) == [34, 33, 33]
    assert divided(10, [Fraction(1, 4), Fraction(3, 8), Fraction(3, 8)]) == [2, 4, 4]
    assert divided(1, [Fraction(1, 2), Fraction(1, 2)]) == [1, 0]
