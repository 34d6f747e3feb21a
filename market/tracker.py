"""Visits and touches in the words of the collector's own events."""

from collections.abc import Callable, Iterator
from typing import Any

from market.answers import answer_of
from market.contacts import address_typed, as_typed
from market.happening import Happening
from market.manners import others_named
from market.model import Touch, Visit
from market.times import iso

PATH = "/v1/events"
# What the product tells its users by mail at night.
REMINDED = "Trial Reminder Sent"


def events(visit: Visit, happening: Happening, new_id: Callable[[], str]) -> Iterator[dict[str, Any]]:
    """Yield the event that says what happened."""
    page = {"url": happening.url, "referrer": happening.referrer, "title": happening.title}
    event = {
        "id": new_id(),
        "type": "page_viewed",
        "anonymous_id": visit.anon,
        **(page if happening.url else {}),
        "occurred_at": iso(happening.at),
    }
    match happening.kind:
        case "page":
            yield event
        case "engaged":
            # The page's own script counts in milliseconds since 1970.
            yield event | {"type": "page_engaged", "dwell_ms": happening.dwell, "occurred_at": happening.at}
        case "watched":
            yield event | {"type": "custom_tracked", "name": "Video Played"}
        case "identified":
            yield event | {"type": "visitor_identified", "user_id": visit.user, **_known(visit)}
        case "echo" if visit.contact:
            yield event | {"type": "visitor_identified", **_known(visit)}
        case "echo":
            yield event | {"type": "custom_tracked", "name": REMINDED}
        case _:
            yield event | {"type": "form_submitted", "form": visit.form, **_known(visit, answered=True)}


def touched(touch: Touch, url: str, message: str) -> dict[str, Any]:
    """Return the event of a tagged link, a QR code or a link in an e-mail."""
    who = {"email": touch.email} if touch.email else {"anonymous_id": touch.anon}
    return {"id": message, "type": touch.kind, **who, "url": url, "occurred_at": iso(touch.at)}


def _known(visit: Visit, answered: bool = False) -> dict[str, Any]:
    contact = visit.contact
    if contact is None:
        return {}
    told = {"email": address_typed(contact.email), "phone": as_typed(contact.phone), "user_id": visit.user}
    known: dict[str, Any] = {name: value for name, value in told.items() if value}
    said = {"heard_from": answer_of(visit)[0]} if answered else {}
    about = {"company": contact.company, **said, **others_named(visit)}
    attributes = {name: value for name, value in about.items() if value}
    return known | ({"attributes": attributes} if attributes else {})
