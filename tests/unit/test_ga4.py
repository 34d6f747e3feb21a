"""Events of GA4's Measurement Protocol become facts: each kind, time on pages, tags, and which are one."""

from typing import Any

import pytest
from tokens import TOKENISER_OF_SAMPLES as TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website.facts import Reception
from producers.website.ga4 import fact_of_properties, facts_of_event
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
PAGE = "https://www.example.cn/pricing?utm_source=baidu&gclid=abc"
SENDER = {"client_id": "1356798742.1795290000", "timestamp_micros": (NOW - 500) * 1000}


def facts(name: str, sender: dict[str, Any] = SENDER, **params: Any) -> tuple[WebsiteFact, ...]:
    return facts_of_event({"name": name, "params": params}, sender, RECEPTION)


def test_a_page_view_has_its_url_referrer_and_title() -> None:
    (made,) = facts("page_view", page_location=PAGE, page_referrer="https://baidu.com/", page_title="价格",
                    engagement_time_msec=100)  # fmt: skip
    assert isinstance(made, PageViewed)
    assert (made.source, made.url, made.referrer, made.title) == (
        "ga4",
        PAGE,
        "https://baidu.com/",
        "价格",
    )
    assert made.occurred_at == NOW - 500
    assert made.subject == facts("scroll")[0].subject


def test_tags_beside_the_url_count_where_it_has_none() -> None:
    (made,) = facts("page_view", page_location="https://x.cn/", source="baidu", medium="cpc", gclid="once")
    assert made.url == "https://x.cn/?utm_source=baidu&utm_medium=cpc"
    (made,) = facts("page_view", page_location=PAGE, source="mail")
    assert made.url == PAGE


@pytest.mark.parametrize(
    ("name", "spent", "dwells"),
    [
        ("user_engagement", 4_200, [4_200]), ("user_engagement", "4200", [4_200]),
        ("user_engagement", 300, [300]), ("user_engagement", None, []),
        ("scroll", 6_000, [6_000]), ("page_view", 100, []), ("scroll", 1, []),
        ("scroll", True, []), ("scroll", 90_000_000, [86_400_000]),
    ],
)  # fmt: skip
def test_every_event_may_bring_time_on_the_page_that_nothing_else_tells(
    name: str, spent: Any, dwells: list[int]
) -> None:
    made = facts(name, page_location=PAGE, engagement_time_msec=spent)
    assert [each.dwell_ms for each in made if isinstance(each, PageEngaged)] == dwells
    assert len({each.event_id for each in made}) == len(made)


@pytest.mark.parametrize("name", ["session_start", "first_visit", "user_engagement"])
def test_what_pages_say_already_is_no_fact(name: str) -> None:
    assert facts(name, page_location=PAGE) == ()


@pytest.mark.parametrize(
    ("name", "form"),
    [("form_submit", "trial"), ("generate_lead", "trial"), ("sign_up", "trial"), ("form_start", None)],
)
def test_a_form_is_an_event_that_says_it_was_sent(name: str, form: str | None) -> None:
    (made,) = facts(name, form_id="trial", company="某某科技", email="li@example.com")
    if form is None:
        assert isinstance(made, CustomTracked)
        assert made.others == ()
        return
    assert isinstance(made, FormSubmitted)
    assert (made.form, made.others) == (form, (TOKENISER.email("li@example.com"),))
    assert made.attributes == {"company": "某某科技", "email_domain": "example.com"}


def test_what_the_user_is_said_to_be_is_one_fact_however_often_it_is_said() -> None:
    sender = SENDER | {"user_id": "u-7", "user_properties": {"company": {"value": "某某科技"}}}
    made, again = (
        fact_of_properties(sender | {"timestamp_micros": at}, RECEPTION) for at in (None, NOW * 1000)
    )
    assert isinstance(made, VisitorIdentified)
    assert made.attributes == {"company": "某某科技"}
    assert made.others == ("user:u-7",)
    assert again is not None
    assert made.event_id == again.event_id
    assert fact_of_properties(SENDER | {"user_properties": {"tier": {"value": "gold"}}}, RECEPTION) is None


def test_the_client_is_the_device_and_the_user_stands_beside() -> None:
    (made,) = facts("scroll", {"client_id": "c-1", "user_id": "li@example.com"})
    assert (made.subject, made.others) == ("anon:c-1", (TOKENISER.email("li@example.com"),))
    (made,) = facts("scroll", {"app_instance_id": "a-1"})
    assert made.subject == "anon:a-1"
    (made,) = facts("scroll", {"user_id": "u-7"})
    assert made.subject == "user:u-7"
    with pytest.raises(UnusableError, match="client_id, app_instance_id or user_id"):
        facts("scroll", {})


def test_with_a_time_an_event_that_is_sent_again_is_one() -> None:
    later = Reception(TOKENISER, NOW + 9_000)
    told = {"name": "scroll", "params": {"percent": 90}}
    assert (
        facts_of_event(told, SENDER, RECEPTION)[0].event_id == facts_of_event(told, SENDER, later)[0].event_id
    )
    alone = {"client_id": "c-1"}
    ids = {
        facts_of_event(told, alone, each, place)[0].event_id
        for each in (RECEPTION, later)
        for place in (0, 1)
    }
    assert len(ids) == 4
    order = {"name": "purchase", "params": {"transaction_id": "T-1", "value": 9}}
    assert (
        facts_of_event(order, alone, RECEPTION)[0].event_id == facts_of_event(order, alone, later)[0].event_id
    )


@pytest.mark.parametrize("at", [(NOW - 500) * 1000, str((NOW - 500) * 1000), NOW - 500])
def test_times_are_microseconds_and_milliseconds_are_understood(at: Any) -> None:
    assert facts("scroll", SENDER | {"timestamp_micros": at})[0].occurred_at == NOW - 500


@pytest.mark.parametrize(
    ("told", "said"), [([], "JSON object"), ({}, "needs its name"), ({"name": ""}, "needs its name")]
)
def test_what_is_no_event_is_refused_with_a_sentence(told: Any, said: str) -> None:
    with pytest.raises(UnusableError, match=said):
        facts_of_event(told, SENDER, RECEPTION)
