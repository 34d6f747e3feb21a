"""Events of Sensors Data's (神策) SDKs → facts of the website.

An event is {type, event, time, distinct_id, properties, …}: "track" with the name of what happened, whose
names with a $ are the SDKs' own, or one of the types that say who somebody is.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from producers.cells.json_values import object_of, text_of
from producers.cells.times import Moment, happened_at, parse_time
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import Known, device_of, known_from, others_of, user_of
from producers.privacy.personal_data import Tokeniser
from producers.website.facts import URL_LENGTH, Reception, build, enveloped, id_of, scrubbed
from producers.website.named import dwell_of, form_of, is_number, within_a_day
from producers.website.tags import with_tags
from schemas.terms import Identifier
from schemas.website import (
    CustomTracked,
    FormSubmitted,
    PageEngaged,
    PageViewed,
    VisitorIdentified,
    WebsiteFact,
)

SOURCE: Final = "sensors"
TIMES: Final = ("time",)
PAGE_LEAVE: Final = "$WebPageLeave"
WEB_STAY: Final = "$WebStay"

_VIEWS: Final = frozenset({"$pageview", "$AppViewScreen", "$MPViewScreen"})
_LEAVES: Final = frozenset({PAGE_LEAVE, "$AppPageLeave", "$MPPageLeave"})
_IDENTIFY: Final = frozenset({"track_signup", "track_id_bind"})
_PROFILES: Final = frozenset({"profile_set", "profile_set_once", "profile_append"})
# What takes back or counts what we don't keep, and what is of things and not of people.
_SILENT: Final = frozenset({
    "track_id_unbind", "profile_increment", "profile_unset", "profile_delete", "item_set", "item_delete",
})  # fmt: skip
# What the browser's SDK writes where it found no value.
_NO_VALUE = re.compile(
    r"未取到值|取值异常|获取url异常|参数解析不合法|(?:url的domain|hostname|domain)解析(?:失败|异常)"
)
_NEVER_MEASURED: Final = 3.14  # of a page of which nothing is known but that it was opened
_LATEST: Final = "$latest_utm_"
_PAID: Final = "付费广告流量"
_IDENTITY_KEY = re.compile(r"\$identity_\w+\+")
_DEVICES: Final = ("$identity_anonymous_id", "$identity_cookie_id", "$identity_mp_id")

Event = Mapping[str, Any]


def fact_of_event(event: Any, reception: Reception, engagement: str = PAGE_LEAVE) -> WebsiteFact | None:
    """Turn one event into its fact, None if a journey has no use for it; raise UnusableError if it is none.

    Time on a page is measured in two ways that overlap: `engagement` names the event that counts.
    """
    if not isinstance(event, dict):
        raise UnusableError("an event is a JSON object")
    kind = text_of(event.get("type"))
    properties = _said(event)
    if kind == "track":
        return _tracked(event, properties, reception, engagement)
    if kind in _IDENTIFY:
        return build(VisitorIdentified, _fields(event, properties, reception))
    if kind in _PROFILES:
        return _profile(event, properties, reception)
    if kind in _SILENT:
        return None
    raise UnusableError("type: it is none of those that Sensors' SDKs send, such as track or profile_set")


def _tracked(event: Event, properties: Event, reception: Reception, engagement: str) -> WebsiteFact | None:
    name = text_of(event.get("event"))
    if not name:
        raise UnusableError("event: a track event needs its name")
    if name in _VIEWS:
        return build(PageViewed, _fields(event, properties, reception))
    if name in _LEAVES or name == WEB_STAY:
        spent = properties.get("event_duration")
        counts = (name == WEB_STAY) == (engagement == WEB_STAY)
        if not counts or not is_number(spent) or spent == _NEVER_MEASURED or spent <= 0:
            return None
        told = {"dwell_ms": within_a_day(spent * 1000)}
        return build(PageEngaged, _fields(event, properties, reception) | told)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    if (dwell := dwell_of(spaced, properties)) is not None:
        return build(PageEngaged, _fields(event, properties, reception) | {"dwell_ms": dwell})
    form = form_of(spaced, properties)
    if form is not None:
        known = known_from((properties,), reception.tokeniser)
        fields = _fields(event, properties, reception, known.identifiers)
        form = name if form == spaced else form
        return build(FormSubmitted, fields | _told("form", form, known, reception))
    known = known_from((properties,), reception.tokeniser, tracked=True)
    fields = _fields(event, properties, reception)
    return build(CustomTracked, fields | _told("name", name, known, reception))


def _told(field: str, text: str, known: Known, reception: Reception) -> dict[str, Any]:
    return {field: scrubbed(text, reception), "attributes": known.attributes}


def _profile(event: Event, properties: Event, reception: Reception) -> WebsiteFact | None:
    """What is kept of a visitor; a first visit's profile tells but how he came, as its page does."""
    plain = {name.lstrip("$"): value for name, value in properties.items()}
    known = known_from((plain,), reception.tokeniser)
    fields = _fields(event, properties, reception, known.identifiers)
    if not (known.attributes or fields["others"]):
        return None
    return build(VisitorIdentified, fields | {"attributes": known.attributes})


def _said(event: Event) -> dict[str, Any]:
    """Return the properties that hold a value, and not the SDK's words for none."""
    return {
        name: value
        for name, value in object_of(event.get("properties")).items()
        if not (isinstance(value, str) and _NO_VALUE.match(value))
    }


def _fields(
    event: Event, properties: Event, reception: Reception, more: tuple[Identifier, ...] = ()
) -> dict[str, Any]:
    device, user, contacts = _whose(event, properties, reception)
    subject = next((name for name in (device, user, *contacts, *more) if name), None)
    if subject is None:
        raise UnusableError("an event needs a distinct_id, anonymous_id or login_id that names somebody")
    url, referrer = _url(event, properties), text_of(properties.get("$referrer"))
    title = properties.get("$title") or properties.get("$screen_name")
    moment = _moment(event, reception)
    return enveloped(SOURCE, _id_of(event, reception), subject, moment, reception) | {
        "others": others_of(subject, (device, user), contacts, more),
        "url": scrubbed(url, reception, URL_LENGTH),
        "referrer": scrubbed(referrer, reception, URL_LENGTH),
        "title": scrubbed(title, reception),
        "user_agent": scrubbed(properties.get("$user_agent") or reception.user_agent, reception),
    }


def _whose(
    event: Event, properties: Event, reception: Reception
) -> tuple[Identifier | None, Identifier | None, tuple[Identifier, ...]]:
    """Return the device, the user and the addresses that an event is of.

    A browser tells device and login apart; a server has a distinct_id alone, and says if it is a login. When
    somebody logs in, the original_id is what the distinct_id was before.
    """
    tokeniser = reception.tokeniser
    identities = object_of(event.get("identities"))
    login = event.get("login_id") or identities.get("$identity_login_id")
    before = event.get("anonymous_id") or next(
        (identities[name] for name in _DEVICES if identities.get(name)), None
    )
    if event.get("type") == "track_signup":
        login, before = login or event.get("distinct_id"), event.get("original_id") or before
    distinct = event.get("distinct_id")
    if not login and not before:
        login, before = (distinct, None) if properties.get("$is_login_id") is True else (None, distinct)
    plain = _IDENTITY_KEY.sub("", text_of(login), count=1)
    return device_of(before, tokeniser), user_of(plain, tokeniser), _contacts(identities, tokeniser)


def _contacts(identities: Event, tokeniser: Tokeniser) -> tuple[Identifier, ...]:
    told = {name: identities.get(f"$identity_{name}") for name in ("email", "mobile")}
    return known_from((told,), tokeniser).identifiers if any(told.values()) else ()


def _moment(event: Event, reception: Reception) -> Moment:
    sent_at = reception.sent_at
    with suppress(UnusableError):  # it only serves to correct the sender's clock
        sent_at = parse_time(event.get("_flush_time")) or sent_at
    return happened_at(parse_time(event.get("time")), sent_at, reception.received_at)


def _url(event: Event, properties: Event) -> str:
    """Return the page's URL, with tags that came beside it.

    `$utm_…` are those of this page. `$latest_utm_…` are the last ones that this browser ever had: they are of
    this visit only if it began with them, and a page that was reached from another of the site began nothing.
    """
    url = text_of(properties.get("$url")) or text_of(properties.get("$url_path"))
    named = [name for name in properties if "utm_" in name]
    if not named:
        return url
    tags = {name: properties[name] for name in named if name.startswith(("$utm_", "utm_"))}
    latest = {name.removeprefix("$latest_"): properties[name] for name in named if name.startswith(_LATEST)}
    source_type = properties.get("$latest_traffic_source_type")
    is_of_visit = source_type in (None, "", _PAID) and not (
        event.get("event") in _VIEWS and _is_inner(url, text_of(properties.get("$referrer")))
    )
    return with_tags(url, tags, latest if is_of_visit else None)


def _is_inner(url: str, referrer: str) -> bool:
    """Tell whether a page was reached from one of the same host."""
    try:
        return bool(referrer) and urlsplit(url).netloc == urlsplit(referrer).netloc
    except ValueError:
        return False


def _id_of(event: Event, reception: Reception) -> str:
    """Return the id of an event: of all but when it was sent, which a retry says anew.

    The leave of a page is saved while it is open, and may be sent by any tab that finds it.
    """
    changing = {"_flush_time", "_track_id"} if event.get("event") in _LEAVES else {"_flush_time"}
    return id_of(SOURCE, reception, {name: value for name, value in event.items() if name not in changing})
