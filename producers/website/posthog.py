"""Events of PostHog's SDKs → facts of the website.

An event is {uuid, event, distinct_id, properties, timestamp, $set, $set_once}. Browsers write `distinct_id`
into the properties, and beside it `$device_id`, the id that the visitor had before anybody knew him.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from producers.cells.json_values import object_of, text_of
from producers.cells.times import Moment, happened_at, parse_time
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import device_of, known_from, others_of, user_of
from producers.website.facts import URL_LENGTH, Reception, build, envelope, scrubbed
from producers.website.named import dwell_of, form_of, is_number, within_a_day
from producers.website.tags import with_tags
from schemas.envelope import natural_id
from schemas.terms import Identifier
from schemas.website import (
    CustomTracked,
    FormSubmitted,
    PageEngaged,
    PageViewed,
    VisitorIdentified,
    WebsiteFact,
)

SOURCE: Final = "posthog"
TIMES: Final = ("timestamp",)

# Of the names with a $ those that say nothing of a lead: recordings, measurements, experiments, errors.
_SILENT: Final = frozenset({
    "$snapshot", "$snapshot_items", "$performance_event", "$$heatmap", "$heatmap", "$web_vitals",
    "$exception", "$feature_flag_called", "$opt_in", "$rageclick", "$dead_click", "$copy_autocapture",
    "$csp_violation", "$client_ingestion_warning", "$bot_pageview", "$exception_step", "$log",
})  # fmt: skip
_VIEWS: Final = frozenset({"$pageview", "$screen"})
_IDENTIFYING: Final = frozenset(
    {"$identify", "$set", "$create_alias", "$merge_dangerously", "$groupidentify"}
)
_COMPANIES: Final = frozenset(
    {"company", "organization", "organisation", "account", "business", "公司", "企业"}
)
# SDKs send these words where they know of nobody, and no referrer.
_NOBODY: Final = frozenset({"$posthog_cookieless"})
_DIRECT: Final = "$direct"
# What PostHog's SDKs make for a device: a UUID of version 7, and what browsers made before.
_MADE_FOR_A_DEVICE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"|[0-9a-f]{10,16}-[0-9a-f]{10,16}-[0-9a-f]{6,16}-[0-9a-f]{4,12}-[0-9a-f]{10,16}"
)
_CHAIN_FORM = re.compile(r'(?:^|;)form[.:][^;]*?attr__(?:id|name)="([^"]{1,200})"')
_SITE = re.compile(r"(https?://[^/?#]+)([^?#]*)")
Event = Mapping[str, Any]


def facts_of_event(event: Any, reception: Reception) -> tuple[WebsiteFact, ...]:
    """Turn an event into its facts; raise UnusableError if it can't be understood.

    A page view that says how long the page before was there is two, and one that speaks of no lead is none.
    """
    if not isinstance(event, dict):
        raise UnusableError("an event is a JSON object")
    name = text_of(event.get("event"))
    if not name:
        raise UnusableError("event: an event needs a name")
    if name in _SILENT or _is_of_a_group(name, event):
        return ()
    properties = object_of(event.get("properties"))
    if name in _VIEWS:
        viewed = build(
            PageViewed, _fields(event, properties, reception) | {"title": _title(properties, reception)}
        )
        return viewed, *_time_before(event, properties, reception)
    if name == "$pageleave":
        return tuple(_time_before(event, properties, reception)) or (
            _custom(name, event, properties, reception),
        )
    if name in _IDENTIFYING:
        return (_identified(name, event, properties, reception),)
    return (_named(name, event, properties, reception),)


def _named(name: str, event: Event, properties: Event, reception: Reception) -> WebsiteFact:
    if name.startswith("$"):
        return _custom(name, event, properties, reception)
    dwell = dwell_of(name, properties)
    if dwell is not None:
        return build(PageEngaged, _fields(event, properties, reception) | {"dwell_ms": dwell})
    form = form_of(name, properties)
    if form is None:
        return _custom(name, event, properties, reception)
    known = known_from((_of_the_site(properties), *_person(event, properties)), reception.tokeniser)
    fields = _fields(event, properties, reception, known.identifiers)
    return build(FormSubmitted, fields | {"form": scrubbed(form, reception), "attributes": known.attributes})


def _custom(name: str, event: Event, properties: Event, reception: Reception) -> WebsiteFact:
    """Make a custom event; autocaptured ones hold what was clicked or sent, but nothing that was typed.

    So a form that is sent is a form only if the event says whose it is; else it may be the search.
    """
    own = known_from(_person(event, properties), reception.tokeniser)
    fields = _fields(event, properties, reception, own.identifiers)
    if name != "$autocapture":
        kept = known_from((_of_the_site(properties),), reception.tokeniser, tracked=True).attributes
        return build(CustomTracked, fields | {"name": scrubbed(name, reception), "attributes": kept})
    action = text_of(properties.get("$event_type")) or "click"
    form = _form_of_chain(properties) if action == "submit" else ""
    if form and own.identifiers:
        return build(
            FormSubmitted, fields | {"form": scrubbed(form, reception), "attributes": own.attributes}
        )
    label = scrubbed(form or properties.get("$el_text"), reception)
    told = {
        "name": scrubbed(f"autocapture {action}", reception),
        "attributes": {"label": label} if label else {},
    }
    return build(CustomTracked, fields | told)


def _identified(name: str, event: Event, properties: Event, reception: Reception) -> WebsiteFact:
    known = known_from(_person(event, properties), reception.tokeniser)
    attributes = known.attributes
    if name == "$groupidentify":
        told = object_of(properties.get("$group_set"))
        is_company = text_of(properties.get("$group_type")).lower() in _COMPANIES
        company = {"company": told["name"]} if is_company and told.get("name") else {}
        # What is told of a group is the company's: its telephone is not the visitor's.
        attributes = known_from((company, told), reception.tokeniser).attributes
    before = [_who(properties.get(each), properties, reception) for each in ("$anon_distinct_id", "alias")]
    fields = _fields(event, properties, reception, (*before, *known.identifiers))
    return build(VisitorIdentified, fields | {"attributes": attributes})


def _time_before(event: Event, properties: Event, reception: Reception) -> Iterator[WebsiteFact]:
    """Yield the time on the page before, which the next page view or the leaving tells in seconds."""
    seconds = properties.get("$prev_pageview_duration")
    if not is_number(seconds):
        return
    fields = _fields(event, properties, reception)
    told: dict[str, Any] = {"dwell_ms": within_a_day(seconds * 1000), "referrer": ""}
    site, path = (
        _SITE.match(text_of(properties.get("$current_url"))),
        properties.get("$prev_pageview_pathname"),
    )
    if site and text_of(path) and text_of(path) != site[2]:
        told["url"] = scrubbed(site[1] + text_of(path), reception, URL_LENGTH)
    uuid = text_of(event.get("uuid"))
    if uuid and event.get("event") in _VIEWS:  # its own id is that of the page view
        told["event_id"] = natural_id("engaged", SOURCE, reception.tokeniser.scrub(uuid[:256]))
    yield build(PageEngaged, fields | told)


def _fields(
    event: Event, properties: Event, reception: Reception, more: tuple[Identifier | None, ...] = ()
) -> dict[str, Any]:
    distinct = event.get("distinct_id") or properties.get("distinct_id")
    named = _who(distinct, properties, reception)
    device = device_of(properties.get("$device_id"), reception.tokeniser)
    subject = device or named
    if subject is None:
        raise UnusableError("distinct_id: an event needs one that names somebody")
    agent = text_of(properties.get("$raw_user_agent")) or reception.user_agent
    moment = _moment(event, properties, reception)
    return envelope(SOURCE, event.get("uuid"), subject, moment, reception) | {
        "others": others_of(subject, (named,), more),
        "url": scrubbed(_url(properties), reception, URL_LENGTH),
        "referrer": scrubbed(_referrer(properties), reception, URL_LENGTH),
        "user_agent": scrubbed(agent, reception),
    }


def _who(value: Any, properties: Event, reception: Reception) -> Identifier | None:
    """Return who a distinct_id is: a device as long as it is the id that the SDK made, else a user.

    Servers send the same ids without saying which they are; then their look tells it.
    """
    text = text_of(value)
    if text in _NOBODY:
        return None
    is_device = (
        text in (text_of(properties.get("$device_id")), text_of(properties.get("$anon_distinct_id")))
        or properties.get("$is_identified") is False
    )
    if is_device or _MADE_FOR_A_DEVICE.fullmatch(text):
        return device_of(value, reception.tokeniser)
    return user_of(value, reception.tokeniser)


def _moment(event: Event, properties: Event, reception: Reception) -> Moment:
    """Return when it happened: a time, or how long ago by the sender's watch (`offset`, milliseconds)."""
    offset = event.get("offset")
    if not event.get("timestamp") and is_number(offset) and 0 <= offset <= reception.received_at:
        return happened_at(reception.received_at - int(offset), None, reception.received_at)
    said = parse_time(event.get("timestamp") or properties.get("$time"))
    sent_at = None if reception.historical else reception.sent_at
    return happened_at(said, sent_at, reception.received_at)


def _url(properties: Event) -> str:
    """Return the page's URL; a browser's properties repeat the tags of the session, a server's don't."""
    url = text_of(properties.get("$current_url"))
    return url if _is_browser(properties) else with_tags(url, properties, None)


def _referrer(properties: Event) -> str:
    """Return the referrer; a browser keeps the first of the tab, and beside it the first of the session."""
    told = properties.get("$session_entry_referrer") if _is_browser(properties) else None
    referrer = text_of(told or properties.get("$referrer"))
    return "" if referrer == _DIRECT else referrer


def _is_browser(properties: Event) -> bool:
    return text_of(properties.get("$lib")) == "web"


def _title(properties: Event, reception: Reception) -> str:
    title = properties.get("title") or properties.get("$title") or properties.get("$screen_name")
    return scrubbed(title, reception)


def _of_the_site(properties: Event) -> Event:
    """Return the properties that the site gave: those with a $, and most are, are the SDK's own."""
    return {name: value for name, value in properties.items() if not name.startswith("$")}


def _person(event: Event, properties: Event) -> tuple[Event, ...]:
    """Return what an event says of the visitor himself."""
    return tuple(object_of(each.get(name)) for name in ("$set", "$set_once") for each in (event, properties))


def _is_of_a_group(name: str, event: Event) -> bool:
    """Tell whether an event is of a group alone: servers make a distinct_id of the group for it."""
    properties = object_of(event.get("properties"))
    made = f"${text_of(properties.get('$group_type'))}_{text_of(properties.get('$group_key'))}"
    return (
        name == "$groupidentify"
        and text_of(event.get("distinct_id") or properties.get("distinct_id")) == made
    )


def _form_of_chain(properties: Event) -> str:
    """Return the id or name of the form that was sent, "form" if it has none."""
    chain = text_of(properties.get("$elements_chain"))[:8192]
    if found := _CHAIN_FORM.search(chain):
        return found[1]
    elements = properties.get("$elements")
    for element in elements[:1] if isinstance(elements, list) else ():
        told = object_of(element)
        if text := text_of(told.get("attr__id")) or text_of(told.get("attr__name")):
            return text
    return "form"
