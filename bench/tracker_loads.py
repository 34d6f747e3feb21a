"""What each tracker sends of the same visitors: requests as its SDKs make them, from as many events.

Of ten events eight are page views with tags and a click id, one is
time on a page, one a form with an address.
"""

import gzip
import json
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

KEY: Final = "bench"
AT_ONCE: Final = 50
BASIC: Final = {"Authorization": "Basic " + b64encode(f"{KEY}:".encode()).decode()}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_TP2: Final = "/com.snowplowanalytics.snowplow/tp2"
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """One event before any tracker has put it into its words."""

    number: int
    at: int

    @property
    def kind(self) -> str:
        return {8: "time", 9: "form"}.get(self.number % 10, "page")

    @property
    def visitor(self) -> str:
        return f"visitor-{self.number // 10}"

    @property
    def url(self) -> str:
        tags = "utm_source=baidu&utm_medium=cpc&utm_campaign=%E5%93%81%E7%89%8C&bd_vid="
        return f"https://www.site.example/pages/{self.number % 100}?{tags}{self.number}"

    @property
    def email(self) -> str:
        return f"person{self.number}@company{self.number % 1000}.cn"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and how many events it holds."""

    path: str
    body: bytes | None
    events: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """How one tracker sends: so many events to a request, and the request that they make."""

    name: str
    at_once: int
    request: Callable[[list[Visit]], Request]

    def requests(self, visits: list[Visit]) -> Iterator[Request]:
        """Return the requests in which these events are sent."""
        for start in range(0, len(visits), self.at_once):
            yield self.request(visits[start : start + self.at_once])


def loads() -> tuple[Load, ...]:
    """Return all ways to send; Segment's batches, which the others are compared with, come first."""
    return (
        Load("Segment, batches", AT_ONCE, _segment),
        Load("Segment, single calls", 1, _segment_single),
        Load("our own, arrays", AT_ONCE, _native),
        Load("RudderStack, batches", AT_ONCE, _segment),
        Load("Jitsu, single calls", 1, _jitsu),
        Load("PostHog, batches", AT_ONCE, _posthog),
        Load("Snowplow, batches", AT_ONCE, _snowplow),
        Load("Snowplow, pictures", 1, _snowplow_picture),
        Load("Matomo, bulk", AT_ONCE, _matomo_bulk),
        Load("Matomo, single hits", 1, _matomo),
        Load("Sensors Data, batches", AT_ONCE, _sensors),
        Load("Sensors Data, pictures", 1, _sensors_picture),
        Load("GA4, 25 events", 25, _ga4),
    )


def _json(path: str, value: Any, events: int, headers: Mapping[str, str] = BASIC) -> Request:
    return Request(path, json.dumps(value).encode(), events, {"Content-Type": "application/json", **headers})


def _call(visit: Visit) -> Fields:
    page = {"url": visit.url, "referrer": "https://www.baidu.com/link", "title": "Demo"}
    told = {"messageId": str(uuid.uuid4()), "anonymousId": visit.visitor, "context": {"page": page}}
    match visit.kind:
        case "time":
            return told | {"type": "track", "event": "Page Engaged", "properties": {"seconds": 12}}
        case "form":
            properties = {"form_id": "trial", "email": visit.email, "company": "Company"}
            return told | {"type": "track", "event": "Form Submitted", "properties": properties}
    return told | {"type": "page"}


def _segment(visits: list[Visit]) -> Request:
    return _json("/v1/batch", {"batch": [_call(visit) for visit in visits]}, len(visits))


def _segment_single(visits: list[Visit]) -> Request:
    call = _call(visits[0])
    return _json(f"/v1/{call['type']}", call, 1)


def _jitsu(visits: list[Visit]) -> Request:
    call = _call(visits[0])
    return _json(f"/api/s/{call['type']}", call, 1, {"X-Write-Key": f"site:{KEY}"})


def _native(visits: list[Visit]) -> Request:
    events: list[Fields] = []
    for visit in visits:
        told: Fields = {"id": str(uuid.uuid4()), "anonymous_id": visit.visitor, "url": visit.url}
        told |= {"referrer": "https://www.baidu.com/link", "title": "Demo"}
        match visit.kind:
            case "time":
                told |= {"type": "page_engaged", "dwell_ms": 12_000}
            case "form":
                told |= {"type": "form_submitted", "form": "trial", "email": visit.email}
                told |= {"attributes": {"company": "Company"}}
            case _:
                told |= {"type": "page_viewed"}
        events.append(told)
    return _json("/v1/events", events, len(visits))


def _posthog(visits: list[Visit]) -> Request:
    events: list[Fields] = []
    for visit in visits:
        properties: Fields = {"distinct_id": visit.visitor, "$device_id": visit.visitor, "$lib": "web"}
        properties |= {"$current_url": visit.url, "$referrer": "https://www.baidu.com/link", "title": "Demo"}
        told: Fields = {"uuid": str(uuid.uuid4()), "properties": properties}
        match visit.kind:
            case "time":
                told |= {"event": "$pageleave"}
                properties["$prev_pageview_duration"] = 12.0
            case "form":
                told |= {"event": "form submitted"}
                properties |= {"form_id": "trial", "email": visit.email, "company": "Company"}
            case _:
                told |= {"event": "$pageview"}
        events.append(told)
    body = gzip.compress(json.dumps({"api_key": KEY, "batch": events}).encode(), 1)
    return Request("/batch/", body, len(visits), {"Content-Type": "text/plain"})


def _snowplow_event(visit: Visit) -> Fields:
    told = {"eid": str(uuid.uuid4()), "aid": KEY, "duid": visit.visitor, "url": visit.url, "page": "Demo"}
    told |= {"refr": "https://www.baidu.com/link", "dtm": str(visit.at), "stm": str(visit.at), "p": "web"}
    match visit.kind:
        case "time":
            return told | {"e": "pp"}
        case "form":
            fields = [{"name": "email", "value": visit.email}, {"name": "company", "value": "Company"}]
            form = {"formId": "trial", "elements": fields}
            schema = "iglu:com.snowplowanalytics.snowplow/{}/jsonschema/1-0-0"
            inner = {"schema": schema.format("submit_form"), "data": form}
            outer = {"schema": schema.format("unstruct_event"), "data": inner}
            return told | {"e": "ue", "ue_px": b64encode(json.dumps(outer).encode()).decode()}
    return told | {"e": "pv"}


def _snowplow(visits: list[Visit]) -> Request:
    schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
    return _json(
        _TP2, {"schema": schema, "data": [_snowplow_event(each) for each in visits]}, len(visits), {}
    )


def _snowplow_picture(visits: list[Visit]) -> Request:
    return Request(f"/i?{urlencode(_snowplow_event(visits[0]))}", None, 1)


def _hit(visit: Visit) -> str:
    told = {"idsite": KEY, "rec": "1", "_id": f"{(1 << 60) + visit.number // 10:x}", "url": visit.url}
    told |= {"urlref": "https://www.baidu.com/link", "action_name": "Demo", "r": str(visit.number)}
    told |= {"h": "9", "m": "30", "s": "1", "pv_id": "AbC123", "res": "1920x1080", "cookie": "1"}
    match visit.kind:
        case "time":
            told |= {"ping": "1"}
        case "form":
            told |= {"e_c": "Form", "e_a": "Submit", "e_n": "trial", "uid": visit.email}
    return urlencode(told)


def _matomo_bulk(visits: list[Visit]) -> Request:
    return _json("/matomo.php", {"requests": [f"?{_hit(visit)}" for visit in visits]}, len(visits), {})


def _matomo(visits: list[Visit]) -> Request:
    return Request("/matomo.php", _hit(visits[0]).encode(), 1, _FORM)


def _sensed(visit: Visit) -> Fields:
    properties = {
        "$url": visit.url,
        "$title": "Demo",
        "$referrer": "https://www.baidu.com/link",
        "$lib": "js",
    }
    properties |= {"$latest_traffic_source_type": "付费广告流量", "$latest_search_keyword": "未取到值"}
    told = {"type": "track", "time": visit.at, "_flush_time": visit.at, "_track_id": visit.number}
    told |= {"distinct_id": visit.visitor, "anonymous_id": visit.visitor}
    match visit.kind:
        case "time":
            return told | {"event": "$WebPageLeave", "properties": properties | {"event_duration": 12.0}}
        case "form":
            own = {"form_id": "trial", "email": visit.email, "company": "Company"}
            return told | {"event": "SubmitForm", "properties": properties | own}
    return told | {"event": "$pageview", "properties": properties}


def _sensors(visits: list[Visit]) -> Request:
    packed = gzip.compress(json.dumps([_sensed(visit) for visit in visits]).encode(), 1)
    body = urlencode({"data_list": b64encode(packed).decode(), "gzip": "1"}).encode()
    return Request(f"/sa?token={KEY}", body, len(visits), _FORM)


def _sensors_picture(visits: list[Visit]) -> Request:
    told = urlencode({"data": b64encode(json.dumps(_sensed(visits[0])).encode()).decode()})
    return Request(f"/sa.gif?token={KEY}&{told}", None, 1)


def _ga4(visits: list[Visit]) -> Request:
    events: list[Fields] = []
    for visit in visits:
        params: Fields = {"page_location": visit.url, "page_referrer": "https://www.baidu.com/link"}
        match visit.kind:
            case "time":
                told = {"name": "user_engagement", "params": params | {"engagement_time_msec": 12_000}}
            case "form":
                own = {"form_id": "trial", "email": visit.email, "company": "Company"}
                told = {"name": "form_submit", "params": params | own}
            case _:
                told = {"name": "page_view", "params": params | {"page_title": "Demo"}}
        events.append(told | {"timestamp_micros": visit.at * 1000 + visit.number % 1000})
    request = {"client_id": visits[0].visitor, "events": events}
    return _json(f"/mp/collect?measurement_id=G-1&api_secret={KEY}", request, len(visits), {})
