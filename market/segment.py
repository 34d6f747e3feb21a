"""Visits in the words of Segment's browser SDK: the calls of a batch."""

from collections.abc import Callable, Iterator
from typing import Any

from market.answers import answer_of
from market.byways import told_apart
from market.contacts import address_typed, as_typed
from market.happening import Happening
from market.manners import others_named
from market.model import Visit
from market.times import iso
from market.tracker import REMINDED

PATH = "/v1/batch"
WRITE_KEY = "metagraph-site"
_LIBRARY = {"name": "analytics.js", "version": "npm:next-1.81.0"}
_BACK_END = {"name": "analytics-python", "version": "2.3.2"}


def calls(
    visit: Visit, happening: Happening, agent: str, new_id: Callable[[], str]
) -> Iterator[dict[str, Any]]:
    """Yield the calls that the SDK makes of what happened: two for a form, which also says who sent it."""
    page = _page(happening) if happening.url else {}
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
                traits=_traits(visit),
            )
        case "echo" if not visit.contact:
            yield _track(REMINDED, {"channel": "email"}, visit, happening, agent, new_id())
        case _:
            traits = _traits(visit)
            known: dict[str, Any] = {"userId": visit.user} if visit.user else {}
            yield _call("identify", visit, happening, agent, new_id(), traits=traits, **known)
            if happening.kind == "echo":
                return
            shown = {"url": happening.url} if happening.url else {}
            answer = answer_of(visit)[0]
            said = {"How did you hear": answer} if answer else {}
            sent = {"form": visit.form, "form_id": visit.form, **shown, **said, **traits}
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
    return {
        "timestamp": iso(happening.at + later),
        "integrations": {},
        "anonymousId": visit.anon,
        "type": kind,
        **more,
        "context": _context(visit, happening, agent),
        "messageId": message,
    }


def _context(visit: Visit, happening: Happening, agent: str) -> dict[str, Any]:
    if not happening.url:
        return {"library": _BACK_END}
    campaign = told_apart(visit.source)
    return {
        "page": _page(happening),
        "userAgent": agent,
        "locale": "zh-CN",
        "timezone": "Asia/Shanghai",
        "library": _LIBRARY,
        **({"campaign": campaign} if campaign else {}),
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


def _traits(visit: Visit) -> dict[str, Any]:
    contact = visit.contact
    if contact is None:
        return {}
    told = {
        "email": address_typed(contact.email),
        "phone": as_typed(contact.phone),
        "company": contact.company,
    }
    return {name: value for name, value in told.items() if value} | others_named(visit)
