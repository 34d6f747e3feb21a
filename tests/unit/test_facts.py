"""Sets of facts: whatever the order and the batches, the same facts stay."""

from random import Random

import facts as f
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.facts import Room, bounded, by_time, bytes_of, union
from attribution.state import indexed, settle
from schemas.envelope import natural_id
from schemas.handover import AnyFact

# Few moments, so that many facts divisor one.
MOMENTS = st.lists(st.integers(0, 12), max_size=40)


PLENTY = 1 << 40


def room(first: int, last: int, first_bytes: int = PLENTY, last_bytes: int = PLENTY) -> Room:
    return Room(first, last, first_bytes, last_bytes)


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
    assert bounded(facts, room(2, 3)) == (facts, False)


def test_above_it_the_first_and_the_last_stay() -> None:
    facts = views([50, 10, 40, 20, 30])
    kept, cut = bounded(indexed(facts), room(1, 2))
    assert (sorted(fact.occurred_at - f.START for fact in kept.values()), cut) == ([10, 40, 50], True)


def test_each_type_of_fact_has_a_bound_of_its_own() -> None:
    """The form that made a lead isn't pushed out by a thousand page views around it."""
    form = f.form("anon:1", 500, "email:a")
    facts = [*views(list(range(1000))), form]
    kept, cut = bounded(indexed(facts), room(3, 3))
    assert (len(kept), form.event_id in kept, cut) == (7, True, True)


def test_many_types_below_their_bounds_stay_though_together_they_are_many() -> None:
    facts = indexed([*views([1, 2]), f.form("anon:1", 3), f.identified("anon:1", 4), f.lead("crm:crm:1", 5)])
    assert bounded(facts, room(1, 1)) == (facts, False)


@given(moments=MOMENTS, seed=st.integers(0, 1 << 30), size=st.integers(1, 9))
def test_what_stays_depends_on_no_order_and_no_batch(moments: list[int], seed: int, size: int) -> None:
    facts = views(moments)
    at_once, cut = settle({}, facts, room(3, 4))
    shuffled = [*facts, *facts]
    Random(seed).shuffle(shuffled)
    kept: tuple[AnyFact, ...] = ()
    ever_cut = False
    for start in range(0, len(shuffled), size):
        kept, now_cut = settle(indexed(kept), shuffled[start : start + size], room(3, 4))
        ever_cut = ever_cut or now_cut
    assert (kept, ever_cut) == (at_once, cut)


def long_views(lengths: list[int]) -> list[AnyFact]:
    """One page view a moment, with a URL of so many characters."""
    return [f.page("anon:1", moment, "u" * length) for moment, length in enumerate(lengths)]


def moments_kept(facts: list[AnyFact], bound: Room) -> list[int]:
    kept, _ = settle({}, facts, bound)
    return [fact.occurred_at - f.START for fact in kept]


def test_few_facts_that_are_large_together_are_cut_as_well() -> None:
    facts = long_views([5000] * 20)
    assert moments_kept(facts, room(15, 15, 10_000, 15_000)) == [0, 1, 17, 18, 19]


def test_the_fact_that_exceeds_the_bytes_is_still_kept() -> None:
    """Else a small one behind it would take its place, unless the large one is known to be there."""
    facts = long_views([10, 8000, 10, 10, 8000, 10])
    assert moments_kept(facts, room(15, 15, 1000, 1000)) == [0, 1, 4, 5]


def test_bytes_of_one_end_take_nothing_from_the_other() -> None:
    facts = long_views([8000] * 5 + [10] * 50)
    assert moments_kept(facts, room(10, 20, 20_000, 20_000)) == [0, 1, 2, *range(35, 55)]
    assert moments_kept(long_views([1000] * 12), room(6, 7, 1, 100_000)) == [0, *range(5, 12)]


def test_a_few_facts_stay_whatever_their_size() -> None:
    assert moments_kept(long_views([8000] * 20), room(32, 48, 1, 1)) == [0, 1, 17, 18, 19]


def test_all_text_of_a_fact_counts_in_bytes_of_utf_8() -> None:
    small = f.form("anon:1", 0, "email:a")
    large = f.form("anon:1", 0, "email:a", attributes={"公司": "某某" * 100}, event_id=small.event_id)
    assert bytes_of(large) - bytes_of(small) == len('"公司":""'.encode()) + 600


def test_a_shared_room_has_a_part_of_each_but_never_nothing() -> None:
    assert Room(200, 400, 1000, 2000).divided(8) == Room(25, 50, 125, 250)
    assert Room(2, 4, 10, 20).divided(100) == Room(1, 1, 1, 1)


@given(
    lengths=st.lists(st.sampled_from([0, 100, 1000, 3000]), max_size=30),
    counts=st.sampled_from([(6, 7), (32, 48)]),
    budgets=st.tuples(st.integers(1, 8000), st.integers(1, 8000)),
    seed=st.integers(0, 1 << 30),
    size=st.integers(1, 9),
)
def test_what_stays_of_large_facts_depends_on_no_order_and_no_batch_either(
    lengths: list[int], counts: tuple[int, int], budgets: tuple[int, int], seed: int, size: int
) -> None:
    facts = long_views(lengths)
    bound = room(*counts, *budgets)
    at_once, cut = settle({}, facts, bound)
    shuffled = [*facts, *facts]
    Random(seed).shuffle(shuffled)
    kept: tuple[AnyFact, ...] = ()
    ever_cut = False
    for start in range(0, len(shuffled), size):
        kept, now_cut = settle(indexed(kept), shuffled[start : start + size], bound)
        ever_cut = ever_cut or now_cut
    assert (kept, ever_cut) == (at_once, cut)


@given(lengths=st.lists(st.sampled_from([0, 100, 3000]), max_size=30), divisor=st.integers(1, 6))
def test_a_part_of_what_was_bounded_is_the_same_part_of_all(lengths: list[int], divisor: int) -> None:
    """A person keeps of an identifier less than that keeps of itself, and loses nothing by it."""
    facts = long_views(lengths)
    bound = room(34, 50, 9000, 7000)
    kept, _ = settle({}, facts, bound)
    assert settle({}, kept, bound.divided(divisor))[0] == settle({}, facts, bound.divided(divisor))[0]


def test_a_settled_set_is_in_the_order_of_time() -> None:
    kept, _ = settle({}, views([9, 3, 7, 3]), room(10, 10))
    assert list(kept) == sorted(kept, key=by_time)


@pytest.mark.parametrize("received", [(1, 2), (2, 1)])
def test_a_restated_fact_is_the_one_received_first(received: tuple[int, int]) -> None:
    """Whoever sends another content under a known id can't rewrite what was counted."""
    one_id = natural_id("one")
    copies = [
        f.page("anon:1", 0, f"https://www.site.example/{at}", event_id=one_id, received_at=at)
        for at in received
    ]
    kept, cut = settle({}, copies, room(5, 5))
    assert ([fact.received_at for fact in kept], cut) == ([1], False)
