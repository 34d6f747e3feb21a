"""The same two visits, told by each tracker in its own words, are the same journey."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from played import people
from tokens import TOKENISER_OF_SAMPLES as TOKENISER

from attribution.policy import Policy
from producers.website import ga4, matomo, native, segment, sensors, snowplow
from producers.website.facts import Reception
from schemas.envelope import Fact

AT = 1_795_299_600_000
MINUTE, WEEK = 60_000, 7 * 86_400_000
TAGS = "utm_source=baidu&utm_medium=cpc&utm_campaign=brand&utm_term=%E4%BA%91%E7%9B%98&bd_vid=8123"
LANDING = f"https://www.site.cn/demo?{TAGS}"
PRICES = "https://www.site.cn/prices"
BAIDU = "https://www.baidu.com/link?url=x"
EMAIL = "wang@example.com"
WHO = "0123456789abcdef"

# When, what, at which page and from which: an ad's visit with a minute on the first page, 20 seconds on the
# second and a form; a week later the address is typed in.
STORY = (
    (AT, "page", LANDING, BAIDU),
    (AT + MINUTE, "page", PRICES, LANDING),
    (AT + 2 * MINUTE, "time", PRICES, LANDING),
    (AT + 3 * MINUTE, "form", PRICES, LANDING),
    (AT + WEEK, "page", PRICES, ""),
)
Told = Iterator[Fact | None]


def received(at: int) -> Reception:
    return Reception(TOKENISER, at)


def by_our_own() -> Told:
    types = {"page": "page_viewed", "time": "page_engaged", "form": "form_submitted"}
    for at, what, url, referrer in STORY:
        own = {"dwell_ms": 20_000} if what == "time" else {"email": EMAIL} if what == "form" else {}
        event = {
            "type": types[what],
            "anonymous_id": WHO,
            "occurred_at": at,
            "url": url,
            "referrer": referrer,
        }
        yield native.fact_of_event(event | own, received(at))


def by_segment() -> Told:
    for at, what, url, referrer in STORY:
        call: dict[str, Any] = {"anonymousId": WHO, "timestamp": at, "type": "track"}
        call |= {"context": {"page": {"url": url, "referrer": referrer}}}
        own: dict[str, Any] = {"type": "page"}
        if what == "time":
            own = {"event": "Page Engaged", "properties": {"seconds": 20}}
        elif what == "form":
            own = {"event": "Form Submitted", "properties": {"email": EMAIL}}
        yield segment.fact_of_call(call | own, received(at))


def by_snowplow() -> Told:
    data = {
        "schema": "iglu:a/submit_form/jsonschema/1-0-0",
        "data": {"elements": [{"name": "email", "value": EMAIL}]},
    }
    for at, what, url, referrer in STORY:
        event = {"duid": WHO, "dtm": str(at), "stm": str(at + 5), "url": url, "refr": referrer}
        event["e"] = {"page": "pv", "time": "pp", "form": "ue"}[what]
        if what == "form":
            event["ue_pr"] = json.dumps({"schema": "iglu:a/b/jsonschema/1-0-0", "data": data})
        yield snowplow.fact_of_event(event, received(at), 10_000)
        if what == "time":  # two pings of ten seconds
            yield snowplow.fact_of_event(event | {"dtm": str(at - 10_000)}, received(at), 10_000)


def by_matomo() -> Told:
    """It has no words for an address but the user's id."""
    for number, (at, what, url, referrer) in enumerate(STORY):
        hit = {"idsite": "1", "rec": "1", "_id": WHO, "r": str(number), "url": url, "urlref": referrer}
        own = {"ping": "1"} if what == "time" else {}
        if what == "form":
            own = {"e_c": "Form", "e_a": "Submit", "uid": EMAIL}
        yield matomo.fact_of_hit(hit | own, received(at), 20_000)


def by_sensors() -> Told:
    """Its browser repeats the ad's tags with every event, also a week later."""
    names = {"page": "$pageview", "time": "$WebPageLeave", "form": "SubmitForm"}
    latest = {"$latest_utm_source": "baidu", "$latest_utm_medium": "cpc", "$latest_utm_campaign": "brand"}
    for at, what, url, referrer in STORY:
        source = "直接流量" if at == AT + WEEK else "付费广告流量"
        more: dict[str, dict[str, Any]] = {"time": {"event_duration": 20}, "form": {"email": EMAIL}}
        properties = {"$url": url, "$referrer": referrer, "$latest_traffic_source_type": source}
        event = {"type": "track", "event": names[what], "time": at, "_flush_time": at + 5}
        event |= {
            "distinct_id": WHO,
            "anonymous_id": WHO,
            "properties": properties | latest | more.get(what, {}),
        }
        yield sensors.fact_of_event(event, received(at))


def by_ga4() -> Told:
    names = {"page": "page_view", "time": "user_engagement", "form": "generate_lead"}
    for at, what, url, referrer in STORY:
        params: dict[str, Any] = {"page_location": url, "page_referrer": referrer}
        more: dict[str, dict[str, Any]] = {"time": {"engagement_time_msec": 20_000}, "form": {"email": EMAIL}}
        params |= more.get(what, {})
        sender = {"client_id": WHO, "timestamp_micros": at * 1000}
        yield from ga4.facts_of_event({"name": names[what], "params": params}, sender, received(at))


@pytest.mark.parametrize(
    "telling",
    [by_our_own, by_segment, by_snowplow, by_matomo, by_sensors, by_ga4],
    ids=lambda each: each.__name__,
)
def test_the_journey_is_the_same_whoever_tells_it(policy: Policy, telling: Callable[[], Told]) -> None:
    journeys = people(policy, *(fact for fact in telling() if fact is not None))
    (journey,) = journeys.values()
    assert set(journey.identifiers) == {f"anon:{WHO}", TOKENISER.email(EMAIL)}
    ad, direct = journey.touchpoints
    assert (ad.channel, ad.platform, ad.source, ad.medium) == ("paid_search", "baidu", "baidu", "cpc")
    assert (ad.campaign, ad.keyword, ad.click_ids) == ("brand", "云盘", ("bd_vid=8123",))
    assert (ad.pages, ad.dwell_ms, ad.forms) == (2, 80_000, 1)
    assert (ad.landing_url, ad.referrer) == (LANDING, BAIDU)
    assert (direct.channel, direct.pages, direct.at) == ("direct", 1, AT + WEEK)


def test_a_tag_of_matomos_own_is_a_tag(policy: Policy) -> None:
    tags = urlencode({"mtm_source": "baidu", "mtm_medium": "cpc", "mtm_campaign": "brand", "mtm_kwd": "云盘"})
    hit = {"idsite": "1", "rec": "1", "_id": WHO, "r": "1", "url": f"https://www.site.cn/?{tags}"}
    view = matomo.fact_of_hit(hit, received(AT), 15_000)
    assert view is not None
    (touch,) = people(policy, view)[f"anon:{WHO}"].touchpoints
    assert (touch.source, touch.medium, touch.campaign, touch.keyword) == ("baidu", "cpc", "brand", "云盘")
