"""Sets of facts: whatever the order and the batches, the same facts stay."""

from random import Random

import facts as f
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.facts import bounded, by_time, union
from attribution.state import indexed, settle
from schemas.envelope import natural_id
from schemas.handover import AnyFact

# Few moments, so that many facts share one.
MOMENTS = st.lists(st.integers(0, 12), max_size=40)


def views(moments: list[int]) -> list[AnyFact]:
    return [f.page("anon:1", moment) for moment in moments]


def test_facts_of_one_time_stand_in_the_order_of_their_ids() -> None:
    first, second = sorted((f.page("anon:1", 5), f.page("anon:1", 5)), key=lambda fact: fact.event_id)
    assert sorted((second, first), key=by_time) == [first, second]


def test_a_union_leaves_the_sets_that_it_was_made_of() -> None:
    known = indexed(views([1]))
    before = dict(known)
    union(known, views([2]))
    assert known == before


def test_below_the_bound_nothing_goes() -> None:
    facts = indexed(views(list(range(5))))
    assert bounded(facts, 2, 3) == (facts, False)


def test_above_it_the_first_and_the_last_stay() -> None:
    facts = views([50, 10, 40, 20, 30])
    kept, cut = bounded(indexed(facts), 1, 2)
    assert (sorted(fact.occurred_at - f.START for fact in kept.values()), cut) == ([10, 40, 50], True)


def test_each_type_of_fact_has_a_bound_of_its_own() -> None:
    """The form that made a lead isn't pushed out by a thousand page views around it."""
    form = f.form("anon:1", 500, "email:a")
    facts = [*views(list(range(1000))), form]
    kept, cut = bounded(indexed(facts), 3, 3)
    assert (len(kept), form.event_id in kept, cut) == (7, True, True)


def test_many_types_below_their_bounds_stay_though_together_they_are_many() -> None:
    facts = indexed([*views([1, 2]), f.form("anon:1", 3), f.identified("anon:1", 4), f.lead("crm:crm:1", 5)])
    assert bounded(facts, 1, 1) == (facts, False)


@given(moments=MOMENTS, seed=st.integers(0, 1 << 30), size=st.integers(1, 9))
def test_what_stays_depends_on_no_order_and_no_batch(moments: list[int], seed: int, size: int) -> None:
    facts = views(moments)
    at_once, cut = settle({}, facts, 3, 4)
    shuffled = [*facts, *facts]
    Random(seed).shuffle(shuffled)
    kept: tuple[AnyFact, ...] = ()
    ever_cut = False
    for start in range(0, len(shuffled), size):
        kept, now_cut = settle(indexed(kept), shuffled[start : start + size], 3, 4)
        ever_cut = ever_cut or now_cut
    assert (kept, ever_cut) == (at_once, cut)


def test_a_settled_set_is_in_the_order_of_time() -> None:
    kept, _ = settle({}, views([9, 3, 7, 3]), 10, 10)
    assert list(kept) == sorted(kept, key=by_time)


@pytest.mark.parametrize("received", [(1, 2), (2, 1)])
def test_a_restated_fact_is_the_one_received_first(received: tuple[int, int]) -> None:
    """Whoever sends another content under a known id can't rewrite what was counted."""
    one_id = natural_id("one")
    copies = [
        f.page("anon:1", 0, f"https://www.site.example/{at}", event_id=one_id, received_at=at)
        for at in received
    ]
    kept, cut = settle({}, copies, 5, 5)
    assert ([fact.received_at for fact in kept], cut) == ([1], False)
