"""What trackers other than Segment's send of an invented person who says who he is."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

Sent = Iterator[tuple[str, Any]]


def requests(mail: str, phone: str, key: str, attributes: Mapping[str, str]) -> Sent:
    """Paths with bodies, good ones and bad ones; each holds address, number or key wherever one fits."""
    page = f"https://x.example/{mail}?tel={phone}", f"https://r.example/{phone}/{mail}"
    yield from _of_segments_kin(mail, phone, key, page, attributes)
    yield from _posthog(mail, phone, key, page, attributes)
    yield from _snowplow(mail, phone, page, attributes)
    yield from _matomo(mail, phone, key, page)
    yield from _sensors(mail, phone, key, page, attributes)
    yield from _ga4(mail, phone, key, page, attributes)


def _of_segments_kin(
    mail: str, phone: str, key: str, page: tuple[str, str], attributes: Mapping[str, str]
) -> Sent:
    context = {"page": {"url": page[0], "referrer": page[1], "title": mail}, "traits": dict(attributes)}
    call = {"anonymousId": phone, "userId": mail, "messageId": mail, "context": context, "channel": "web"}
    left = call | {"type": "track", "event": "Page Unloaded", "properties": {"timeOnPage": 1}}
    yield f"/beacon/v1/batch?writeKey={key}", {"batch": [left, call | {"type": mail}]}
    for base in ("/api/s", "/api/s/s2s"):
        yield (
            f"{base}/track",
            call | {"event": mail, "properties": dict(attributes), "writeKey": f"{key}:***"},
        )
        yield f"{base}/identify", call | {"traits": dict(attributes)}
        yield f"{base}/{phone}", call


def _posthog(mail: str, phone: str, key: str, page: tuple[str, str], attributes: Mapping[str, str]) -> Sent:
    own = {
        "$current_url": page[0],
        "$referrer": page[1],
        "title": mail,
        "$raw_user_agent": mail,
        "token": key,
    }
    own |= {"$prev_pageview_duration": 7, "$prev_pageview_pathname": f"/{mail}", "$el_text": phone}
    own |= {"$event_type": "submit", "$elements_chain": f'form:attr__id="{mail}"', "$set": dict(attributes)}
    own |= {"$group_type": "company", "$group_key": mail, "$group_set": {"name": mail}, "alias": phone}
    names = ("$pageview", "$pageleave", "$identify", "$groupidentify", "$create_alias", "$autocapture",
             "form submitted", mail, "")  # fmt: skip
    for who in (mail, phone):
        event: dict[str, Any] = {"distinct_id": who, "uuid": mail, "properties": own | dict(attributes)}
        batch = [event | {"event": name, "$set_once": dict(attributes)} for name in names]
        yield "/batch/", {"api_key": key, "batch": [*batch, event | {"event": mail, "timestamp": mail}]}
        yield "/e/", urlencode({"data": base64.b64encode(json.dumps(batch).encode()).decode()})
        yield "/engage/", {"$token": key, "$distinct_id": who, "$set": dict(attributes)}
    yield f"/flags/?v=2&token={key}", {"token": key, "distinct_id": mail}


def _snowplow(mail: str, phone: str, page: tuple[str, str], attributes: Mapping[str, str]) -> Sent:
    path = "/com.snowplowanalytics.snowplow/tp2"
    base = {"duid": phone, "uid": mail, "tnuid": mail, "ua": mail, "page": mail, "eid": mail}
    base |= {"url": page[0], "refr": page[1]}
    fields = [{"name": name, "value": value, "type": "text"} for name, value in attributes.items()]
    for name, data in (
        ("submit_form", {"formId": mail, "elements": fields}),
        ("link_click", {"targetUrl": page[0]}),
        (mail, attributes),
    ):
        told = {"schema": "iglu:a/b/c/1", "data": {"schema": f"iglu:a/{name}/c/1", "data": data}}
        coded = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
        described = base | {"e": "ue"}
        yield path, {"data": [described | {"ue_pr": json.dumps(told)}, described | {"ue_px": coded}]}
    structured = base | {"e": "se", "se_ca": mail, "se_ac": phone, "se_la": mail, "se_va": phone}
    yield path, {"data": [structured, base | {"e": mail}, base | {"e": "pv", "dtm": mail}]}


def _matomo(mail: str, phone: str, key: str, page: tuple[str, str]) -> Sent:
    hit = {"rec": "1", "_id": phone, "uid": mail, "url": page[0], "urlref": page[1], "action_name": mail}
    for more in (
        {},
        {"e_c": mail, "e_a": phone, "e_n": mail},
        {"e_c": "form", "e_a": "submit", "e_n": phone},
        {"fa_su": "1", "fa_name": mail},
        {"search": phone},
        {"link": page[0]},
        {"cdt": mail},
    ):
        query = urlencode(hit | more)
        yield "/matomo.php", query
        yield "/matomo.php", {"requests": [f"?{query}", mail], "token_auth": key}


def _sensors(mail: str, phone: str, key: str, page: tuple[str, str], attributes: Mapping[str, str]) -> Sent:
    own = {"$url": page[0], "$referrer": page[1], "$title": mail, "$utm_source": phone, **attributes}
    ids = {"$identity_mobile": phone, "$identity_email": mail, "$identity_login_id": mail}
    for kind, name in (
        ("track", "$pageview"),
        ("track", "SubmitForm"),
        ("track", mail),
        ("track_signup", "$SignUp"),
        ("profile_set", None),
        (mail, mail),
    ):
        event: dict[str, Any] = {
            "type": kind,
            "event": name,
            "distinct_id": mail,
            "original_id": phone,
            "time": 1,
        }
        event |= {"identities": ids, "properties": own}
        yield "/sa", urlencode({"data": base64.b64encode(json.dumps(event).encode()).decode()})
        yield f"/sa?token={key}", [event, event | {"time": mail}]


def _ga4(mail: str, phone: str, key: str, page: tuple[str, str], attributes: Mapping[str, str]) -> Sent:
    params = {"page_location": page[0], "page_referrer": page[1], "page_title": mail, **attributes}
    names = ("page_view", "generate_lead", mail, "")
    told: dict[str, Any] = {
        "client_id": phone,
        "user_id": mail,
        "user_properties": {"interest": {"value": mail}},
    }
    told |= {"events": [{"name": name, "params": params} for name in names]}
    for path in ("/mp/collect", "/debug/mp/collect"):
        yield f"{path}?api_secret={key}", told
        yield path, told | {"timestamp_micros": mail}
