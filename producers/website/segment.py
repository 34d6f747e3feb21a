"""Calls of Segment's HTTP API, as its SDKs and those of its kin make them → facts of the website."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from producers.cells.json_values import object_of, text_of
from producers.cells.times import Moment, happened_at, parse_time
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import Known, device_of, known_from, others_of, user_of
from producers.website.facts import URL_LENGTH, Reception, build, envelope, scrubbed
from producers.website.named import dwell_of, form_of
from producers.website.tags import with_query, with_tags
from schemas.terms import Identifier
from schemas.website import (
    CustomTracked,
    FormSubmitted,
    PageEngaged,
    PageViewed,
    VisitorIdentified,
    WebsiteFact,
)

SOURCE: Final = "segment"
RUDDERSTACK: Final = "rudderstack"
TIMES: Final = ("timestamp", "originalTimestamp")
LARGEST_EVENT: Final = 32 << 10
LARGEST_BATCH: Final = 500 << 10
MOST_EVENTS: Final = 2500
TYPES: Final = ("track", "page", "screen", "identify", "group", "alias")

Call = Mapping[str, Any]


def fact_of_call(call: Any, reception: Reception, source: str = "") -> WebsiteFact:
    """Turn one call into its fact; raise UnusableError if it can't be understood.

    page and screen are page views; track is a form, time on a page or a custom event, by its name and
    properties; identify, alias and group say who the visitor is. `source` names the tracker whose calls have
    paths of their own; else it is Segment's or RudderStack's, by the call.
    """
    if not isinstance(call, dict):
        raise UnusableError("an event is a JSON object")
    source = source or (RUDDERSTACK if _is_of_rudderstack(call) else SOURCE)
    match call.get("type"):
        case "page" | "screen":
            return build(PageViewed, _website_fields(call, reception, source, _properties(call)))
        case "track":
            return _track(call, reception, source)
        case "identify" | "group" | "alias":
            return _identified(call, reception, source)
        case _:
            raise UnusableError(f"type must be one of {', '.join(TYPES)}")


def merged_context(call: Any, context: Any) -> Any:
    """Give a call of a batch the context of the batch; what the call itself says wins."""
    if not isinstance(call, dict) or not isinstance(context, dict) or not context:
        return call
    return {**call, "context": {**context, **object_of(call.get("context"))}}


def _is_of_rudderstack(call: Call) -> bool:
    """Tell RudderStack's SDKs, which use Segment's paths and often its names, by what only they say."""
    library = object_of(object_of(call.get("context")).get("library"))
    return call.get("channel") in ("web", "server") or "rudder" in text_of(library.get("name")).lower()


def _track(call: Call, reception: Reception, source: str) -> WebsiteFact:
    name = text_of(call.get("event"))
    if not name:
        raise UnusableError("event: a track call needs the name of its event")
    properties = _properties(call)
    dwell = dwell_of(name, properties)
    if dwell is not None:
        fields = _website_fields(call, reception, source, properties)
        return build(PageEngaged, fields | {"dwell_ms": dwell})
    traits = object_of(object_of(call.get("context")).get("traits"))
    if (form := form_of(name, properties)) is not None:
        known = known_from((properties, call.get("traits"), traits), reception.tokeniser)
        fields = _website_fields(call, reception, source, properties, known.identifiers)
        return build(
            FormSubmitted, fields | {"form": scrubbed(form, reception), "attributes": known.attributes}
        )
    known = known_from((properties,), reception.tokeniser, tracked=True)
    # What a custom event mentions may be somebody else's: only what the context says is the visitor's own.
    own = known_from((traits,), reception.tokeniser)
    fields = _website_fields(call, reception, source, properties, own.identifiers)
    return build(CustomTracked, fields | {"name": scrubbed(name, reception), "attributes": known.attributes})


def _identified(call: Call, reception: Reception, source: str) -> WebsiteFact:
    traits = object_of(call.get("traits"))
    context_traits = object_of(object_of(call.get("context")).get("traits"))
    if call["type"] == "group":
        company = {"company": traits.get("name")} if traits.get("name") else {}
        # The traits of a group are the company's: its telephone is not the visitor's.
        kept = known_from((company, traits), reception.tokeniser).attributes
        known = Known(known_from((context_traits,), reception.tokeniser).identifiers, kept)
    else:
        known = known_from((traits, context_traits), reception.tokeniser)
    previous = _previous(call, reception) if call["type"] == "alias" else None
    fields = _website_fields(call, reception, source, {}, (previous, *known.identifiers))
    return build(VisitorIdentified, fields | {"attributes": known.attributes})


def _website_fields(
    call: Call,
    reception: Reception,
    source: str,
    properties: Call,
    more: tuple[Identifier | None, ...] = (),
) -> dict[str, Any]:
    context = object_of(call.get("context"))
    page = object_of(context.get("page"))
    device = device_of(call.get("anonymousId"), reception.tokeniser)
    user = user_of(call.get("userId"), reception.tokeniser)
    subject = device or user
    if subject is None:
        raise UnusableError("an event needs an anonymousId or a userId that names somebody")
    agent = text_of(context.get("userAgent")) or reception.user_agent
    title = properties.get("title") or page.get("title") or (call.get("name") if _is_view(call) else "")
    return envelope(
        source, call.get("messageId"), subject, _moment(call, reception), reception
    ) | {
        "others": others_of(subject, (device, user), more),
        "url": scrubbed(_url(properties, page, context), reception, URL_LENGTH),
        "referrer": scrubbed(_referrer(properties, page, context), reception, URL_LENGTH),
        "title": scrubbed(title, reception),
        "user_agent": scrubbed(agent, reception),
    }  # fmt: skip


def _moment(call: Call, reception: Reception) -> Moment:
    said = parse_time(next((call[name] for name in TIMES if call.get(name)), None))
    sent_at = None if reception.historical else reception.sent_at
    if sent_at is None and not reception.historical:
        sent_at = parse_time(call.get("sentAt"))
    return happened_at(said, sent_at, reception.received_at)


def _url(properties: Call, page: Call, context: Call) -> str:
    """Return the page's URL with the query it was opened with.

    Sites with a canonical URL send that one, and the query, with the click ids, apart from it. Servers send
    the campaign apart from the URL, and some trackers the tags as properties of the event.
    """
    url = text_of(properties.get("url")) or text_of(page.get("url")) or text_of(properties.get("path"))
    opened, _, query = text_of(page.get("url")).partition("#")[0].partition("?")
    search = (
        text_of(properties.get("search")) or text_of(page.get("search")) or (query if opened == url else "")
    )
    search = search.lstrip("?")
    if search and search not in url:
        url = with_query(url, search)
    return with_tags(url, properties, context.get("campaign"))


def _referrer(properties: Call, page: Call, context: Call) -> str:
    referrer = properties.get("referrer") or page.get("referrer") or context.get("referrer")
    return text_of(referrer.get("url") if isinstance(referrer, dict) else referrer)


def _previous(call: Call, reception: Reception) -> Identifier | None:
    """An alias names the id that a visitor had before: a browser's, which is a UUID, or a user's."""
    value = call.get("previousId")
    try:
        uuid.UUID(text_of(value))
    except ValueError:
        return user_of(value, reception.tokeniser)
    return device_of(value, reception.tokeniser)


def _is_view(call: Call) -> bool:
    return call.get("type") in ("page", "screen")


def _properties(call: Call) -> Call:
    return object_of(call.get("properties"))
