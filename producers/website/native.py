"""Leadtrace's own events over HTTP → facts: what a script on a page or a backend can easily send.

`POST /v1/events` takes one JSON object, an array of them, or {"events": […], "sent_at": …, "write_key": …}.
An event:

    type            page_viewed, page_engaged, form_submitted, visitor_identified, custom_tracked,
                    link_click, qr_scan, email_click
    id              of the event, any text; the same id twice is one event
    occurred_at     ISO 8601, or milliseconds since 1970; if missing: when it arrives
    anonymous_id    of the browser, chosen by the site; or one of user_id, email, phone
    linked_id       of the same browser on another site of one's own, which led here
    user_id, email, phone    of the visitor, as far as known; they are replaced by tokens
    url, referrer, title
    utm_source, utm_medium, utm_campaign, …, gclid, …    tags that came apart from the URL; the URL's own win
    dwell_ms        for page_engaged
    form            for form_submitted: its name
    name            for custom_tracked: its name
    attributes      for forms, identification and custom events: company, industry, city, job_title, product …
"""

from collections.abc import Mapping
from typing import Any, Final

from producers.cells.json_values import text_of
from producers.cells.times import happened_at, parse_time
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import device_of, known_from, others_of, user_of
from producers.website.facts import URL_LENGTH, Reception, build, envelope, scrubbed
from producers.website.tags import with_tags
from schemas.envelope import Fact
from schemas.terms import Identifier
from schemas.utm import CampaignTouched
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, VisitorIdentified

SOURCE: Final = "collector"
OCCURRED_AT: Final = "occurred_at"
TOUCHES: Final = ("link_click", "qr_scan", "email_click")
TYPES: Final = (
    "page_viewed",
    "page_engaged",
    "form_submitted",
    "visitor_identified",
    "custom_tracked",
    *TOUCHES,
)


def fact_of_event(event: Any, reception: Reception) -> Fact:
    """Turn one event into its fact; raise UnusableError if it can't be understood."""
    if not isinstance(event, dict):
        raise UnusableError("an event is a JSON object")
    kind = event.get("type")
    if kind not in TYPES:
        raise UnusableError(f"type must be one of {', '.join(TYPES)}")
    contacts = known_from(
        ({name: event.get(name) for name in ("email", "phone")}, event.get("attributes")),
        reception.tokeniser,
        tracked=kind == "custom_tracked",
    )
    fields = _fields(event, contacts.identifiers, reception)
    if kind in TOUCHES:
        if not fields["url"]:
            raise UnusableError("url: the tagged link is missing")
        return build(CampaignTouched, fields | {"kind": kind})
    fields |= {
        "title": scrubbed(event.get("title"), reception),
        "user_agent": scrubbed(event.get("user_agent") or reception.user_agent, reception),
    }
    match kind:
        case "page_viewed":
            return build(PageViewed, fields)
        case "page_engaged":
            return build(PageEngaged, fields | {"dwell_ms": _dwell_ms(event)})
        case "form_submitted":
            told = {"form": scrubbed(event.get("form"), reception), "attributes": contacts.attributes}
            return build(FormSubmitted, fields | told)
        case "visitor_identified":
            return build(VisitorIdentified, fields | {"attributes": contacts.attributes})
        case _:
            name = scrubbed(event.get("name"), reception)
            if not name:
                raise UnusableError("name: a custom event needs a name")
            return build(CustomTracked, fields | {"name": name, "attributes": contacts.attributes})


def _fields(
    event: Mapping[str, Any], contacts: tuple[Identifier, ...], reception: Reception
) -> dict[str, Any]:
    device = device_of(event.get("anonymous_id"), reception.tokeniser)
    linked = device_of(event.get("linked_id"), reception.tokeniser)
    user = user_of(event.get("user_id"), reception.tokeniser)
    subject = next((name for name in (device, user, *contacts) if name), None)
    if subject is None:
        raise UnusableError("an event needs an anonymous_id, user_id, email or phone that names somebody")
    moment = happened_at(parse_time(event.get(OCCURRED_AT)), reception.sent_at, reception.received_at)
    url = with_tags(text_of(event.get("url")), event, event.get("campaign"))
    return envelope(SOURCE, event.get("id"), subject, moment, reception) | {
        "others": others_of(subject, (user,), contacts, (linked,)),
        "url": scrubbed(url, reception, URL_LENGTH),
        "referrer": scrubbed(event.get("referrer"), reception, URL_LENGTH),
    }


def _dwell_ms(event: Mapping[str, Any]) -> int:
    value = event.get("dwell_ms")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400_000:
        raise UnusableError("dwell_ms: milliseconds between 0 and a day are needed")
    return int(value)
