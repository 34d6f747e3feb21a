"""Calls as Segment's SDKs make them become facts; each kind, each field, each thing that can be wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from tokens import TOKENISER_OF_SAMPLES as TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website.facts import Reception
from producers.website.segment import fact_of_call, merged_context
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, VisitorIdentified

NOW = 1_795_300_000_000
RECEPTION = Reception(TOKENISER, NOW)
SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data/segment_requests.jsonl").read_text("utf-8").splitlines()
]
LANDING = (
    "https://www.example.cn/demo?utm_source=baidu&utm_medium=cpc&utm_campaign=%E5%93%81%E7%89%8C%E8%AF%8D"
    "&utm_term=%E4%BC%81%E4%B8%9A%E4%BA%91%E7%9B%98"
)
BAIDU = "http://www.baidu.com/s?wd=%C6%F3%D2%B5%CD%C6%B9%E3"


def call(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "anonymousId": "a-1", "messageId": "m-1", **more}


def track(event: str, **properties: Any) -> dict[str, Any]:
    return call("track", event=event, properties=properties)


def test_each_segment_request_of_the_samples_becomes_facts() -> None:
    facts = [fact_of_call(each, RECEPTION) for told in SAMPLES for each in json.loads(told["body"])["batch"]]
    kinds = [type(fact) for fact in facts]
    assert kinds == [
        PageViewed, FormSubmitted, VisitorIdentified,
        PageViewed, FormSubmitted,
        PageViewed, FormSubmitted,
        PageViewed, FormSubmitted,
    ]  # fmt: skip
    assert {fact.subject for fact in facts} == {"user:u1"}
    assert len({fact.event_id for fact in facts}) == len(facts)
    for page in (fact for fact in facts if isinstance(fact, PageViewed)):
        assert page.url.startswith(LANDING)
        assert "bd_vid=1234567890" in page.url
        assert page.referrer == BAIDU
        assert page.title == "Demo"
    forms = [fact.form for fact in facts if isinstance(fact, FormSubmitted)]
    assert forms == ["trial", "trial", "trial", "Form Submitted"]
    identified = facts[2]
    assert isinstance(identified, VisitorIdentified)
    assert identified.others == (TOKENISER.email("a@example.com"),)
    assert identified.attributes == {"company": "某某科技", "email_domain": "example.com"}
    assert facts[0].event_id == "86da5fb2-2731-45a3-bbc3-ea46122aa5b7"
    assert facts[0].occurred_at == 1_795_299_135_330


def test_a_screen_is_a_page() -> None:
    fact = fact_of_call(call("screen", name="Pricing"), RECEPTION)
    assert isinstance(fact, PageViewed)
    assert (fact.subject, fact.title) == ("anon:a-1", "Pricing")


def test_a_query_that_a_canonical_url_lacks_is_put_back() -> None:
    page = {"url": "https://x.cn/p#top", "search": "?gclid=abc", "referrer": ""}
    assert fact_of_call(call("page", context={"page": page}), RECEPTION).url == "https://x.cn/p?gclid=abc#top"
    whole = {"url": "https://x.cn/p?gclid=abc", "search": "?gclid=abc"}
    assert fact_of_call(call("page", context={"page": whole}), RECEPTION).url == whole["url"]


def test_a_campaign_told_apart_from_the_url_is_put_into_it_unless_it_has_one() -> None:
    campaign = {"source": "baidu", "name": "品牌 & 词"}
    bare = call("page", properties={"url": "https://x.cn/p"}, context={"campaign": campaign})
    url = "https://x.cn/p?utm_source=baidu&utm_campaign=%E5%93%81%E7%89%8C%20%26%20%E8%AF%8D"
    assert fact_of_call(bare, RECEPTION).url == url
    tagged = call("page", properties={"url": "https://x.cn/p?utm_source=so"}, context={"campaign": campaign})
    assert fact_of_call(tagged, RECEPTION).url == "https://x.cn/p?utm_source=so"


@pytest.mark.parametrize(
    ("properties", "campaign", "query"),
    [
        ({"utm_source": "google", "utm_medium": "cpc"}, None, "utm_source=google&utm_medium=cpc"),
        ({"$utm_source": "google", "UTM Medium": "cpc"}, None, "utm_source=google&utm_medium=cpc"),
        ({"utmSource": "google", "utm_campaign": "a b"}, None, "utm_source=google&utm_campaign=a%20b"),
        ({"utm_source": "google"}, {"source": "bing", "name": "x"}, "utm_source=google"),
        ({"gclid": "Cj0", "title": "t"}, {"source": "google"}, "utm_source=google&gclid=Cj0"),
        ({}, {"source": "edm", "id": 7, "adgroup": "g"}, "utm_source=edm&utm_id=7&utm_adgroup=g"),
        ({}, {"utm_source": "edm", "name": ""}, "utm_source=edm"),
        ({"utm_source [last touch]": "google", "utm_source": None}, "spring", ""),
    ],
)
def test_tags_that_come_apart_from_the_url_are_put_into_it(
    properties: dict[str, Any], campaign: Any, query: str
) -> None:
    context = {} if campaign is None else {"campaign": campaign}
    told = call("page", properties={"url": "https://x.cn/p#top", **properties}, context=context)
    assert fact_of_call(told, RECEPTION).url == f"https://x.cn/p{'?' if query else ''}{query}#top"


@pytest.mark.parametrize(
    "url",
    [
        "https://x.cn/p?UTM_Source=so",
        "https://x.cn/p#utm_source=so",
        "https://x.cn/p?a=1&amp;utm_source=so",
        "https://x.cn/p?hmsr=so",
        "https://x.cn/p&utm_source=so",
    ],
)
def test_tags_of_the_urls_own_win(url: str) -> None:
    told = call("page", properties={"url": url, "utm_medium": "cpc"}, context={"campaign": {"name": "x"}})
    assert fact_of_call(told, RECEPTION).url == url


def test_events_and_identification_carry_the_campaign_too() -> None:
    context = {"campaign": {"source": "edm"}, "page": {"url": "https://x.cn/p"}}
    for told in (call("track", event="Signed Up", context=context), call("identify", context=context)):
        assert fact_of_call(told, RECEPTION).url == "https://x.cn/p?utm_source=edm"
    screen = call("screen", name="Home", context={"campaign": {"source": "edm"}})
    assert fact_of_call(screen, RECEPTION).url == "?utm_source=edm"


def test_a_canonical_url_gets_the_query_that_the_page_was_opened_with() -> None:
    page = {"url": "https://x.cn/p?bd_vid=7#top"}
    told = call("page", properties={"url": "https://x.cn/p"}, context={"page": page})
    assert fact_of_call(told, RECEPTION).url == "https://x.cn/p?bd_vid=7"


@pytest.mark.parametrize(
    "name", ["Form Submitted", "form_submitted", "LEAD", "Signed Up", "表单提交", "demo-requested"]
)
def test_events_named_like_a_form_are_forms(name: str) -> None:
    fact = fact_of_call(track(name), RECEPTION)
    assert isinstance(fact, FormSubmitted)
    assert fact.form == name


def test_an_event_with_a_form_is_one_unless_it_was_only_seen() -> None:
    assert isinstance(fact_of_call(track("Enquiry", form_id="trial"), RECEPTION), FormSubmitted)
    for name in ("Form Viewed", "Form Started", "Form Abandoned", "form_error", "表单浏览"):
        assert isinstance(fact_of_call(track(name, form_id="trial"), RECEPTION), CustomTracked)


def test_a_form_keeps_who_and_what_company_and_nothing_else() -> None:
    sent = track(
        "Form Submitted", form="trial", 姓名="王伟", 邮箱="wang@acme.cn", 手机号="139 1234 5678",
        公司名称="某某科技", message="call me at wang@acme.cn", id_number="110101199003070000",
        fields=[{"name": "行业", "value": "制造"}, {"name": "Mobile Phone", "value": "13712345678"}],
        address={"city": "南京", "street": "珠江路 1"},
    )  # fmt: skip
    fact = fact_of_call(sent, RECEPTION)
    assert isinstance(fact, FormSubmitted)
    assert fact.form == "trial"
    phones = TOKENISER.phones("13912345678;13712345678")
    assert set(fact.others) == {TOKENISER.email("wang@acme.cn"), *phones}
    kept = {"company": "某某科技", "industry": "制造", "city": "南京", "email_domain": "acme.cn"}
    assert fact.attributes == kept


def test_kept_values_are_scrubbed_too() -> None:
    fact = fact_of_call(track("Lead", company="ACME, wang@acme.cn, 13912345678"), RECEPTION)
    assert isinstance(fact, FormSubmitted)
    assert "wang" not in fact.attributes["company"]
    assert "139" not in fact.attributes["company"]


def test_the_contact_data_of_the_context_count_for_a_form() -> None:
    sent = track("Form Submitted") | {"context": {"traits": {"email": "wang@acme.cn"}}}
    assert fact_of_call(sent, RECEPTION).others == (TOKENISER.email("wang@acme.cn"),)


def test_somebody_elses_address_in_a_custom_event_is_not_the_visitors() -> None:
    fact = fact_of_call(
        track("Colleague Invited", email="li@acme.cn", video="tour", note="li@acme.cn"), RECEPTION
    )
    assert isinstance(fact, CustomTracked)
    assert fact.others == ()
    assert fact.attributes == {"video": "tour", "email_domain": "acme.cn"}


@pytest.mark.parametrize(
    ("event", "properties", "dwell"),
    [("Page Engaged", {"dwell_ms": 4200}, 4200), ("anything", {"dwell_ms": 1.5}, 1),
     ("dwell", {"seconds": 2.5}, 2500),
     ("user_engagement", {"engagement_time_msec": 900}, 900), ("Page Engaged", {"dwell_ms": -5}, 0),
     ("Page Engaged", {"dwell_ms": 1e12}, 86_400_000)],
)  # fmt: skip
def test_time_on_a_page(event: str, properties: dict[str, Any], dwell: int) -> None:
    fact = fact_of_call(track(event, url="https://x.cn/p", **properties), RECEPTION)
    assert isinstance(fact, PageEngaged)
    assert (fact.dwell_ms, fact.url) == (dwell, "https://x.cn/p")


def test_a_duration_that_is_none_of_a_page_stays_a_custom_event() -> None:
    assert isinstance(fact_of_call(track("Video Played", seconds=3), RECEPTION), CustomTracked)
    assert isinstance(fact_of_call(track("Page Engaged"), RECEPTION), CustomTracked)


def test_browser_user_and_address_are_one_person() -> None:
    sent = call("identify", userId=17, traits={"email": "wang@acme.cn", "name": "王伟"})
    fact = fact_of_call(sent, RECEPTION)
    assert isinstance(fact, VisitorIdentified)
    assert fact.subject == "anon:a-1"
    assert fact.others == ("user:17", TOKENISER.email("wang@acme.cn"))


@pytest.mark.parametrize(
    ("user", "identifier"),
    [
        ("Wang@acme.cn", TOKENISER.email("wang@acme.cn")),
        ("13912345678", TOKENISER.phone("13912345678")),
        ("u1", "user:u1"),
    ],
)
def test_a_user_id_that_is_personal_becomes_a_token(user: str, identifier: str) -> None:
    fact = fact_of_call({"type": "page", "userId": user}, RECEPTION)
    assert fact.subject == identifier


def test_an_alias_ties_the_former_id_of_a_browser_or_of_a_user() -> None:
    device = "01234567-89ab-4def-8123-456789abcdef"
    for previous, name in ((device, f"anon:{device}"), ("old-name", "user:old-name")):
        fact = fact_of_call({"type": "alias", "userId": "u1", "previousId": previous}, RECEPTION)
        assert isinstance(fact, VisitorIdentified)
        assert (fact.subject, fact.others) == ("user:u1", (name,))


def test_a_group_is_the_company_and_its_switchboard_is_nobody() -> None:
    traits = {"name": "某某科技", "industry": "制造", "phone": "025-85551234"}
    fact = fact_of_call(call("group", groupId="g1", traits=traits), RECEPTION)
    assert isinstance(fact, VisitorIdentified)
    assert fact.others == ()
    assert fact.attributes == {"company": "某某科技", "industry": "制造"}


@pytest.mark.parametrize(
    "nobody",
    ["", " ", "-1", "null", "anonymous", "0000-00", "undefined", "[object Object]", None, True, {}, 1.5],
)
def test_an_id_of_nobody_is_no_id(nobody: Any) -> None:
    with pytest.raises(UnusableError, match="anonymousId or a userId"):
        fact_of_call({"type": "page", "anonymousId": nobody, "userId": nobody}, RECEPTION)
    assert (
        fact_of_call({"type": "page", "anonymousId": nobody, "userId": "u1"}, RECEPTION).subject == "user:u1"
    )


@pytest.mark.parametrize(
    "bad",
    [None, 1, "page", [], {}, {"type": "delete"}, {"type": ["page"]}, {"type": "track", "anonymousId": "a"}],
)
def test_what_is_no_call_is_refused_with_a_sentence(bad: Any) -> None:
    with pytest.raises(UnusableError, match=r"JSON object|type must be|needs the name"):
        fact_of_call(bad, RECEPTION)


def test_wrong_types_inside_a_call_are_as_good_as_nothing() -> None:
    odd = call("page", properties=[1], context="x", messageId={"a": 1}, timestamp=None, integrations=7)
    fact = fact_of_call(odd, RECEPTION)
    assert isinstance(fact, PageViewed)
    assert (fact.url, fact.occurred_at) == ("", NOW)


def test_texts_are_cut_to_what_a_fact_holds() -> None:
    sent = call("page", properties={"url": "https://x.cn/?q=" + "长" * 9000, "title": "长" * 600})
    fact = fact_of_call(sent, RECEPTION)
    assert isinstance(fact, PageViewed)
    assert (len(fact.url), len(fact.title)) == (8192, 512)


def test_the_same_call_without_an_id_is_one_event_and_another_is_another() -> None:
    sent = {
        "type": "page",
        "anonymousId": "a-1",
        "timestamp": "2026-11-21T22:13:05Z",
        "properties": {"url": "/a"},
    }
    later = Reception(TOKENISER, NOW + 5)
    assert fact_of_call(sent, RECEPTION).event_id == fact_of_call(sent, later).event_id
    other = sent | {"properties": {"url": "/b"}}
    assert fact_of_call(other, RECEPTION).event_id != fact_of_call(sent, RECEPTION).event_id


def test_the_context_of_a_batch_is_that_of_its_calls() -> None:
    context = {"page": {"url": "https://x.cn/a"}, "userAgent": "Mozilla/5.0"}
    merged = merged_context(call("page", context={"page": {"url": "https://x.cn/b"}}), context)
    assert merged["context"] == {"page": {"url": "https://x.cn/b"}, "userAgent": "Mozilla/5.0"}
    assert merged_context("no call", context) == "no call"


def test_an_address_of_the_network_is_kept_nowhere() -> None:
    fact = fact_of_call(call("page", context={"ip": "203.0.113.9"}), RECEPTION)
    assert "203.0.113.9" not in fact.model_dump_json()
