"""Visits in the words of Segment's browser SDK: the calls of a batch."""

from collections.abc import Callable, Iterator
from typing import Any

from market.contacts import as_typed
from market.model import Contact, Visit
from market.reading import Happening
from market.times import iso

PATH = "/v1/batch"
WRITE_KEY = "metagraph-site"
_LIBRARY = {"name": "analytics.js", "version": "npm:next-1.81.0"}


def calls(
    visit: Visit, happening: Happening, agent: str, new_id: Callable[[], str]
) -> Iterator[dict[str, Any]]:
    """Yield the calls that the SDK makes of what happened: two for a form, which also says who sent it."""
    page = _page(happening)
    match happening.kind:
        case "page":
            yield _call("page", visit, happening, agent, new_id(), name=happening.title, properties=page)
        case "engaged":
            spent = {"url": happening.url, "dwell_ms": happening.dwell}
            yield _track("Page Engaged", spent, visit, happening, agent, new_id())
        case "watched":
            film = {"video": "product-tour", "url": happening.url}
            yield _track("Video Played", film, visit, happening, agent, new_id())
        case "identified":
            yield _call(
                "identify",
                visit,
                happening,
                agent,
                new_id(),
                userId=visit.user,
                traits=_traits(visit.contact),
            )
        case _:
            traits = _traits(visit.contact)
            known: dict[str, Any] = {"userId": visit.user} if visit.user else {}
            yield _call("identify", visit, happening, agent, new_id(), traits=traits, **known)
            sent = {"form": visit.form, "form_id": visit.form, "url": happening.url, **traits}
            yield _track("Form Submitted", sent, visit, happening, agent, new_id(), later=7, **known)


def _track(
    event: str,
    properties: dict[str, Any],
    visit: Visit,
    happening: Happening,
    agent: str,
    message: str,
    later: int = 0,
    **more: Any,
) -> dict[str, Any]:
    told = {"event": event, "properties": properties, **more}
    return _call("track", visit, happening, agent, message, later=later, **told)


def _call(
    kind: str, visit: Visit, happening: Happening, agent: str, message: str, later: int = 0, **more: Any
) -> dict[str, Any]:
    context = {
        "page": _page(happening),
        "userAgent": agent,
        "locale": "zh-CN",
        "timezone": "Asia/Shanghai",
        "library": _LIBRARY,
    }
    return {
        "timestamp": iso(happening.at + later),
        "integrations": {},
        "anonymousId": visit.anon,
        "type": kind,
        **more,
        "context": context,
        "messageId": message,
    }


def _page(happening: Happening) -> dict[str, str]:
    before, mark, query = happening.url.partition("?")
    return {
        "path": before[before.index("/", 8) :],
        "referrer": happening.referrer,
        "search": f"{mark}{query}",
        "title": happening.title,
        "url": happening.url,
    }


def _traits(contact: Contact | None) -> dict[str, str]:
    if contact is None:
        return {}
    told = {"email": contact.email, "phone": as_typed(contact.phone), "company": contact.company}
    return {name: value for name, value in told.items() if value}
