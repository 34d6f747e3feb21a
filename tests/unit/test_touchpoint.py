"""Single contacts become touchpoints, and the ad platform's record of a click completes them."""

from dataclasses import replace

import facts as f
import pytest

from attribution.ad_records import NO_RECORDS, ad_records
from attribution.policy import Policy
from attribution.touchpoint import touch_from_campaign, touch_from_event, touch_from_url
from schemas.journey import Touchpoint
from schemas.sem import AdClicked, AdKeywordListed
from schemas.terms import TouchKind

AD = "https://www.site.example/?utm_source=google&utm_medium=cpc&utm_campaign=from+the+url&utm_term=term&gclid=G1"


def landed(policy: Policy, url: str, *told: AdClicked | AdKeywordListed) -> Touchpoint:
    page = f.page("anon:1", 0, url)
    return touch_from_url(TouchKind.VISIT, page, url, "", "anon:1", ad_records(told), policy)


def test_a_touchpoint_keeps_the_raw_url_every_click_id_and_the_rule(policy: Policy) -> None:
    touchpoint = landed(policy, AD + "&msclkid=M1")
    assert touchpoint.landing_url == AD + "&msclkid=M1"
    assert touchpoint.click_ids == ("gclid=G1", "msclkid=M1")
    assert touchpoint.click_network == "google_ads"
    assert touchpoint.rule == "paid_search:utm_source"
    assert (touchpoint.campaign, touchpoint.keyword) == ("from the url", "term")
    assert touchpoint.resolved_by == ""


def test_what_the_platform_says_of_the_click_wins(policy: Policy) -> None:
    click = f.click(
        "G1",
        0,
        campaign="Metadata",
        campaign_id="17",
        ad_group="Catalog",
        ad_group_id="18",
        keyword="data catalog",
        keyword_id="kwd-19",
        search_term="best data catalog",
    )
    touchpoint = landed(policy, AD, click)
    assert (touchpoint.campaign, touchpoint.ad_group, touchpoint.keyword) == (
        "Metadata",
        "Catalog",
        "data catalog",
    )
    assert (touchpoint.campaign_id, touchpoint.ad_group_id, touchpoint.keyword_id) == ("17", "18", "kwd-19")
    assert (touchpoint.search_term, touchpoint.resolved_by) == ("best data catalog", click.event_id)
    assert (touchpoint.channel, touchpoint.source, touchpoint.medium) == ("paid_search", "google", "cpc")


def test_where_it_says_nothing_the_url_still_counts(policy: Policy) -> None:
    touchpoint = landed(policy, AD, f.click("G1", 0, ad_group="Catalog"))
    assert (touchpoint.campaign, touchpoint.ad_group, touchpoint.keyword) == (
        "from the url",
        "Catalog",
        "term",
    )


def test_a_click_that_nobody_landed_with_changes_nothing(policy: Policy) -> None:
    plain, other = landed(policy, AD), landed(policy, AD, f.click("G2", 0, keyword="other"))
    assert other == replace(plain, id=other.id)


def test_of_two_explained_clicks_of_one_url_always_the_same_one_counts(policy: Policy) -> None:
    clicks = [f.click("G1", 0, keyword="one"), f.click("M1", 0, keyword="two")]
    expected = min(clicks, key=lambda click: click.event_id)
    for order in (clicks, clicks[::-1]):
        assert landed(policy, AD + "&msclkid=M1", *order).resolved_by == expected.event_id


@pytest.mark.parametrize("kind", ["link_click", "qr_scan", "email_click"])
def test_a_tagged_link_is_a_touchpoint_of_its_kind(policy: Policy, kind: str) -> None:
    url = "https://www.site.example/s/1?utm_source=edm&utm_medium=email&utm_campaign=2026-03"
    fact = f.link_click("email:a", 7, url).model_copy(update={"kind": kind})
    touchpoint = touch_from_campaign(fact, "email:a", NO_RECORDS, policy)
    assert (touchpoint.kind, touchpoint.at, touchpoint.ended_at) == (kind, f.START + 7, f.START + 7)
    assert (touchpoint.id, touchpoint.identifier) == (fact.event_id, "email:a")
    assert (touchpoint.channel, touchpoint.campaign) == ("email", "2026-03")


def test_a_tagged_link_is_completed_by_its_click_too(policy: Policy) -> None:
    click = f.click("G1", 0, keyword="data catalog")
    touchpoint = touch_from_campaign(f.link_click("anon:1", 0, AD), "anon:1", ad_records([click]), policy)
    assert (touchpoint.keyword, touchpoint.resolved_by) == ("data catalog", click.event_id)


@pytest.mark.parametrize(("campaign", "shown"), [("salons-2026", "salons-2026"), ("", "salon")])
def test_an_event_is_an_offline_touchpoint_under_its_campaign_or_name(campaign: str, shown: str) -> None:
    fact = f.attended("phone:c", 5, campaign=campaign)
    touchpoint = touch_from_event(fact, "phone:c")
    assert (touchpoint.kind, touchpoint.channel, touchpoint.source) == ("event", "offline_event", "event")
    assert (touchpoint.campaign, touchpoint.content) == (shown, "salon")
    assert (touchpoint.id, touchpoint.at, touchpoint.identifier) == (fact.event_id, f.START + 5, "phone:c")
