"""Events of Sensors Data's SDKs become facts: each kind, whose they are, their tags, and which are one."""

from typing import Any

import pytest
from tokens import TOKENISER_OF_SAMPLES as TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website.facts import Reception
from producers.website.sensors import PAGE_LEAVE, WEB_STAY, fact_of_event
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
DAY = 86_400_000
LI, LIS_PHONE = TOKENISER.email("li@example.com"), TOKENISER.phone("13912345678")


def event(name: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "track", "event": name, "time": NOW - 500, "_flush_time": NOW, "_track_id": 123454321,
        "distinct_id": "browser-1", "anonymous_id": "browser-1", "properties": properties or {}, **more,
    }  # fmt: skip


def fact(told: dict[str, Any]) -> WebsiteFact:
    made = fact_of_event(told, RECEPTION)
    assert made is not None
    return made


def test_a_page_view_of_a_browser() -> None:
    made = fact(event("$pageview", {
        "$url": "https://x.cn/?bd_vid=9", "$referrer": "https://www.baidu.com/s", "$title": "首页",
    }))  # fmt: skip
    assert isinstance(made, PageViewed)
    assert (made.source, made.subject, made.others) == ("sensors", "anon:browser-1", ())
    assert (made.url, made.referrer, made.title) == (
        "https://x.cn/?bd_vid=9",
        "https://www.baidu.com/s",
        "首页",
    )
    assert made.occurred_at == NOW - 500


@pytest.mark.parametrize("name", ["$AppViewScreen", "$MPViewScreen"])
def test_a_screen_of_an_app_is_a_page_view(name: str) -> None:
    made = fact(event(name, {"$screen_name": "价格", "$url_path": "pages/price"}))
    assert isinstance(made, PageViewed)
    assert (made.url, made.title) == ("pages/price", "价格")


@pytest.mark.parametrize(
    ("name", "spent", "counting", "dwell"),
    [
        (PAGE_LEAVE, 12.345, PAGE_LEAVE, 12_345), ("$AppPageLeave", 2, PAGE_LEAVE, 2_000),
        (WEB_STAY, 12.345, PAGE_LEAVE, None), (WEB_STAY, 4.5, WEB_STAY, 4_500),
        (PAGE_LEAVE, 12.345, WEB_STAY, None),
        (PAGE_LEAVE, 3.14, PAGE_LEAVE, None), (PAGE_LEAVE, None, PAGE_LEAVE, None),
        (PAGE_LEAVE, 0, PAGE_LEAVE, None), (PAGE_LEAVE, 432_000, PAGE_LEAVE, DAY),
        ("页面停留", 8, PAGE_LEAVE, 8_000),
    ],
)  # fmt: skip
def test_time_on_a_page_is_counted_by_one_of_the_two_events_that_measure_it(
    name: str, spent: float | None, counting: str, dwell: int | None
) -> None:
    told = event(name, {"event_duration": spent, "duration": spent, "$url": "https://x.cn/"})
    made = fact_of_event(told, RECEPTION, counting)
    assert (made.dwell_ms if isinstance(made, PageEngaged) else None) == dwell


def test_a_leave_saved_last_week_happened_last_week_and_is_one_whichever_tab_sends_it() -> None:
    told = event(PAGE_LEAVE, {"event_duration": 15.0}, time=NOW - 7 * DAY)
    once, again = fact(told), fact(told | {"_flush_time": NOW + 9_000, "_track_id": 987656789})
    assert once.occurred_at == NOW - 7 * DAY
    assert once.event_id == again.event_id


def test_an_event_that_is_sent_again_is_one_and_two_of_one_moment_are_two() -> None:
    told = event("$WebClick")
    assert fact(told).event_id == fact(told | {"_flush_time": NOW + 60_000}).event_id
    assert fact(told).event_id != fact(told | {"_track_id": 987656789}).event_id
    assert fact(told).event_id != fact(told | {"time": NOW - 501}).event_id


def test_a_clock_that_is_an_hour_behind_is_corrected_by_when_it_sent() -> None:
    hour = 3_600_000
    assert fact(event("$WebClick", time=NOW - hour - 500, _flush_time=NOW - hour)).occurred_at == NOW - 500


SAID = {"utm_source": "baidu", "utm_campaign": "brand"}
LATEST = {f"$latest_{name}": value for name, value in SAID.items()}
OWN = {f"${name}": value for name, value in SAID.items()}
TAGGED = "?utm_source=baidu&utm_campaign=brand"
PAID = {"$latest_traffic_source_type": "付费广告流量"}
DIRECT = {"$latest_traffic_source_type": "直接流量"}


@pytest.mark.parametrize(
    ("name", "properties", "query"),
    [
        ("$pageview", OWN, TAGGED),
        ("$pageview", LATEST | PAID, TAGGED),  # the page rewrote its URL before it was read
        ("$pageview", LATEST | DIRECT, ""),  # an ad of last month
        ("$pageview", LATEST | PAID | {"$referrer": "https://x.cn/before"}, ""),  # a page further on
        ("$pageview", LATEST | PAID | {"$referrer": "https://www.baidu.com/"}, TAGGED),
        ("$pageview", {"$url": "https://x.cn/?utm_source=mail"} | OWN | LATEST, "?utm_source=mail"),
        ("$pageview", OWN | {"$utm_source": "取值异常"}, "?utm_campaign=brand"),
        ("ordered", LATEST, TAGGED),  # a server says them of an event
        ("ordered", LATEST | DIRECT, ""),
        ("$pageview", {"bd_vid": "9", "gclid": "8"}, ""),  # registered once, of some click
    ],
)  # fmt: skip
def test_tags_beside_the_url_count_if_they_are_of_this_visit(
    name: str, properties: dict[str, Any], query: str
) -> None:
    assert fact(event(name, {"$url": "https://x.cn/"} | properties)).url == f"https://x.cn/{query}"


@pytest.mark.parametrize(
    "nothing",
    [
        "取值异常",
        "取值异常_referrer异常_x",
        "url的domain解析失败",
        "未取到值",
        "未取到值_直接打开",
        "hostname解析异常",
    ],
)
def test_the_words_for_no_value_are_no_value(nothing: str) -> None:
    made = fact(event("$pageview", {"$url": "https://x.cn/", "$referrer": nothing, "$title": nothing}))
    assert isinstance(made, PageViewed)
    assert (made.referrer, made.title) == ("", "")


@pytest.mark.parametrize(
    ("more", "subject", "others"),
    [
        ({}, "anon:browser-1", ()),
        ({"distinct_id": "u-7", "login_id": "u-7"}, "anon:browser-1", ("user:u-7",)),
        ({"identities": {"$identity_cookie_id": "c-1", "$identity_login_id": "u-7"}, "anonymous_id": None},
         "anon:c-1", ("user:u-7",)),
        ({"login_id": "$identity_email+li@example.com"}, "anon:browser-1", (LI,)),
        ({"identities": {"$identity_mobile": "13912345678"}}, "anon:browser-1", (LIS_PHONE,)),
        ({"anonymous_id": None, "properties": {"$is_login_id": True}}, "user:browser-1", ()),
        ({"anonymous_id": None}, "anon:browser-1", ()),
    ],
)  # fmt: skip
def test_device_login_and_addresses_are_told_apart(
    more: dict[str, Any], subject: str, others: tuple[str, ...]
) -> None:
    made = fact(event("$WebClick", **more))
    assert (made.subject, made.others) == (subject, others)


def test_a_login_ties_who_it_was_to_who_it_is() -> None:
    told = event(
        "$SignUp", type="track_signup", distinct_id="u-7", original_id="browser-1", anonymous_id=None
    )
    made = fact(told)
    assert isinstance(made, VisitorIdentified)
    assert (made.subject, made.others) == ("anon:browser-1", ("user:u-7",))


def test_a_profile_keeps_what_is_said_of_the_company_and_ties_addresses() -> None:
    told = {"type": "profile_set", "time": NOW, "distinct_id": "browser-1",
            "properties": {"company": "某某科技", "$email": "li@example.com", "age": 40}}  # fmt: skip
    made = fact(told)
    assert isinstance(made, VisitorIdentified)
    assert made.others == (TOKENISER.email("li@example.com"),)
    assert made.attributes == {"company": "某某科技", "email_domain": "example.com"}


@pytest.mark.parametrize(
    "told",
    [
        {"type": "profile_set_once", "distinct_id": "b", "properties": {"$first_referrer": "https://x.cn/"}},
        {"type": "profile_increment", "distinct_id": "b", "properties": {"visits": 1}},
        {"type": "item_set", "item_type": "book", "item_id": "7", "properties": {}},
        {"type": "track_id_unbind", "event": "$UnbindID", "distinct_id": "b"},
    ],
)
def test_what_says_nothing_of_a_lead_is_no_fact(told: dict[str, Any]) -> None:
    assert fact_of_event(told, RECEPTION) is None


@pytest.mark.parametrize(
    ("name", "properties", "form"),
    [
        ("SubmitForm", {}, "SubmitForm"),
        ("表单提交", {"form_name": "trial"}, "trial"),
        ("formSubmit", {"formId": "f"}, "f"),
    ],
)
def test_a_form_is_an_event_whose_name_says_so(name: str, properties: dict[str, Any], form: str) -> None:
    made = fact(event(name, properties | {"email": "li@example.com", "company": "某某科技"}))
    assert isinstance(made, FormSubmitted)
    assert made.form == form
    assert made.others == (TOKENISER.email("li@example.com"),)
    assert made.attributes == {"company": "某某科技", "email_domain": "example.com"}


def test_any_other_event_is_custom_and_what_it_mentions_ties_nobody() -> None:
    made = fact(event("VideoPlayed", {"video": "intro", "email": "li@example.com"}))
    assert isinstance(made, CustomTracked)
    assert (made.name, made.others) == ("VideoPlayed", ())
    assert made.attributes["video"] == "intro"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], "JSON object"), ({}, "type: it is none"), (event(""), "needs its name"),
        (event("$WebClick", distinct_id="", anonymous_id=None), "distinct_id, anonymous_id or login_id"),
        (event("$WebClick", time="yesterday"), "ISO 8601"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_with_a_sentence(told: Any, said: str) -> None:
    with pytest.raises(UnusableError, match=said):
        fact_of_event(told, RECEPTION)
