"""The platform's list of keywords meets whoever landed with a keyword's id, in either order, days apart."""

from itertools import permutations

import facts as f
import pytest
from played import people, play

from attribution.clicks import BUCKET, Click, resolve_click
from attribution.policy import Policy
from schemas.handover import ClickMentioned
from schemas.journey import Touchpoint
from schemas.sem import AdKeywordListed

SITE = "https://www.site.example/"
BAIDU = f"{SITE}?utm_source=baidu&utm_medium=cpc&e_keywordid=391&bd_vid=v1"
WORD_360 = f"{SITE}?utm_source=360&utm_medium=cpc&qh_keywordid=-77&qhclickid=q1"
NAMES = {"campaign": "Functions", "ad_group": "Metadata", "keyword": "data catalog"}


def baidu(at: int, **names: str) -> AdKeywordListed:
    return f.listed("baidu", "391", at, **{**NAMES, **names})


def names_of(touch: Touchpoint) -> tuple[str, str, str]:
    return touch.campaign, touch.ad_group, touch.keyword


def first_touch(policy: Policy, url: str, at: int, *told: f.Fact) -> Touchpoint:
    """The touchpoint of a landing, the same in whichever order everything becomes known."""
    landed = f.page("anon:1", at, url)
    orders = [people(policy, *order)["anon:1"] for order in permutations([landed, *told])]
    assert all(journey == orders[0] for journey in orders)
    return orders[0].touchpoints[0]


def test_the_id_in_the_url_is_looked_up_in_either_order(policy: Policy) -> None:
    entry = baidu(0, ad_group_id="18", campaign_id="17")
    touch = first_touch(policy, BAIDU, 9 * f.DAY, entry)
    assert names_of(touch) == ("Functions", "Metadata", "data catalog")
    assert (touch.campaign_id, touch.ad_group_id, touch.keyword_id) == ("17", "18", "391")
    assert touch.resolved_by == entry.event_id


def test_the_entry_of_the_time_counts_and_before_all_of_them_the_oldest(policy: Policy) -> None:
    old, new = baidu(10 * f.DAY, ad_group="old"), baidu(20 * f.DAY, ad_group="new")
    for at, group in ((0, "old"), (10, "old"), (19, "old"), (20, "new"), (30, "new")):
        assert first_touch(policy, BAIDU, at * f.DAY, old, new).ad_group == group


def test_what_the_url_says_comes_first(policy: Policy) -> None:
    touch = first_touch(policy, f"{BAIDU}&unit=from+the+url", 0, baidu(0))
    assert names_of(touch) == ("Functions", "from the url", "data catalog")


def test_a_url_that_says_it_all_asks_for_no_keyword(policy: Policy) -> None:
    complete = f"{BAIDU}&plan=a&unit=b&keyword=c"
    mentions = play(policy, f.page("anon:1", 0, complete)).clicks
    assert set(mentions) == {"click:v1"}
    assert set(play(policy, f.page("anon:1", 0, BAIDU)).clicks) == {"click:v1", "keyword:baidu:391"}


def test_what_the_platform_says_of_the_click_comes_first_too(policy: Policy) -> None:
    click = f.click("v1", 0, keyword="of the click").model_copy(update={"platform": "baidu"})
    touch = first_touch(policy, BAIDU, 0, baidu(0), click)
    assert names_of(touch) == ("Functions", "Metadata", "of the click")
    assert touch.resolved_by == click.event_id


def test_a_click_on_another_keyword_is_not_mixed_with_the_one_in_the_url(policy: Policy) -> None:
    click = f.click("v1", 0, keyword="other", keyword_id="392").model_copy(update={"platform": "baidu"})
    assert names_of(first_touch(policy, BAIDU, 0, baidu(0), click)) == ("", "", "other")


def test_a_word_of_360_means_the_one_of_its_group(policy: Policy) -> None:
    groups = [
        f.listed("360", "-77", 0, **NAMES | {"ad_group": name}, ad_group_id=name) for name in ("g1", "g2")
    ]
    assert names_of(first_touch(policy, f"{WORD_360}&qh_unitid=g1", 0, *groups))[1:] == ("g1", "data catalog")
    assert names_of(first_touch(policy, WORD_360, 0, *groups)) == ("", "", "")


def test_a_list_without_ids_of_groups_tells_the_group_only_if_there_is_one(policy: Policy) -> None:
    one, other = (f.listed("360", "-77", 0, **NAMES | {"ad_group": name}) for name in ("g1", "g2"))
    url = f"{WORD_360}&qh_unitid=5001"
    assert names_of(first_touch(policy, url, 0, one)) == ("Functions", "g1", "data catalog")
    assert names_of(first_touch(policy, url, 0, one, other)) == ("", "", "data catalog")


def test_an_entry_of_another_platform_is_none_of_ours(policy: Policy) -> None:
    assert names_of(first_touch(policy, BAIDU, 0, f.listed("sogou", "391", 0, **NAMES))) == ("", "", "")


def test_a_list_alone_makes_no_journey_and_no_journey_older(policy: Policy) -> None:
    entry = baidu(0)
    assert people(policy, entry) == {}
    known = people(policy, entry, f.page("anon:1", 900 * f.DAY, BAIDU))["anon:1"]
    assert known.first_at == known.last_at == f.START + 900 * f.DAY
    assert known.known_at == f.START + 900 * f.DAY


def test_it_finds_the_person_that_the_visitor_has_become_part_of(policy: Policy) -> None:
    story = [f.page("anon:1", 0, BAIDU), f.form("anon:1", 5, "email:a"), baidu(0)]
    story.append(f.lead("crm:crm:1", f.DAY, "email:a"))
    for order in permutations(story):
        known = people(policy, *order)
        assert set(known) == {"crm:crm:1"}
        assert known["crm:crm:1"].touchpoints[0].keyword == "data catalog"


@pytest.mark.parametrize("keyword_id", ["a:b", "%E5%85%83", "x" * 65])
def test_what_is_no_id_is_not_looked_up(policy: Policy, keyword_id: str) -> None:
    url = f"{SITE}?utm_source=baidu&utm_medium=cpc&keywordid={keyword_id}"
    known = play(policy, f.page("anon:1", 0, url))
    expected = {"keyword:baidu:元"} if "%" in keyword_id else set()
    assert set(known.clicks) == expected


def test_everybody_who_ever_landed_on_a_busy_keyword_is_told(policy: Policy) -> None:
    crowd = [f"anon:{number:04}" for number in range(2 * BUCKET + 50)]
    replay = play(policy, *(f.page(device, 0, BAIDU) for device in crowd), baidu(0), batch=7)
    assert {journey.touchpoints[0].keyword for journey in replay.living().values()} == {"data catalog"}
    assert len(replay.living()) == len(crowd)
    assert max(len(click.carriers) for click in replay.clicks.values()) <= BUCKET


def test_no_record_of_a_busy_keyword_grows_without_end() -> None:
    mentions = [ClickMentioned(key="keyword:baidu:391", identifier=f"anon:{n:04}") for n in range(BUCKET + 1)]
    step = resolve_click(Click(), mentions)
    assert len(step.click.carriers) == 1
    assert [len(bucket.carriers) for bucket in step.filled.values()] == [BUCKET]
    told = resolve_click(step.click, [baidu(0)], lambda number: step.filled[number])
    assert len(told.outputs) == BUCKET + 1
