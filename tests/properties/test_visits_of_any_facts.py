"""What holds for the visits of any facts: their order is nothing, and only pages and tags begin one."""

from random import Random
from typing import Any

import facts as f
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.ad_records import NO_RECORDS
from attribution.cutting import cut
from attribution.facts import by_time
from attribution.policy import Policy
from attribution.visits import told_of, visits_of
from schemas.website import PageEngaged, PageViewed, WebsiteFact

ME = "anon:1"
SITE = "https://www.firm.example"
URLS = (
    "",
    f"{SITE}/",
    f"{SITE}/demo",
    f"{SITE}/?gclid=1&utm_source=google",
    f"{SITE}/?gclid=2&utm_source=google",
    f"{SITE}/demo?utm_source=letter&utm_medium=email",
    f"{SITE}/thanks?utm_nooverride=1",
)
REFERRERS = ("", f"{SITE}/", "https://www.google.com/", "https://www.zhihu.com/", "https://pay.bank.example/")


@st.composite
def any_fact(draw: Any) -> WebsiteFact:
    at, url = draw(st.integers(0, 300)) * f.MINUTE, draw(st.sampled_from(URLS))
    referrer = draw(st.sampled_from(REFERRERS))
    makers = (
        lambda: f.page(ME, at, url, referrer=referrer),
        lambda: f.page(ME, at, url, referrer=referrer),
        lambda: f.dwell(ME, at, url, draw(st.sampled_from([0, 20_000, 50 * f.MINUTE, f.DAY]))),
        lambda: f.form(ME, at, url=url, referrer=referrer),
        lambda: f.identified(ME, at, url=url),
        lambda: f.tracked(ME, at, "anything"),
    )
    return draw(st.sampled_from(makers))()


FACTS = st.lists(any_fact(), max_size=20)


@settings(max_examples=300)
@given(known=FACTS, seed=st.integers(0, 1 << 30))
def test_the_order_of_facts_decides_nothing(policy: Policy, known: list[WebsiteFact], seed: int) -> None:
    shuffled = list(known)
    Random(seed).shuffle(shuffled)
    assert visits_of(shuffled, ME, NO_RECORDS, policy) == visits_of(known, ME, NO_RECORDS, policy)


@settings(max_examples=500)
@given(known=FACTS, place=st.integers(0, 20))
def test_cutting_on_gives_what_cutting_all_again_gives_and_leaves_the_former_as_it_was(
    policy: Policy, known: list[WebsiteFact], place: int
) -> None:
    in_order = sorted(known, key=by_time)
    before = cut(in_order[:place], policy)
    visits = told_of(before, ME, NO_RECORDS, policy)
    cut_on = before.followed_by(in_order[place:])
    if cut_on is not None:
        again = cut(in_order, policy)
        assert told_of(cut_on, ME, NO_RECORDS, policy) == told_of(again, ME, NO_RECORDS, policy)
        assert cut_on.last == again.last
    assert told_of(before, ME, NO_RECORDS, policy) == visits


def test_page_views_that_come_one_by_one_are_cut_on(policy: Policy) -> None:
    pages = [f.page(ME, at * f.MINUTE, f"{SITE}/{at}") for at in range(5)]
    cutter = cut((), policy)
    for page in pages:
        followed = cutter.followed_by([page])
        assert followed is not None
        cutter = followed
    assert told_of(cutter, ME, NO_RECORDS, policy) == visits_of(pages, ME, NO_RECORDS, policy)
    assert cutter.followed_by([pages[0]]) is None


def test_tags_that_landed_once_begin_nothing_however_often_they_are_told_again(policy: Policy) -> None:
    tagged = f"{SITE}/?utm_source=letter&utm_medium=email"
    told = [f.tracked(ME, hour * f.HOUR, "paid", url=tagged) for hour in (3, 6)]
    cutter = cut((), policy)
    for fact in (f.page(ME, 0, tagged), *told):
        followed = cutter.followed_by([fact])
        assert followed is not None
        cutter = followed
    assert len(told_of(cutter, ME, NO_RECORDS, policy)) == 1


@settings(max_examples=300)
@given(known=FACTS)
def test_each_page_view_is_in_one_visit_and_no_visit_is_without_page_or_tag(
    policy: Policy, known: list[WebsiteFact]
) -> None:
    visits = [visit.touchpoint for visit in visits_of(known, ME, NO_RECORDS, policy)]
    assert sum(touch.pages for touch in visits) == sum(isinstance(fact, PageViewed) for fact in known)
    assert all(
        touch.pages or not touch.rule.endswith((":referrer", "direct", "internal")) for touch in visits
    )
    begun = {fact.event_id for fact in known if not isinstance(fact, PageEngaged)}
    assert {touch.id for touch in visits} <= begun


@settings(max_examples=300)
@given(known=FACTS)
def test_what_is_no_page_view_makes_no_direct_visit(policy: Policy, known: list[WebsiteFact]) -> None:
    """It may join two visits to one, by what happened between them; it never adds one that nothing names."""
    pages = [fact for fact in known if isinstance(fact, PageViewed)]
    alone = visits_of(pages, ME, NO_RECORDS, policy)
    direct = [
        visit for visit in visits_of(known, ME, NO_RECORDS, policy) if visit.touchpoint.channel == "direct"
    ]
    assert len(direct) <= sum(visit.touchpoint.channel == "direct" for visit in alone)
