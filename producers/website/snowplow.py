"""Events of Snowplow's trackers → facts of the website.

An event is an object of short names, its values texts. What has a structure stands in one of them as JSON,
plain (`ue_pr`, `co`) or in base64 (`ue_px`, `cx`), beside the address of its schema.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import orjson

from producers.cells.json_values import object_of, text_of
from producers.cells.times import Moment, happened_at, parse_time
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import device_of, known_from, others_of, user_of
from producers.website.facts import URL_LENGTH, Reception, build, envelope, id_of, scrubbed
from producers.website.named import form_of
from schemas.terms import Identifier
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, WebsiteFact

SOURCE: Final = "snowplow"
TIMES: Final = ("ttm", "dtm")
SENT_AT: Final = "stm"
NAMES_SOMEBODY: Final = ("duid", "tnuid", "nuid", "uid", "co", "cx")
# What forms and pages tell on their way, and how fast a page was: nothing that a lead did.
_SILENT: Final = frozenset({
    "change_form", "focus_form", "application_error", "web_vitals", "timing", "performance_timing",
})  # fmt: skip

Event = Mapping[str, Any]


def fact_of_event(event: Any, reception: Reception, ping_ms: int) -> WebsiteFact | None:
    """Turn one event into its fact, None if a journey has no use for it; raise UnusableError if it is none.

    `ping_ms` are the milliseconds that a page ping stands for: it doesn't say them itself.
    """
    if not isinstance(event, dict):
        raise UnusableError("an event is a JSON object")
    match text_of(event.get("e")):
        case "pv":
            return build(PageViewed, _fields(event, reception, title=event.get("page")))
        case "pp":
            return build(PageEngaged, _fields(event, reception) | {"dwell_ms": ping_ms})
        case "se":
            return _structured(event, reception)
        case "ue":
            return _self_describing(event, reception)
        case "tr" | "ti" as kind:
            name = "transaction" if kind == "tr" else "transaction item"
            return build(CustomTracked, _fields(event, reception) | {"name": name})
        case _:
            raise UnusableError("e: it is none of pv, pp, se, ue, tr and ti")


def _structured(event: Event, reception: Reception) -> WebsiteFact:
    category, action = text_of(event.get("se_ca")), text_of(event.get("se_ac"))
    name = " ".join(filter(None, (category, action)))
    if not name:
        raise UnusableError("se_ac: a structured event needs the name of what was done")
    label = text_of(event.get("se_la"))
    fields = _fields(event, reception)
    if any(form_of(each, {}) for each in (name, action)):
        return build(FormSubmitted, fields | {"form": scrubbed(label or name, reception)})
    told = {"category": category, "action": action, "label": label, "value": event.get("se_va")}
    known = known_from((told,), reception.tokeniser, tracked=True)
    return build(CustomTracked, fields | {"name": scrubbed(name, reception), "attributes": known.attributes})


def _self_describing(event: Event, reception: Reception) -> WebsiteFact | None:
    inner = object_of(_unpacked(event, "ue_pr", "ue_px").get("data"))
    name, data = _name_of(inner.get("schema")), object_of(inner.get("data"))
    if not name:
        raise UnusableError("ue_pr: a self-describing event needs the address of its schema")
    if name in _SILENT:
        return None
    if name == "screen_view":
        return build(PageViewed, _fields(event, reception, title=data.get("name")))
    if name == "submit_form":
        form, told = text_of(data.get("formId")) or "form", {"elements": data.get("elements")}
        return _form(event, form, told, reception)
    if (named := form_of(name, data)) is not None:
        return _form(event, named, data, reception)
    if name == "link_click":
        data = {"label": data.get("targetUrl")}
    known = known_from((data,), reception.tokeniser, tracked=True)
    told = {"name": scrubbed(name, reception), "attributes": known.attributes}
    return build(CustomTracked, _fields(event, reception) | told)


def _form(event: Event, form: str, told: Mapping[str, Any], reception: Reception) -> WebsiteFact:
    known = known_from((told,), reception.tokeniser)
    fields = _fields(event, reception, known.identifiers)
    return build(FormSubmitted, fields | {"form": scrubbed(form, reception), "attributes": known.attributes})


def _fields(
    event: Event, reception: Reception, more: tuple[Identifier, ...] = (), title: Any = None
) -> dict[str, Any]:
    tokeniser = reception.tokeniser
    network = device_of(event.get("tnuid") or event.get("nuid"), tokeniser)
    device = device_of(event.get("duid"), tokeniser) or network or device_of(_app_id(event), tokeniser)
    user = user_of(event.get("uid"), tokeniser)
    subject = next((name for name in (device, user, *more) if name), None)
    if subject is None:
        raise UnusableError("an event needs a duid, tnuid or uid that names somebody")
    event_id = event.get("eid") or _id_of(event, reception)
    return envelope(SOURCE, event_id, subject, _moment(event, reception), reception) | {
        "others": others_of(subject, (network, user), more),
        "url": scrubbed(event.get("url"), reception, URL_LENGTH),
        "referrer": scrubbed(event.get("refr"), reception, URL_LENGTH),
        "title": scrubbed(title or event.get("page"), reception),
        "user_agent": scrubbed(event.get("ua") or reception.user_agent, reception),
    }


def _id_of(event: Event, reception: Reception) -> str:
    """Return the id of an event without one: of all but when it was sent, which a retry says anew.

    Without a clock, as a picture in a page has none, nothing tells two alike from one that is sent again.
    """
    told = {name: value for name, value in event.items() if name != SENT_AT}
    if any(event.get(name) for name in TIMES):
        return id_of(SOURCE, reception, told)
    return id_of(SOURCE, reception, told, reception.received_at)


def _moment(event: Event, reception: Reception) -> Moment:
    if (true := parse_time(event.get("ttm"))) is not None:
        return happened_at(true, None, reception.received_at)
    sent_at = reception.sent_at
    with suppress(UnusableError):  # it only serves to correct the sender's clock
        sent_at = parse_time(event.get(SENT_AT)) or sent_at
    return happened_at(parse_time(event.get("dtm")), sent_at, reception.received_at)


def _app_id(event: Event) -> Any:
    """Return the id that an app gives its device: it has no cookie, and tells it beside each event."""
    if "co" not in event and "cx" not in event:
        return None
    contexts = _unpacked(event, "co", "cx").get("data")
    for each in contexts if isinstance(contexts, list) else ():
        if _name_of(object_of(each).get("schema")) == "client_session":
            return object_of(each.get("data")).get("userId")
    return None


def _unpacked(event: Event, plain: str, packed: str) -> Mapping[str, Any]:
    """Return the JSON object of a field, plain or in base64; one that isn't there stands for an empty one."""
    text: str | bytes = text_of(event.get(plain))
    if not text:
        coded = text_of(event.get(packed))
        if not coded:
            return {}
        try:
            # Of a query with its pluses and padding lost, as of one with them.
            plain_code = coded.replace(" ", "+").replace("+", "-").replace("/", "_").rstrip("=")
            text = urlsafe_b64decode(plain_code + "=" * (-len(plain_code) % 4))
        except ValueError:
            raise UnusableError(f"{packed}: it is not base64") from None
    try:
        return object_of(orjson.loads(text))
    except orjson.JSONDecodeError:
        raise UnusableError(f"{plain}: it is not JSON") from None


def _name_of(schema: Any) -> str:
    """Return name of "iglu:vendor/name/format/version", "" if it is no such address."""
    parts = text_of(schema).removeprefix("iglu:").split("/")
    return parts[1] if len(parts) == 4 else ""
