"""Hits of Matomo's tracking API become facts: each kind, whose they are, and which are one."""

from typing import Any

import pytest
from tokens import TOKENISER_OF_SAMPLES as TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website.facts import Reception
from producers.website.matomo import fact_of_hit
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, WebsiteFact

NOW = 1_795_300_000_000
RECEPTION = Reception(TOKENISER, NOW, user_agent="Mozilla/5.0 (header)")
PING_MS = 15_000
LANDING = "https://www.example.cn/pricing?pk_campaign=brand&pk_kwd=cloud&bd_vid=9876543210"


def hit(**more: str) -> dict[str, str]:
    return {
        "idsite": "1",
        "rec": "1",
        "_id": "0123456789abcdef",
        "r": "123456",
        "url": LANDING,
        "pv_id": "AbC123",
    } | more


def fact(told: dict[str, str], reception: Reception = RECEPTION) -> WebsiteFact:
    made = fact_of_hit(told, reception, PING_MS)
    assert made is not None
    return made


def test_a_page_view_keeps_its_url_with_matomos_own_tags() -> None:
    made = fact(hit(action_name="价格", urlref="https://www.baidu.com/", h="9", m="30", s="1"))
    assert isinstance(made, PageViewed)
    assert (made.source, made.subject, made.occurred_at) == ("matomo", "anon:0123456789abcdef", NOW)
    assert (made.url, made.referrer, made.title) == (LANDING, "https://www.baidu.com/", "价格")
    assert made.user_agent == "Mozilla/5.0 (header)"


def test_a_ping_of_the_heart_beat_is_time_on_the_page() -> None:
    made = fact(hit(ping="1"))
    assert isinstance(made, PageEngaged)
    assert (made.dwell_ms, made.url) == (PING_MS, LANDING)


@pytest.mark.parametrize(
    ("more", "name", "attributes"),
    [
        ({"e_c": "video", "e_a": "play", "e_n": "intro", "e_v": "3"}, "video play",
         {"category": "video", "action": "play", "label": "intro", "value": "3"}),
        ({"link": "https://other.cn/"}, "link", {"label": "https://other.cn/"}),
        ({"download": "https://x.cn/a.pdf"}, "download", {"file": "https://x.cn/a.pdf"}),
        ({"search": "云盘", "search_cat": "docs"}, "search", {"label": "云盘", "category": "docs"}),
        ({"idgoal": "3", "revenue": "20"}, "goal 3", {"value": "20"}),
        ({"idgoal": "0", "revenue": "99.5"}, "order", {"value": "99.5"}),
        ({"c_i": "click", "c_n": "banner"}, "content", {"action": "click", "label": "banner"}),
    ],
)  # fmt: skip
def test_what_was_done_on_a_page_is_a_custom_event(more: dict[str, str], name: str, attributes: Any) -> None:
    made = fact(hit(**more))
    assert isinstance(made, CustomTracked)
    assert (made.name, made.attributes) == (name, attributes)


def test_a_form_is_an_event_that_says_so_or_what_the_plugin_for_forms_saw_being_sent() -> None:
    sent = fact(hit(e_c="Form", e_a="Submit", e_n="trial"))
    assert isinstance(sent, FormSubmitted)
    assert sent.form == "trial"
    seen = fact(hit(ca="1", fa_vid="x", fa_name="demo", fa_su="1"))
    assert isinstance(seen, FormSubmitted)
    assert seen.form == "demo"


@pytest.mark.parametrize(
    "more",
    [
        {"ca": "1"},
        {"c_n": "banner", "c_p": "a.png"},
        {"fa_fp": "[]", "fa_vid": "x"},
        {"ca": "1", "ma_ti": "video"},
    ],
)
def test_what_was_merely_shown_or_measured_is_no_fact(more: dict[str, str]) -> None:
    assert fact_of_hit(hit(**more), RECEPTION, PING_MS) is None


def test_the_visitor_is_the_forced_id_else_the_cookies_and_the_user_stands_beside() -> None:
    assert fact(hit(cid="fedcba9876543210")).subject == "anon:fedcba9876543210"
    made = fact(hit(uid="li@example.com"))
    assert (made.subject, made.others) == ("anon:0123456789abcdef", (TOKENISER.email("li@example.com"),))
    assert fact(hit(_id="", uid="u-7")).subject == "user:u-7"
    with pytest.raises(UnusableError, match="_id, cid or uid"):
        fact(hit(_id=""))


def test_a_hit_of_the_past_says_when() -> None:
    assert fact(hit(cdt="2026-11-20 10:00:00")).occurred_at == 1_795_168_800_000
    assert fact(hit(cdt="1795168800")).occurred_at == 1_795_168_800_000
    with pytest.raises(UnusableError, match="ISO 8601"):
        fact(hit(cdt="yesterday"))


def test_the_same_hit_sent_by_two_ways_is_one_and_two_alike_are_two() -> None:
    later = Reception(TOKENISER, NOW + 700)
    assert fact(hit()).event_id == fact(hit(send_image="0", token_auth="t"), later).event_id
    assert fact(hit(ping="1")).event_id != fact(hit(ping="1", r="654321")).event_id
    plain = {name: value for name, value in hit().items() if name != "r"}
    both = [fact_of_hit(plain, RECEPTION, PING_MS, place) for place in (0, 1)]
    assert len({each.event_id for each in both if each}) == 2
    assert fact(plain).event_id != fact(plain, later).event_id


@pytest.mark.parametrize(
    ("told", "said"),
    [(hit(rec="0"), "rec=1"), ({"rec": "1", "_id": "0123456789abcdef"}, "url or an action_name")],
)  # fmt: skip
def test_what_is_no_hit_is_refused_with_a_sentence(told: dict[str, str], said: str) -> None:
    with pytest.raises(UnusableError, match=said):
        fact_of_hit(told, RECEPTION, PING_MS)
