"""Only a page view or a tagged touch begins a visit; all else joins one, or stands on the journey alone."""

from itertools import permutations

import facts as f
import pytest
from played import people

from attribution.policy import Policy
from schemas.envelope import Fact
from schemas.journey import Journey, Touchpoint

HOME = "https://www.firm.example/"
DEMO = "https://www.firm.example/demo"
AD = "https://www.firm.example/?gclid=abc&utm_source=google&utm_medium=cpc&utm_campaign=brand"
LETTER = "https://www.firm.example/offer?utm_source=letter&utm_medium=email&utm_campaign=spring"
ME = "anon:1"


def journey(policy: Policy, *facts: Fact, who: str = ME) -> Journey:
    return people(policy, *facts)[who]


def touches(policy: Policy, *facts: Fact) -> tuple[Touchpoint, ...]:
    return journey(policy, *facts).touchpoints


def told(policy: Policy, *facts: Fact) -> list[tuple[int, str]]:
    """In which minute each touchpoint began, and by which channel."""
    return [((touch.at - f.START) // f.MINUTE, touch.channel) for touch in touches(policy, *facts)]


@pytest.mark.parametrize(
    "later",
    [
        f.tracked(ME, 2 * f.DAY, "Invoice Paid"),
        f.tracked(ME, 2 * f.DAY, "Video Played", url=DEMO),
        f.identified(ME, 2 * f.DAY, "email:b"),
        f.identified(ME, 2 * f.DAY, "email:b", url=DEMO, referrer="https://www.bing.com/"),
        f.form(ME, 2 * f.DAY, "email:b"),
        f.form(ME, 2 * f.DAY, "email:b", url=DEMO),
        f.dwell(ME, 2 * f.DAY, DEMO, 5000),
    ],
    ids=lambda fact: f"{fact.type} {fact.url or 'without a page'}",
)
def test_what_is_no_page_view_is_no_visit_days_later(policy: Policy, later: Fact) -> None:
    assert told(policy, f.page(ME, 0, AD), later) == [(0, "paid_search")]


def test_who_is_known_by_a_form_alone_is_a_lead_without_a_touchpoint(policy: Policy) -> None:
    known = journey(policy, f.form(ME, 0, "email:a", url=DEMO, attributes={"company": "Kunde AG"}))
    assert (known.touchpoints, known.is_lead, known.company) == ((), True, "Kunde AG")
    assert [entry.stage for entry in known.stages] == ["lead"]
    assert (known.facts, known.first_at) == (1, f.START)


def test_nightly_calls_of_a_back_end_change_no_touch_of_the_lead(policy: Policy) -> None:
    nights = [f.identified("user:u", day * f.DAY, "email:b") for day in range(1, 6)]
    known = journey(policy, f.page(ME, 0, AD, others=("user:u",)), *nights)
    assert [touch.channel for touch in known.touchpoints] == ["paid_search"]
    assert known.last_at == f.START + 5 * f.DAY


def test_what_happens_near_a_visit_joins_it(policy: Policy) -> None:
    (touch,) = touches(
        policy,
        f.page(ME, 0, AD),
        f.tracked(ME, 20 * f.MINUTE, "Pricing Opened"),
        f.form(ME, 45 * f.MINUTE, "email:a"),
        f.identified(ME, 70 * f.MINUTE, "email:a"),
        f.page(ME, 95 * f.MINUTE, DEMO),
    )
    assert (touch.forms, touch.pages, touch.ended_at - touch.at) == (1, 2, 95 * f.MINUTE)


def test_a_form_told_a_little_before_its_page_counts_for_the_visit(policy: Policy) -> None:
    """Clocks differ, and a batch may give both the same time; a lead must not be before its first touch."""
    form, page = f.form(ME, 0, "email:a", url=DEMO), f.page(ME, 2000, DEMO, referrer="https://www.bing.com/")
    (touch,) = touches(policy, form, page)
    assert (touch.at, touch.id, touch.forms, touch.channel) == (f.START, page.event_id, 1, "organic_search")


def test_a_call_without_a_page_a_little_before_does_not_move_the_visit(policy: Policy) -> None:
    night, page = f.identified(ME, 0, "email:a"), f.page(ME, 20 * f.MINUTE, AD)
    assert told(policy, night, page) == [(20, "paid_search")]


def test_time_on_a_page_counts_although_it_ends_after_the_pause(policy: Policy) -> None:
    (touch,) = touches(policy, f.page(ME, 0, AD), f.dwell(ME, 45 * f.MINUTE, AD, 45 * f.MINUTE))
    assert (touch.dwell_ms, touch.ended_at - f.START) == (45 * f.MINUTE, 45 * f.MINUTE)


def test_who_read_a_page_for_long_goes_on_with_the_visit(policy: Policy) -> None:
    read = f.dwell(ME, 45 * f.MINUTE, AD, 44 * f.MINUTE)
    assert told(policy, f.page(ME, 0, AD), read, f.page(ME, 46 * f.MINUTE, DEMO)) == [(0, "paid_search")]


def test_it_does_so_even_if_the_time_was_told_after_the_next_page(policy: Policy) -> None:
    facts = (
        f.page(ME, 0, AD),
        f.page(ME, 45 * f.MINUTE, DEMO, referrer=HOME),
        f.dwell(ME, 45 * f.MINUTE + 900, AD, 45 * f.MINUTE),
    )
    for order in permutations(facts):
        (touch,) = touches(policy, *order)
        assert (touch.pages, touch.dwell_ms) == (2, 45 * f.MINUTE)


def test_a_ping_that_came_hours_later_still_gives_its_page_the_time(policy: Policy) -> None:
    """The tab stayed open over night; that it was closed is no visit, and keeps none alive."""
    facts = [
        f.page(ME, 0, AD),
        f.dwell(ME, 14 * f.HOUR, AD, 30_000),
        f.page(ME, 14 * f.HOUR + f.MINUTE, HOME),
    ]
    first, second = touches(policy, *facts)
    assert (first.dwell_ms, first.ended_at, second.channel) == (30_000, f.START, "direct")


def test_time_in_one_tab_counts_there_while_another_tab_is_visited(policy: Policy) -> None:
    facts = [f.page(ME, 0, AD), f.page(ME, f.MINUTE, LETTER), f.dwell(ME, 2 * f.MINUTE, AD, 50_000)]
    first, second = touches(policy, *facts)
    assert (first.dwell_ms, second.dwell_ms) == (50_000, 0)
    assert second.ended_at == f.START + 2 * f.MINUTE


def test_time_counts_for_its_page_although_the_site_cleaned_the_address(policy: Policy) -> None:
    (touch,) = touches(policy, f.page(ME, 0, AD), f.dwell(ME, f.MINUTE, HOME, 55_000))
    assert touch.dwell_ms == 55_000


def test_a_late_ping_finds_its_page_although_the_site_cleaned_the_address(policy: Policy) -> None:
    (touch,) = touches(policy, f.page(ME, 0, AD), f.dwell(ME, 9 * f.HOUR, HOME, 55_000))
    assert (touch.dwell_ms, touch.ended_at) == (55_000, f.START)


def test_a_day_spent_on_a_page_that_nobody_saw_joins_no_visits(policy: Policy) -> None:
    """A tracker that counts wrongly must not make one visit of a day's."""
    pages = [f.page(ME, 0, AD), f.page(ME, 8 * f.HOUR, DEMO), f.page(ME, 16 * f.HOUR, DEMO)]
    wrong = f.dwell(ME, 16 * f.HOUR + 5, f"{HOME}elsewhere", 86_400_000)
    assert len(told(policy, *pages, wrong)) == 3


def test_a_form_that_took_long_belongs_to_the_visit_of_its_page(policy: Policy) -> None:
    facts = [
        f.page(ME, 0, AD),
        f.form(ME, 40 * f.MINUTE, "email:a", url=AD),
        f.page(ME, 41 * f.MINUTE, f"{HOME}thanks", referrer=HOME),
    ]
    (touch,) = touches(policy, *facts)
    assert (touch.channel, touch.forms, touch.pages) == ("paid_search", 1, 2)


@pytest.mark.parametrize(
    "alone",
    [
        f.form(ME, 0, "email:a", url=LETTER),
        f.tracked(ME, 0, "Signed Up", url=LETTER),
        f.identified(ME, 0, "email:a", url=LETTER),
    ],
    ids=lambda fact: fact.type,
)
def test_a_tagged_touch_begins_a_visit_without_a_page_view(policy: Policy, alone: Fact) -> None:
    (touch,) = touches(policy, alone)
    assert (touch.channel, touch.campaign, touch.pages) == ("email", "spring", 0)


def test_tags_that_a_back_end_stored_and_tells_again_are_no_new_touch(policy: Policy) -> None:
    stored = "https://api.firm.example/paid?utm_source=google&utm_medium=cpc&utm_campaign=brand"
    later = f.tracked(ME, 9 * f.DAY, "Order Completed", url=stored)
    assert told(policy, f.page(ME, 0, AD), later) == [(0, "paid_search")]


def test_nor_are_they_if_only_the_user_is_named_beside_them(policy: Policy) -> None:
    visit = f.page(ME, 0, AD, others=("user:u",))
    stored = f.tracked("user:u", 5 * f.MINUTE, "Signed Up", url=AD.replace("gclid=abc&", ""))
    assert told(policy, visit, stored) == [(0, "paid_search")]
    other = f.tracked("user:u", 5 * f.DAY, "Signed Up", url=LETTER)
    assert told(policy, visit, stored, other) == [(0, "paid_search"), (5 * 24 * 60, "email")]


def test_a_back_end_that_never_rests_is_no_visitor(policy: Policy) -> None:
    beats = [f.tracked(ME, hour * f.HOUR, "Synced") for hour in range(1, 40)]
    assert told(policy, *beats) == []
    assert told(policy, f.page(ME, 0, AD), *beats) == [(0, "paid_search")]


def test_a_screen_of_an_app_begins_a_visit(policy: Policy) -> None:
    """A screen is shown as a page is; it only has no address."""
    assert told(policy, f.page(ME, 0, "", title="Home"), f.tracked(ME, 5, "Tapped")) == [(0, "direct")]


def test_a_machine_that_only_sends_forms_is_a_machine(policy: Policy) -> None:
    spider = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
    (touch,) = touches(policy, f.form(ME, 0, url=LETTER, user_agent=spider))
    assert touch.is_bot
