"""A click on a tagged link that redirects, and the page view that follows, are one contact."""

from itertools import permutations

import facts as f
import pytest
from played import people

from attribution.arrivals import touch_named
from attribution.policy import Policy
from schemas.envelope import Fact
from schemas.journey import Touchpoint

LETTER = "https://www.firm.example/offer?utm_source=letter&utm_medium=email&utm_campaign=spring"
ME, CLICKED = "anon:1", "anon:click"


def arrival(touch: Fact) -> str:
    return f"{LETTER}&lt_click={touch.event_id.replace('-', '')}"


def touches(policy: Policy, *facts: Fact) -> list[tuple[int, str, int]]:
    """Kind, minute and pages of each touchpoint of the one person that there is."""
    (journey,) = {id(each): each for each in people(policy, *facts).values() if not each.is_deleted}.values()
    return [(told.kind, (told.at - f.START) // f.MINUTE, told.pages) for told in shown(journey.touchpoints)]


def shown(touchpoints: tuple[Touchpoint, ...]) -> tuple[Touchpoint, ...]:
    assert all(each.channel == "email" for each in touchpoints)
    return touchpoints


def test_the_page_that_a_click_led_to_takes_the_place_of_the_click(policy: Policy) -> None:
    touch = f.link_click(ME, 0, LETTER)
    story = [touch, f.page(ME, f.MINUTE, arrival(touch)), f.page(ME, 2 * f.MINUTE, LETTER)]
    for order in permutations(story):
        assert touches(policy, *order) == [("visit", 1, 2)]


def test_a_click_that_led_to_no_page_stays(policy: Policy) -> None:
    first, second = f.link_click(ME, 0, LETTER), f.link_click(ME, f.DAY, LETTER)
    assert touches(policy, first, second, f.page(ME, f.DAY, arrival(second))) == [
        ("link_click", 0, 0),
        ("visit", 1440, 1),
    ]


def test_the_browser_that_clicked_is_the_one_that_came(policy: Policy) -> None:
    touch = f.link_click(CLICKED, 0, LETTER)
    page = f.page(ME, f.MINUTE, arrival(touch), others=(CLICKED, "email:a"))
    for order in permutations([touch, page]):
        assert touches(policy, *order) == [("visit", 1, 1)]


def test_a_second_click_within_the_visit_is_no_second_contact(policy: Policy) -> None:
    first, second = f.link_click(ME, 0, LETTER), f.link_click(ME, 5 * f.MINUTE, LETTER)
    pages = [f.page(ME, f.MINUTE, arrival(first)), f.page(ME, 6 * f.MINUTE, arrival(second))]
    assert touches(policy, first, second, *pages) == [("visit", 1, 2)]


def test_who_is_sent_the_address_that_somebody_landed_with_takes_nothing_away(policy: Policy) -> None:
    touch = f.link_click(ME, 0, LETTER)
    people_of = people(policy, touch, f.page("anon:friend", f.DAY, arrival(touch)))
    assert [each.kind for each in people_of[ME].touchpoints] == ["link_click"]
    assert [each.kind for each in people_of["anon:friend"].touchpoints] == ["visit"]


@pytest.mark.parametrize(
    "url",
    ["", LETTER, f"{LETTER}&lt_click=", f"{LETTER}&lt_click={'0' * 31}", f"{LETTER}&lt_click={'g' * 32}",
     f"{LETTER}&xlt_click={'0' * 32}", f"{LETTER}&lt_click={'0' * 33}"],
)  # fmt: skip
def test_what_names_no_touch(url: str) -> None:
    assert touch_named(url) == ""


def test_a_touch_is_named_with_and_without_what_proves_whose_it_is() -> None:
    for end in ("", ".abc.def", "&x=1", "#top"):
        assert touch_named(f"{LETTER}&lt_click={'0f' * 16}{end}") == "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f"
