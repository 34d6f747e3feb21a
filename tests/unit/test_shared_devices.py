"""A laptop of several people: each page view goes to whoever was identified on it at that time."""

from itertools import permutations

import facts as f
from played import pages, people, play

from attribution.facts import by_time
from attribution.policy import Policy
from attribution.shared_devices import facts_by_person
from schemas.handover import AnyFact

LAPTOP = "anon:laptop"
A, B = "email:a", "email:b"
LEAD_A, LEAD_B = "crm:crm:1", "crm:crm:2"
SHARED = ((A, LEAD_A), (B, LEAD_B))
SITE = "https://www.site.example"


def dealt(*facts: AnyFact, shared: tuple[tuple[str, str], ...] = SHARED) -> dict[str, list[int]]:
    """Who gets which facts, by their minute."""
    parts = facts_by_person(sorted(facts, key=by_time), shared)
    return {
        person: [(fact.occurred_at - f.START) // f.MINUTE for fact in part] for person, part in parts.items()
    }


def view(minute: int, url: str = f"{SITE}/") -> AnyFact:
    return f.page(LAPTOP, minute * f.MINUTE, url)


def form(minute: int, *others: str) -> AnyFact:
    return f.form(LAPTOP, minute * f.MINUTE, *others)


def test_facts_go_to_who_was_identified_last_and_the_earliest_to_the_first() -> None:
    facts = [view(0), form(5, A), view(6), form(20, B), view(21), form(40, A), view(41)]
    assert dealt(*facts) == {LEAD_A: [0, 5, 6, 40, 41], LEAD_B: [20, 21]}


def test_before_the_first_identification_they_are_the_first_ones() -> None:
    assert dealt(view(0), view(1), form(2, B), form(9, A)) == {LEAD_B: [0, 1, 2], LEAD_A: [9]}


def test_names_that_the_device_is_not_shared_by_change_nothing() -> None:
    facts = [form(0, A), form(5, "user:d"), view(6), form(7)]
    assert dealt(*facts) == {LEAD_A: [0, 5, 6, 7], LEAD_B: []}


def test_if_nobody_was_identified_on_it_the_smallest_person_has_it_all() -> None:
    assert dealt(view(0), view(1)) == {LEAD_A: [0, 1], LEAD_B: []}


def test_a_fact_that_names_both_goes_to_the_smaller_one() -> None:
    assert dealt(form(0, B, A), view(1)) == {LEAD_A: [0, 1], LEAD_B: []}


def test_two_addresses_of_one_person_are_one_share() -> None:
    assert dealt(form(0, A), form(5, B), shared=((A, LEAD_A), (B, LEAD_A))) == {LEAD_A: [0, 5]}


def test_nothing_to_deal_out_is_dealt_to_everybody() -> None:
    assert dealt() == {LEAD_A: [], LEAD_B: []}


def test_what_the_platform_tells_of_a_click_goes_to_everybody() -> None:
    """Its time is the platform's, often only the day: the landing that it explains may be anybody's."""
    click = f.click("G1", 0, keyword="data catalog")
    parts = facts_by_person([click, form(5, A), form(20, B)], SHARED)
    assert [click in part for part in parts.values()] == [True, True]


def test_each_share_is_in_the_order_of_time_and_has_each_fact_once() -> None:
    told = f.click("G1", 10 * f.MINUTE)
    facts = sorted([form(5, A), view(8), told, view(12), form(20, B)], key=by_time)
    for part in facts_by_person(facts, SHARED).values():
        assert list(part) == sorted(part, key=by_time)
        assert len({fact.event_id for fact in part}) == len(part)


STORY = [
    f.page(LAPTOP, 0, f"{SITE}/?utm_source=baidu&utm_medium=cpc&keyword=one"),
    f.form(LAPTOP, 2 * f.MINUTE, A),
    f.page(LAPTOP, 2 * f.DAY, f"{SITE}/?utm_source=google&utm_medium=cpc&utm_term=two"),
    f.form(LAPTOP, 2 * f.DAY + f.MINUTE, B),
    f.page(LAPTOP, 2 * f.DAY + 2 * f.MINUTE, f"{SITE}/prices"),
    f.lead(LEAD_A, 3 * f.DAY, A),
    f.lead(LEAD_B, 3 * f.DAY, B),
]


def test_two_leads_at_one_laptop_keep_their_own_pages(policy: Policy) -> None:
    """Whatever happened before somebody's first form since the last person's facts is the last person's."""
    known = people(policy, *STORY)
    assert {name for name, journey in known.items() if journey.facts} == {LEAD_A, LEAD_B}
    assert [touch.keyword for touch in known[LEAD_A].touchpoints] == ["one", "two"]
    read = pages(policy, known[LEAD_B], *STORY, users=dict(SHARED))
    assert [page.url for page in read] == [f"{SITE}/prices"]


def test_neither_order_nor_batches_change_whose_they_are(policy: Policy) -> None:
    calm = people(policy, *STORY)
    for order in list(permutations(STORY))[:: 5040 // 40]:
        assert people(policy, *order) == calm


def test_a_late_form_takes_its_pages_back(policy: Policy) -> None:
    late = f.identified(LAPTOP, 2 * f.DAY - 1, B)
    known = people(policy, *STORY, late)
    assert [touch.keyword for touch in known[LEAD_A].touchpoints] == ["one"]
    assert [touch.keyword for touch in known[LEAD_B].touchpoints][-1] == "two"


def test_the_device_itself_is_nobody(policy: Policy) -> None:
    replay = play(policy, *STORY)
    journey = replay.journeys[LAPTOP]
    assert (journey.facts, journey.touchpoints, journey.issues) == (0, (), ("shared_device",))


def test_a_click_at_midnight_explains_a_landing_of_the_second_person(policy: Policy) -> None:
    landed = f.page(LAPTOP, 5 * f.DAY, f"{SITE}/?gclid=G1")
    story = [*STORY, f.identified(LAPTOP, 5 * f.DAY - 1, A), landed]
    midnight = f.click("G1", 2 * f.DAY + f.HOUR, keyword="data catalog")
    last = people(policy, *story, midnight)[LEAD_A].touchpoints[-1]
    assert (last.keyword, last.resolved_by) == ("data catalog", midnight.event_id)


def test_when_the_device_turns_out_to_be_one_person_s_everything_comes_together(policy: Policy) -> None:
    merged = people(policy, *STORY, f.merged(LEAD_A, 4 * f.DAY, LEAD_B))
    assert set(merged) == {LEAD_A}
    assert LAPTOP in merged[LEAD_A].identifiers
    assert len(pages(policy, merged[LEAD_A], *STORY)) == 3
