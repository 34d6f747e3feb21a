"""Events as PostHog's SDKs send them become facts: who, where, when, what, and what is left out."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website.facts import Reception
from producers.website.posthog import facts_of_event
from schemas.website import (
    CustomTracked,
    FormSubmitted,
    PageEngaged,
    PageViewed,
    VisitorIdentified,
    WebsiteFact,
)

NOW = 1_795_300_000_000
RECEPTION = Reception(TOKENISER, NOW)
DEVICE = "01a2002b-921f-70c3-aae1-55fb19eff4d2"
UUID = "01a2002b-9f1f-7c03-8ae1-05fb19eff4d2"
EMAIL = TOKENISER.email("wang@acme.cn")


def browser(event: str, more: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """An event of a visitor whom nobody knows yet."""
    told = {"distinct_id": DEVICE, "$device_id": DEVICE, "$lib": "web", "$is_identified": False,
            "$current_url": "https://x.cn/p?bd_vid=7", **properties}  # fmt: skip
    return {
        "uuid": UUID,
        "event": event,
        "timestamp": "2026-11-21T22:26:00.000Z",
        "properties": told,
        **(more or {}),
    }


def server(event: str, **more: Any) -> dict[str, Any]:
    return {"uuid": UUID, "event": event, "distinct_id": "u1", "properties": {}, **more}


def only(event: Any, reception: Reception = RECEPTION) -> Any:
    """The one fact of an event."""
    (fact,) = facts_of_event(event, reception)
    return fact


def test_a_page_view_keeps_its_id_its_time_its_url_and_where_the_session_came_from() -> None:
    fact = only(
        browser(
            "$pageview",
            title="试用",
            **{"$referrer": "https://old.cn/", "$session_entry_referrer": "https://www.baidu.com/"},
        )
    )
    assert isinstance(fact, PageViewed)
    assert (fact.event_id, fact.source, fact.subject, fact.others) == (UUID, "posthog", f"anon:{DEVICE}", ())
    assert fact.occurred_at == 1_795_299_960_000
    assert (fact.url, fact.referrer, fact.title) == (
        "https://x.cn/p?bd_vid=7",
        "https://www.baidu.com/",
        "试用",
    )


def test_no_referrer_is_no_referrer() -> None:
    assert only(browser("$pageview", **{"$referrer": "$direct"})).referrer == ""


def test_tags_that_a_browser_repeats_for_a_whole_session_are_not_put_into_each_url() -> None:
    kept = {"utm_source": "baidu", "gclid": "abc"}
    assert only(browser("$pageview", **kept)).url == "https://x.cn/p?bd_vid=7"
    by_server = server("$pageview", properties={"$current_url": "https://x.cn/p", **kept})
    assert only(by_server).url == "https://x.cn/p?utm_source=baidu&gclid=abc"


def test_the_next_page_view_tells_how_long_the_page_before_was_there() -> None:
    before = {
        "$prev_pageview_id": "p0",
        "$prev_pageview_duration": 12.5,
        "$prev_pageview_pathname": "/before",
    }
    page, time = facts_of_event(browser("$pageview", **before), RECEPTION)
    assert isinstance(page, PageViewed)
    assert isinstance(time, PageEngaged)
    assert (time.dwell_ms, time.url, time.subject) == (12_500, "https://x.cn/before", page.subject)
    assert time.event_id != page.event_id
    again = facts_of_event(browser("$pageview", **before), Reception(TOKENISER, NOW + 1))
    assert [fact.event_id for fact in again] == [page.event_id, time.event_id]


def test_leaving_a_page_is_the_time_on_it() -> None:
    left = only(browser("$pageleave", **{"$prev_pageview_duration": 30, "$prev_pageview_pathname": "/p"}))
    assert isinstance(left, PageEngaged)
    assert (left.event_id, left.dwell_ms, left.url) == (UUID, 30_000, "https://x.cn/p?bd_vid=7")


def test_leaving_without_a_time_is_an_event_like_any_other() -> None:
    assert isinstance(only(browser("$pageleave")), CustomTracked)


def test_who_is_identified_was_the_device_before() -> None:
    told = {"distinct_id": "u1", "$anon_distinct_id": DEVICE, "$is_identified": True}
    fact = only(browser("$identify", {"$set": {"email": "wang@acme.cn", "company": "某某科技"}}, **told))
    assert isinstance(fact, VisitorIdentified)
    assert (fact.subject, fact.others) == (f"anon:{DEVICE}", ("user:u1", EMAIL))
    assert fact.attributes == {"email_domain": "acme.cn", "company": "某某科技"}


def test_a_server_that_knows_only_the_id_of_the_browser_means_the_device() -> None:
    assert only(server("paid", distinct_id=DEVICE)).subject == f"anon:{DEVICE}"
    assert only(server("paid")).subject == "user:u1"


def test_an_alias_ties_two_ids() -> None:
    alias = server("$create_alias", distinct_id=DEVICE, properties={"distinct_id": DEVICE, "alias": "u1"})
    fact = only(alias)
    assert (fact.subject, fact.others) == (f"anon:{DEVICE}", ("user:u1",))


def test_an_address_as_a_distinct_id_is_a_token() -> None:
    assert only(server("paid", distinct_id="wang@acme.cn")).subject == EMAIL


def test_a_company_that_a_visitor_belongs_to_is_kept_and_its_contacts_are_not_his() -> None:
    group = {
        "$group_type": "company",
        "$group_key": "5",
        "$group_set": {"name": "某某科技", "email": "info@acme.cn"},
    }
    fact = only(browser("$groupidentify", **group))
    assert isinstance(fact, VisitorIdentified)
    assert fact.others == ()
    assert fact.attributes == {"company": "某某科技", "email_domain": "acme.cn"}


def test_a_company_alone_is_nobody() -> None:
    group = {"$group_type": "company", "$group_key": "5", "$group_set": {"name": "某某科技"}}
    assert (
        facts_of_event(server("$groupidentify", distinct_id="$company_5", properties=group), RECEPTION) == ()
    )


def test_a_form_is_known_by_its_name_and_says_who_sent_it() -> None:
    fact = only(browser("form submitted", form_id="trial", email="wang@acme.cn", company="某某科技"))
    assert isinstance(fact, FormSubmitted)
    assert (fact.form, fact.others) == ("trial", (EMAIL,))
    assert fact.attributes == {"email_domain": "acme.cn", "company": "某某科技"}


def test_a_form_that_was_captured_by_itself_is_one_only_if_it_says_whose_it_is() -> None:
    chain = 'form.box:attr__id="trial"attr_id="trial"nth-child="1";body:nth-child="2"'
    submit = {"$event_type": "submit", "$elements_chain": chain}
    unknown = only(browser("$autocapture", **submit))
    assert isinstance(unknown, CustomTracked)
    assert (unknown.name, unknown.attributes) == ("autocapture submit", {"label": "trial"})
    known = only(browser("$autocapture", {"$set": {"email": "wang@acme.cn"}}, **submit))
    assert isinstance(known, FormSubmitted)
    assert (known.form, known.others) == ("trial", (EMAIL,))


def test_a_click_that_was_captured_by_itself_says_on_what() -> None:
    fact = only(browser("$autocapture", **{"$event_type": "click", "$el_text": "下载"}))
    assert (fact.name, fact.attributes) == ("autocapture click", {"label": "下载"})


def test_what_a_custom_event_mentions_is_not_the_visitors_own() -> None:
    fact = only(browser("invited", email="friend@acme.cn", label="team"))
    assert (fact.name, fact.others, fact.attributes["label"]) == ("invited", (), "team")
    named = only(browser("invited", {"$set_once": {"email": "wang@acme.cn"}}))
    assert named.others == (EMAIL,)


@pytest.mark.parametrize(
    "name", ["$snapshot", "$web_vitals", "$exception", "$feature_flag_called", "$$heatmap", "$opt_in"]
)
def test_what_speaks_of_no_lead_is_no_fact(name: str) -> None:
    assert facts_of_event(browser(name), RECEPTION) == ()


@pytest.mark.parametrize(
    ("event", "said"),
    [(7, "JSON object"), ({}, "needs a name"), (server("paid", distinct_id=""), "names somebody"),
     (server("paid", distinct_id="$posthog_cookieless"), "names somebody"),
     (server("paid", timestamp="yesterday"), "ISO 8601")],
)  # fmt: skip
def test_what_cannot_be_a_fact_says_why(event: Any, said: str) -> None:
    with pytest.raises(UnusableError, match=said):
        facts_of_event(event, RECEPTION)


def test_a_clock_that_is_wrong_is_put_right_by_when_it_sent() -> None:
    slow = Reception(TOKENISER, NOW, sent_at=NOW - 7_200_000)
    fact = only(server("paid", timestamp=NOW - 7_260_000), slow)
    assert fact.occurred_at == NOW - 60_000


def test_an_offset_says_how_long_ago_it_was() -> None:
    assert only(server("paid", offset=90_000)).occurred_at == NOW - 90_000
    for nothing in ({}, {"offset": -1}, {"offset": 1e308}, {"offset": "soon"}):
        assert only(server("paid", **nothing)).occurred_at == NOW


def test_nothing_that_was_typed_is_kept() -> None:
    told = browser(
        "$pageview", **{"$current_url": "https://x.cn/?email=wang@acme.cn", "title": "Hello wang@acme.cn"}
    )
    facts: tuple[WebsiteFact, ...] = facts_of_event(told, RECEPTION)
    assert "wang" not in repr(facts)
