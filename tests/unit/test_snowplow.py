"""Events of Snowplow's trackers become facts: each kind, whose, when they happened, and which are one."""

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest
from tokens import TOKENISER_OF_SAMPLES as TOKENISER

from producers.outcomes.left_out import UnusableError
from producers.website.facts import Reception
from producers.website.snowplow import fact_of_event
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, WebsiteFact

NOW = 1_795_300_000_000
RECEPTION = Reception(TOKENISER, NOW, user_agent="Mozilla/5.0 (header)")
PING_MS = 10_000
LANDING = "https://www.example.cn/pricing?utm_source=baidu&utm_medium=cpc&bd_vid=9876543210#plans"
EID = "8f0c6c2e-40c9-4d0b-9b4f-2f7d8a3c1e55"


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"e": kind, "eid": EID, "duid": "browser-1", "dtm": str(NOW - 500), "stm": str(NOW), **more}


def fact(told: dict[str, Any], reception: Reception = RECEPTION) -> WebsiteFact:
    made = fact_of_event(told, reception, PING_MS)
    assert made is not None
    return made


def self_describing(name: str, data: Any, vendor: str = "com.snowplowanalytics.snowplow") -> str:
    inner = {"schema": f"iglu:{vendor}/{name}/jsonschema/1-0-0", "data": data}
    outer = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
    return json.dumps({"schema": outer, "data": inner}, ensure_ascii=False)


def test_a_page_view_keeps_its_url_with_the_click_id() -> None:
    made = fact(
        event("pv", url=LANDING, refr="https://www.baidu.com/link?url=x", page="价格", ua="Mozilla/5.0 (own)")
    )
    assert isinstance(made, PageViewed)
    assert (made.event_id, made.source, made.subject) == (EID, "snowplow", "anon:browser-1")
    assert (made.url, made.referrer, made.title) == (LANDING, "https://www.baidu.com/link?url=x", "价格")
    assert made.user_agent == "Mozilla/5.0 (own)"
    assert fact(event("pv")).user_agent == "Mozilla/5.0 (header)"
    assert made.occurred_at == NOW - 500


def test_a_page_ping_is_time_on_the_page() -> None:
    made = fact(event("pp", url=LANDING, pp_mix="0", pp_may="900"))
    assert isinstance(made, PageEngaged)
    assert (made.dwell_ms, made.url) == (PING_MS, LANDING)


FORM = {
    "formId": "trial",
    "formClasses": ["lead"],
    "elements": [
        {"name": "company", "value": "某某科技", "nodeName": "INPUT", "type": "text"},
        {"name": "email", "value": "li@example.com", "nodeName": "INPUT", "type": "email"},
        {"name": "mobile", "value": "13912345678", "nodeName": "INPUT", "type": "tel"},
        {"name": "message", "value": "call 13912345678", "nodeName": "TEXTAREA", "type": None},
    ],
}


@pytest.mark.parametrize("packing", ["plain", "base64url", "base64", "a query's"])
def test_a_form_gives_tokens_and_what_is_said_of_the_company(packing: str) -> None:
    text = self_describing("submit_form", FORM)
    coded = {
        "plain": {"ue_pr": text},
        "base64url": {"ue_px": urlsafe_b64encode(text.encode()).decode().rstrip("=")},
        "base64": {"ue_px": b64encode(text.encode()).decode()},
        "a query's": {"ue_px": b64encode(text.encode()).decode().replace("+", " ")},
    }[packing]
    made = fact(event("ue", url=LANDING, **coded))
    assert isinstance(made, FormSubmitted)
    assert made.form == "trial"
    assert made.others == (TOKENISER.email("li@example.com"), TOKENISER.phone("13912345678"))
    assert made.attributes == {"company": "某某科技", "email_domain": "example.com"}
    assert "li@" not in made.model_dump_json()
    assert "13912345678" not in made.model_dump_json()


@pytest.mark.parametrize("name", ["change_form", "focus_form", "application_error", "web_vitals"])
def test_what_forms_and_pages_tell_on_their_way_is_no_fact(name: str) -> None:
    data = {"formId": "trial", "elementId": "email", "value": "li@example.com"}
    assert fact_of_event(event("ue", ue_pr=self_describing(name, data)), RECEPTION, PING_MS) is None


@pytest.mark.parametrize(
    ("name", "data", "kind", "told"),
    [
        ("link_click", {"targetUrl": "/a.pdf"}, CustomTracked, ("link_click", {"label": "/a.pdf"})),
        ("played", {"video": "intro", "mood": "good"}, CustomTracked, ("played", {"video": "intro"})),
        ("demo_request", {"industry": "制造"}, FormSubmitted, ("demo_request", {"industry": "制造"})),
        ("contact", {"form_id": "footer"}, FormSubmitted, ("footer", {})),
        ("form_opened", {"form_id": "footer"}, CustomTracked, ("form_opened", {})),
    ],
)  # fmt: skip
def test_other_self_describing_events_are_forms_by_their_name_or_custom(
    name: str, data: dict[str, Any], kind: type[WebsiteFact], told: tuple[str, dict[str, str]]
) -> None:
    made = fact(event("ue", ue_pr=self_describing(name, data, "cn.example")))
    assert isinstance(made, kind)
    assert (
        made.form if isinstance(made, FormSubmitted) else getattr(made, "name", ""),
        getattr(made, "attributes", {}),
    ) == told


def test_a_screen_of_an_app_is_a_page_view_of_the_device_that_its_session_names() -> None:
    session = {"schema": "iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2",
               "data": {"userId": "phone-7", "sessionId": "s"}}  # fmt: skip
    context = {
        "schema": "iglu:…/contexts/jsonschema/1-0-1",
        "data": [{"schema": "iglu:a/b/c/1", "data": {}}, session],
    }
    told = event(
        "ue", ue_pr=self_describing("screen_view", {"name": "Pricing"}, "com.snowplowanalytics.mobile")
    )
    del told["duid"]
    made = fact(told | {"cx": urlsafe_b64encode(json.dumps(context).encode()).decode()})
    assert isinstance(made, PageViewed)
    assert (made.subject, made.title) == ("anon:phone-7", "Pricing")


def test_structured_events_are_named_by_category_and_action_and_may_be_forms() -> None:
    played = fact(event("se", se_ca="video", se_ac="play", se_la="intro", se_va="30"))
    assert isinstance(played, CustomTracked)
    assert played.name == "video play"
    assert played.attributes == {"category": "video", "action": "play", "label": "intro", "value": "30"}
    sent = fact(event("se", se_ca="form", se_ac="submit", se_la="trial"))
    assert isinstance(sent, FormSubmitted)
    assert sent.form == "trial"


def test_the_device_is_the_domains_cookie_else_the_collectors_and_the_user_stands_beside() -> None:
    made = fact(event("pv", tnuid="network-1", uid="li@example.com"))
    assert (made.subject, made.others) == (
        "anon:browser-1",
        ("anon:network-1", TOKENISER.email("li@example.com")),
    )
    made = fact(event("pv", duid=None, nuid="network-1", uid="u-7"))
    assert (made.subject, made.others) == ("anon:network-1", ("user:u-7",))
    assert fact(event("pv", duid="", uid="u-7")).subject == "user:u-7"
    with pytest.raises(UnusableError, match="duid, tnuid or uid"):
        fact(event("pv", duid="00000000-0000-0000-0000-000000000000"))


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("clocks", "at"),
    [
        ({"dtm": NOW - 500, "stm": NOW}, NOW - 500),
        ({"dtm": NOW - 2 * HOUR - 500, "stm": NOW - 2 * HOUR}, NOW - 500),  # a clock two hours behind
        ({"dtm": NOW + 2 * HOUR - 500, "stm": NOW + 2 * HOUR}, NOW - 500),  # and one ahead
        ({"dtm": NOW - 40 * 24 * HOUR, "stm": NOW}, NOW - 40 * 24 * HOUR),  # queued for long
        ({"dtm": NOW - 2 * HOUR - 500, "stm": NOW - 2 * HOUR, "ttm": NOW - HOUR}, NOW - HOUR),
        ({"dtm": NOW - 500, "stm": "soon"}, NOW - 500),
        ({"dtm": None, "stm": NOW}, NOW),
    ],
)  # fmt: skip
def test_an_event_happened_by_its_clock_corrected_by_when_it_was_sent(
    clocks: dict[str, Any], at: int
) -> None:
    told = event("pv") | {name: None if value is None else str(value) for name, value in clocks.items()}
    assert fact(told).occurred_at == at


def test_without_an_id_an_event_that_is_sent_again_is_one() -> None:
    told = event("pv", eid=None, url=LANDING)
    again = fact(told | {"stm": str(NOW + 60_000)}, Reception(TOKENISER, NOW + 60_000))
    assert fact(told).event_id == again.event_id
    assert fact(told | {"dtm": str(NOW - 501)}).event_id != again.event_id
    picture = {"e": "pv", "nuid": "network-1", "url": LANDING}
    assert fact(picture).event_id != fact(picture, Reception(TOKENISER, NOW + 60_000)).event_id


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("pv", "JSON object"),
        ({}, "e: it is none of"),
        (event("zz"), "e: it is none of"),
        (event("ue"), "schema"),
        (event("ue", ue_px="a"), "not base64"),
        (event("ue", ue_px="!!!!"), "not JSON"),
        (event("ue", ue_pr="{"), "not JSON"),
        (event("ue", ue_pr="[]"), "schema"),
        (event("se"), "se_ac"),
        (event("pv", dtm="yesterday"), "ISO 8601"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_with_a_sentence(told: Any, said: str) -> None:
    with pytest.raises(UnusableError, match=said):
        fact_of_event(told, RECEPTION, PING_MS)
