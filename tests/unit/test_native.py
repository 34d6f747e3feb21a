"""Events in Leadtrace's own format become facts."""

from typing import Any

import pytest
from tokens import TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website.facts import Reception
from producers.website.native import TYPES, fact_of_event
from schemas.utm import CampaignTouched
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, VisitorIdentified

NOW = 1_795_300_000_000
RECEPTION = Reception(TOKENISER, NOW, user_agent="Mozilla/5.0 (X11)")


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": "e-1", "anonymous_id": "a-1", "url": "https://x.cn/p?gclid=abc", **more}


def test_a_page_view() -> None:
    told = event(
        "page_viewed", referrer="https://so.com/", title="元数据", occurred_at="2026-11-21T22:13:05.389Z"
    )
    fact = fact_of_event(told, RECEPTION)
    assert isinstance(fact, PageViewed)
    assert (fact.subject, fact.url, fact.referrer) == (
        "anon:a-1",
        "https://x.cn/p?gclid=abc",
        "https://so.com/",
    )
    assert (fact.title, fact.user_agent) == ("元数据", "Mozilla/5.0 (X11)")
    assert (fact.occurred_at, fact.received_at, fact.source) == (1_795_299_185_389, NOW, "collector")


def test_tags_that_came_apart_from_the_url_are_put_into_it() -> None:
    told = event("page_viewed", utm_source="baidu", utm_medium="cpc")
    assert fact_of_event(told, RECEPTION).url == "https://x.cn/p?gclid=abc&utm_source=baidu&utm_medium=cpc"
    tagged = told | {"url": "https://x.cn/p?utm_source=so"}
    assert fact_of_event(tagged, RECEPTION).url == "https://x.cn/p?utm_source=so"


def test_the_same_browser_on_another_own_site_is_told_beside() -> None:
    fact = fact_of_event(event("page_viewed", linked_id="b-2", user_id="u1"), RECEPTION)
    assert isinstance(fact, PageViewed)
    assert (fact.subject, set(fact.others)) == ("anon:a-1", {"anon:b-2", "user:u1"})
    nobody = fact_of_event(event("page_viewed", linked_id="undefined"), RECEPTION)
    assert isinstance(nobody, PageViewed)
    assert nobody.others == ()


def test_time_on_a_page() -> None:
    fact = fact_of_event(event("page_engaged", dwell_ms=4200), RECEPTION)
    assert isinstance(fact, PageEngaged)
    assert fact.dwell_ms == 4200


@pytest.mark.parametrize("dwell", [None, "4200", -1, 86_400_001, True])
def test_time_on_a_page_needs_a_sensible_number(dwell: Any) -> None:
    with pytest.raises(UnusableError, match="dwell_ms"):
        fact_of_event(event("page_engaged", dwell_ms=dwell), RECEPTION)


@pytest.mark.parametrize(
    ("kind", "made"), [("form_submitted", FormSubmitted), ("visitor_identified", VisitorIdentified)]
)
def test_forms_and_identification_hold_tokens_and_attributes(kind: str, made: type[FormSubmitted]) -> None:
    told = event(kind, form="demo", email="wang@acme.cn", phone="139 1234 5678", user_id="u1",
                 attributes={"company": "某某科技", "name": "王伟", "wechat": "wangwei"})  # fmt: skip
    fact = fact_of_event(told, RECEPTION)
    assert isinstance(fact, made)
    assert set(fact.others) == {"user:u1", TOKENISER.email("wang@acme.cn"), TOKENISER.phone("13912345678")}
    assert fact.attributes == {"company": "某某科技", "email_domain": "acme.cn"}


def test_a_custom_event_has_a_name() -> None:
    fact = fact_of_event(
        event("custom_tracked", name="Video Played", attributes={"video": "tour"}), RECEPTION
    )
    assert isinstance(fact, CustomTracked)
    assert (fact.name, fact.attributes) == ("Video Played", {"video": "tour"})
    with pytest.raises(UnusableError, match="name"):
        fact_of_event(event("custom_tracked"), RECEPTION)


@pytest.mark.parametrize("kind", ["link_click", "qr_scan", "email_click"])
def test_a_touch_is_kept_under_the_best_identifier(kind: str) -> None:
    told = {"type": kind, "email": "wang@acme.cn", "url": "https://x.cn/?utm_source=edm&mail=wang%40acme.cn"}
    fact = fact_of_event(told, RECEPTION)
    assert isinstance(fact, CampaignTouched)
    email = TOKENISER.email("wang@acme.cn")
    assert email is not None
    assert (fact.kind, fact.subject, fact.others) == (kind, email, ())
    assert fact.url == f"https://x.cn/?utm_source=edm&mail={email[:18]}"


def test_a_touch_needs_its_link() -> None:
    with pytest.raises(UnusableError, match="url"):
        fact_of_event({"type": "qr_scan", "anonymous_id": "a-1"}, RECEPTION)


@pytest.mark.parametrize("kind", TYPES)
def test_nobody_is_refused(kind: str) -> None:
    nobody = event(kind, name="x", dwell_ms=1) | {"anonymous_id": "undefined"}
    with pytest.raises(UnusableError, match="names somebody"):
        fact_of_event(nobody, RECEPTION)


@pytest.mark.parametrize("bad", [None, 7, "page_viewed", [], {}, {"type": "page"}, {"type": {}}])
def test_what_is_no_event_is_refused_with_a_sentence(bad: Any) -> None:
    with pytest.raises(UnusableError, match=r"JSON object|type must be one of"):
        fact_of_event(bad, RECEPTION)


def test_the_same_id_is_the_same_event() -> None:
    first, again = event("page_viewed"), event("page_viewed", occurred_at=NOW)
    assert fact_of_event(first, RECEPTION).event_id == fact_of_event(again, RECEPTION).event_id
    other = fact_of_event(event("page_viewed", id="e-2"), RECEPTION)
    assert other.event_id != fact_of_event(first, RECEPTION).event_id


def test_an_id_with_control_characters_or_of_any_length_breaks_nothing() -> None:
    fact = fact_of_event(event("page_viewed", anonymous_id="a\u0000\n1"), RECEPTION)
    assert fact.subject == "anon:a  1"
    with pytest.raises(UnusableError):
        fact_of_event(event("page_viewed", anonymous_id="a" * 300), RECEPTION)
