"""The platform's record of a click meets whoever landed with it, in either order, days apart."""

from itertools import permutations

import facts as f
from played import people

from attribution.clicks import Click, ClickStep, dump_click, load_click, resolve_click
from attribution.policy import Policy
from schemas.handover import ClickMentioned, FactsShared
from schemas.sem import AdClicked

LANDING = "https://www.site.example/?utm_source=google&utm_medium=cpc&gclid=G1"
DETAIL = f.click("G1", 0, campaign="Metadata", keyword="data catalog")


def mentioned(identifier: str) -> ClickMentioned:
    return ClickMentioned(key="click:G1", identifier=identifier)


def test_either_may_come_first(policy: Policy) -> None:
    landed = f.page("anon:1", 5_000, LANDING)
    expected = people(policy, landed, DETAIL)
    assert people(policy, DETAIL, landed) == expected
    touchpoint = expected["anon:1"].touchpoints[0]
    assert (touchpoint.campaign, touchpoint.keyword) == ("Metadata", "data catalog")
    assert touchpoint.resolved_by == DETAIL.event_id


def test_the_detail_finds_the_journey_that_the_visitor_has_become_part_of(policy: Policy) -> None:
    story = [
        f.page("anon:1", 0, LANDING),
        f.form("anon:1", 5, "email:a"),
        f.lead("crm:crm:1", f.DAY, "email:a"),
    ]
    late = f.click("G1", 0, keyword="data catalog", received_at=f.START + 3 * f.DAY)
    for order in permutations([*story, late]):
        known = people(policy, *order)
        assert set(known) == {"crm:crm:1"}
        assert known["crm:crm:1"].touchpoints[0].keyword == "data catalog"


def test_a_click_that_nobody_made_waits_and_is_no_journey(policy: Policy) -> None:
    assert people(policy, DETAIL) == {}
    step = resolve_click(Click(), [DETAIL])
    assert (step.outputs, step.click.details) == ((), (DETAIL,))


def test_a_landing_whose_click_the_platform_never_tells_of_stays_as_it_is(policy: Policy) -> None:
    step = resolve_click(Click(), [mentioned("anon:1")])
    assert (step.outputs, step.click.carriers) == ((), ("anon:1",))


def test_every_carrier_of_a_copied_link_is_told(policy: Policy) -> None:
    before = resolve_click(Click(), [mentioned("anon:2"), mentioned("anon:1")]).click
    step = resolve_click(before, [DETAIL])
    assert step.outputs == tuple(
        FactsShared(identifier=carrier, facts=(DETAIL,)) for carrier in ("anon:1", "anon:2")
    )


def test_a_carrier_that_comes_later_is_told_alone() -> None:
    before = resolve_click(Click(), [mentioned("anon:1"), DETAIL]).click
    step = resolve_click(before, [mentioned("anon:2")])
    assert step.outputs == (FactsShared(identifier="anon:2", facts=(DETAIL,)),)


def test_a_detail_that_is_repeated_is_not_told_again_to_those_who_know() -> None:
    before = resolve_click(Click(), [mentioned("anon:1"), DETAIL]).click
    assert resolve_click(before, [DETAIL]) == ClickStep(before, ())


def test_who_carries_it_again_is_told_again_since_it_may_have_been_forgotten() -> None:
    before = resolve_click(Click(), [mentioned("anon:1"), DETAIL]).click
    step = resolve_click(before, [mentioned("anon:1"), DETAIL])
    assert step == ClickStep(before, (FactsShared(identifier="anon:1", facts=(DETAIL,)),))


def test_the_state_does_not_know_any_order() -> None:
    other = f.click("G1", 9, keyword="restated")
    arrivals: list[AdClicked | ClickMentioned] = [DETAIL, other, mentioned("anon:1"), mentioned("anon:2")]
    clicks = set()
    for order in permutations(arrivals):
        click = Click()
        for arrival in order:
            click = resolve_click(click, [arrival]).click
        clicks.add(dump_click(click))
    assert clicks == {dump_click(resolve_click(Click(), arrivals).click)}


def test_of_two_records_of_one_click_the_later_one_counts(policy: Policy) -> None:
    """The keyword dictionary was read late: the click is told again, complete."""
    landed = f.page("anon:1", 5_000, LANDING)
    restated = f.click("G1", 9, keyword="complete")
    for order in permutations((landed, DETAIL, restated)):
        assert people(policy, *order)["anon:1"].touchpoints[0].keyword == "complete"


def test_a_click_is_the_same_after_it_was_bytes() -> None:
    click = resolve_click(Click(), [DETAIL, mentioned("anon:1")]).click
    assert load_click(dump_click(click)) == click
    assert load_click(None) == Click()


def test_a_tagged_link_carries_its_click_too(policy: Policy) -> None:
    known = people(policy, f.link_click("anon:1", 0, LANDING), DETAIL)
    assert known["anon:1"].touchpoints[0].keyword == "data catalog"
