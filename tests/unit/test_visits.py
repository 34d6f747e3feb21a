"""Website facts become visits: pauses, new sources, pages and the time spent on them."""

from itertools import permutations

import facts as f
import pytest

from attribution.ad_records import NO_RECORDS
from attribution.policy import Policy
from attribution.visits import Visit, visits_of
from schemas.envelope import natural_id
from schemas.website import WebsiteFact

HOME = "https://www.site.example/"
PRICES = "https://www.site.example/prices"
DEMO = "https://www.site.example/demo"
BAIDU_AD = "https://www.site.example/?utm_source=baidu&utm_medium=cpc&keyword=x&bd_vid=1"
GOOGLE = "https://www.google.com/"


def visits(policy: Policy, *facts: WebsiteFact) -> tuple[Visit, ...]:
    return visits_of(facts, "anon:1", NO_RECORDS, policy)


def starts(policy: Policy, *facts: WebsiteFact) -> list[int]:
    """When the visits begin, in milliseconds after the start of the story."""
    return [visit.touchpoint.at - f.START for visit in visits(policy, *facts)]


def test_a_pause_of_half_an_hour_is_within_a_visit_and_a_longer_one_ends_it(policy: Policy) -> None:
    assert starts(policy, f.page("anon:1", 0), f.page("anon:1", 30 * f.MINUTE)) == [0]
    later = 30 * f.MINUTE + 1
    assert starts(policy, f.page("anon:1", 0), f.page("anon:1", later)) == [0, later]


def test_whatever_the_visitor_does_keeps_the_visit_alive(policy: Policy) -> None:
    facts = [f.page("anon:1", 0), f.dwell("anon:1", 25 * f.MINUTE, HOME, 5), f.form("anon:1", 50 * f.MINUTE)]
    assert starts(policy, *facts, f.page("anon:1", 75 * f.MINUTE)) == [0]


def test_the_policy_says_how_long_a_pause_may_be(policy: Policy) -> None:
    short = policy.model_copy(update={"sessions": policy.sessions.model_copy(update={"timeout_minutes": 5})})
    facts = [f.page("anon:1", 0), f.page("anon:1", 6 * f.MINUTE)]
    assert len(visits(policy, *facts)) == 1
    assert len(visits(short, *facts)) == 2


def test_a_page_view_with_another_source_begins_a_new_visit(policy: Policy) -> None:
    facts = [f.page("anon:1", 0, BAIDU_AD), f.page("anon:1", f.MINUTE, PRICES, referrer=GOOGLE)]
    first, second = visits(policy, *facts)
    assert (first.touchpoint.channel, second.touchpoint.channel) == ("paid_search", "organic_search")
    assert second.touchpoint.id == facts[1].event_id


def test_the_policy_may_leave_other_sources_within_the_visit(policy: Policy) -> None:
    calm = policy.sessions.model_copy(update={"new_session_on_new_source": False})
    facts = [f.page("anon:1", 0, BAIDU_AD), f.page("anon:1", f.MINUTE, PRICES, referrer=GOOGLE)]
    assert len(visits(policy.model_copy(update={"sessions": calm}), *facts)) == 1


@pytest.mark.parametrize("referrer", ["", HOME, "https://open.weixin.qq.com/connect"])
def test_no_source_internal_links_and_sign_in_sites_go_on_with_the_visit(
    policy: Policy, referrer: str
) -> None:
    visit = visits(
        policy, f.page("anon:1", 0, BAIDU_AD), f.page("anon:1", f.MINUTE, PRICES, referrer=referrer)
    )
    assert [each.touchpoint.channel for each in visit] == ["paid_search"]


def test_the_same_ad_landed_on_twice_is_one_visit(policy: Policy) -> None:
    """A reload sends the same landing URL again."""
    assert starts(policy, f.page("anon:1", 0, BAIDU_AD), f.page("anon:1", 9, BAIDU_AD)) == [0]


def test_the_source_of_a_visit_stays_that_of_its_first_page_view(policy: Policy) -> None:
    """A page without a source in between doesn't make the reloaded ad a new one."""
    facts = [f.page("anon:1", 0, BAIDU_AD), f.page("anon:1", 5, PRICES), f.page("anon:1", 9, BAIDU_AD)]
    assert starts(policy, *facts) == [0]


def test_another_click_on_the_same_ad_is_another_visit(policy: Policy) -> None:
    facts = [f.page("anon:1", 0, BAIDU_AD), f.page("anon:1", f.MINUTE, BAIDU_AD.replace("vid=1", "vid=2"))]
    assert starts(policy, *facts) == [0, f.MINUTE]


def test_back_to_the_first_source_is_a_third_visit(policy: Policy) -> None:
    letter = f"{HOME}?utm_source=newsletter&utm_medium=email"
    facts = [
        f.page("anon:1", 0, letter),
        f.page("anon:1", f.MINUTE, HOME, referrer=GOOGLE),
        f.page("anon:1", 2 * f.MINUTE, letter),
    ]
    assert starts(policy, *facts) == [0, f.MINUTE, 2 * f.MINUTE]


def test_back_in_the_tab_of_the_ad_nobody_clicked_again(policy: Policy) -> None:
    """Each click has an id of its own, so the same id is the same click."""
    facts = [
        f.page("anon:1", 0, BAIDU_AD),
        f.page("anon:1", f.MINUTE, HOME, referrer=GOOGLE),
        f.page("anon:1", 2 * f.MINUTE, BAIDU_AD),
    ]
    assert starts(policy, *facts) == [0, f.MINUTE]


def test_a_source_after_a_direct_start_is_a_new_visit(policy: Policy) -> None:
    assert starts(policy, f.page("anon:1", 0), f.page("anon:1", f.MINUTE, BAIDU_AD)) == [0, f.MINUTE]


def test_time_on_a_page_that_came_before_its_view_belongs_to_the_same_visit(policy: Policy) -> None:
    """Trackers send in batches; a visit begins with its first page view all the same."""
    facts = [f.dwell("anon:1", 0, BAIDU_AD, 1000), f.page("anon:1", 5, BAIDU_AD)]
    (visit,) = visits(policy, *facts)
    assert (visit.touchpoint.at - f.START, visit.touchpoint.id) == (5, facts[1].event_id)
    assert (visit.touchpoint.platform, visit.touchpoint.landing_url) == ("baidu", BAIDU_AD)
    assert (visit.touchpoint.pages, visit.touchpoint.dwell_ms) == (1, 1000)


def test_a_form_alone_is_a_visit_if_its_page_is_tagged(policy: Policy) -> None:
    (visit,) = visits(policy, f.form("anon:1", 0, "email:a", url=BAIDU_AD))
    touchpoint = visit.touchpoint
    assert (touchpoint.keyword, touchpoint.forms, touchpoint.pages, visit.pages) == ("x", 1, 0, ())


def test_a_page_was_read_until_the_next_one_and_the_last_for_no_known_time(policy: Policy) -> None:
    facts = [f.page("anon:1", 0, HOME), f.page("anon:1", 40_000, PRICES), f.page("anon:1", 100_000, DEMO)]
    (visit,) = visits(policy, *facts)
    assert [(page.url, page.dwell_ms) for page in visit.pages] == [
        (HOME, 40_000),
        (PRICES, 60_000),
        (DEMO, 0),
    ]
    assert visit.touchpoint.dwell_ms == 100_000


def test_measured_time_wins_over_the_time_between_views(policy: Policy) -> None:
    facts = [
        f.page("anon:1", 0, HOME),
        f.dwell("anon:1", 10_000, HOME, 8_000),
        f.dwell("anon:1", 20_000, HOME, 4_000),
        f.page("anon:1", 300_000, PRICES),
        f.dwell("anon:1", 301_000, PRICES, 70_000),
    ]
    (visit,) = visits(policy, *facts)
    assert [page.dwell_ms for page in visit.pages] == [12_000, 70_000]


def test_measured_time_of_a_page_seen_twice_counts_once(policy: Policy) -> None:
    facts = [f.page("anon:1", 0, HOME), f.page("anon:1", 5_000, PRICES), f.page("anon:1", 9_000, HOME)]
    (visit,) = visits(policy, *facts, f.dwell("anon:1", 10_000, HOME, 6_000))
    assert [page.dwell_ms for page in visit.pages] == [6_000, 4_000, 0]
    assert visit.touchpoint.dwell_ms == 10_000


def test_time_measured_in_another_visit_stays_there(policy: Policy) -> None:
    facts = [f.page("anon:1", 0, HOME), f.dwell("anon:1", 1, HOME, 500), f.page("anon:1", f.DAY, HOME)]
    assert [visit.touchpoint.dwell_ms for visit in visits(policy, *facts)] == [500, 0]


def test_a_visit_lasts_until_its_last_fact(policy: Policy) -> None:
    (visit,) = visits(policy, f.page("anon:1", 0), f.page("anon:1", 7, PRICES), f.form("anon:1", 9))
    assert (visit.touchpoint.at, visit.touchpoint.ended_at) == (f.START, f.START + 9)
    assert (visit.touchpoint.pages, visit.touchpoint.forms) == (2, 1)
    assert {page.touchpoint for page in visit.pages} == {visit.touchpoint.id}


def test_a_long_visit_lists_its_first_pages_and_counts_them_all(policy: Policy) -> None:
    most = policy.bounds.pages_per_visit
    (visit,) = visits(policy, *(f.page("anon:1", n * 1000, f"{HOME}{n}") for n in range(most + 20)))
    assert (len(visit.pages), visit.touchpoint.pages) == (most, most + 20)
    assert visit.pages[-1].url == f"{HOME}{most - 1}"
    assert visit.touchpoint.dwell_ms == (most + 19) * 1000


def test_visits_do_not_know_the_order_of_arrival(policy: Policy) -> None:
    facts = [
        f.page("anon:1", 0, BAIDU_AD),
        f.page("anon:1", 0, HOME),
        f.dwell("anon:1", f.MINUTE, HOME, 9),
        f.page("anon:1", 2 * f.HOUR, HOME, referrer=GOOGLE),
    ]
    assert len({visits(policy, *order) for order in permutations(facts)}) == 1


def test_of_views_in_one_millisecond_the_smaller_id_is_first(policy: Policy) -> None:
    low, high = sorted((natural_id("a"), natural_id("b")))
    facts = [f.page("anon:1", 0, PRICES, event_id=high), f.page("anon:1", 0, HOME, event_id=low)]
    (visit,) = visits(policy, *facts)
    assert (visit.touchpoint.id, visit.touchpoint.landing_url) == (low, HOME)
