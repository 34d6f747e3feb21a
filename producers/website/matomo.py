"""Hits of Matomo's tracking API → facts of the website.

A hit is a query of short names, its values texts. It has no id and no clock of its own: it happens when it
comes, unless `cdt` says when. What it is, the names in it say: `ping`, `e_c`, `idgoal`, `link`, … or a page.
"""

from collections.abc import Mapping
from typing import Any, Final

from producers.cells.times import happened_at, parse_time
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import device_of, known_from, others_of, user_of
from producers.website.facts import URL_LENGTH, Reception, build, enveloped, id_of, scrubbed
from producers.website.named import form_of
from schemas.website import CustomTracked, FormSubmitted, PageEngaged, PageViewed, WebsiteFact

SOURCE: Final = "matomo"
# What says nothing of the hit, but how to answer it, and who may send it.
_OF_THE_REQUEST: Final = frozenset({"token_auth", "send_image", "queuedtracking", "bots"})
# By each of these a hit that is sent twice is known from two that are alike.
_SINGLE_OUT: Final = ("r", "rand", "cdt")
_YES: Final = "1"

Hit = Mapping[str, str]


def fact_of_hit(hit: Hit, reception: Reception, ping_ms: int, place: int = 0) -> WebsiteFact | None:
    """Turn one hit into its fact, None if a journey has no use for it; raise UnusableError if it is none.

    `ping_ms` are the milliseconds that a ping of the heart-beat timer stands for: it doesn't say them itself.
    `place` is the hit's place in its request.
    """
    if hit.get("rec") != _YES:
        raise UnusableError("rec: a hit that shall be recorded says rec=1")
    if hit.get("ping") == _YES:
        return build(PageEngaged, _fields(hit, reception, place) | {"dwell_ms": ping_ms})
    if hit.get("e_c") or hit.get("e_a"):
        return _event(hit, reception, place)
    if any(name.startswith("fa_") for name in hit):
        return _form(hit, reception, place) if hit.get("fa_su") == _YES else None
    if (told := _told(hit)) is not None:
        name, attributes = told
        known = known_from((attributes,), reception.tokeniser, tracked=True)
        named = {"name": scrubbed(name, reception), "attributes": known.attributes}
        return build(CustomTracked, _fields(hit, reception, place) | named)
    # What was merely shown (a banner), and what plugins measure beside the page.
    if hit.get("c_n") or hit.get("c_p") or hit.get("ca") == _YES:
        return None
    if not (hit.get("url") or hit.get("action_name")):
        raise UnusableError("url: a page view needs a url or an action_name")
    return build(PageViewed, _fields(hit, reception, place))


def _event(hit: Hit, reception: Reception, place: int) -> WebsiteFact:
    category, action, label = (hit.get(name, "") for name in ("e_c", "e_a", "e_n"))
    name = " ".join(filter(None, (category, action)))
    fields = _fields(hit, reception, place)
    if any(form_of(each, {}) for each in (name, action)):
        return build(FormSubmitted, fields | {"form": scrubbed(label or name, reception)})
    told = {"category": category, "action": action, "label": label, "value": hit.get("e_v")}
    known = known_from((told,), reception.tokeniser, tracked=True)
    return build(CustomTracked, fields | {"name": scrubbed(name, reception), "attributes": known.attributes})


def _form(hit: Hit, reception: Reception, place: int) -> WebsiteFact:
    """A form that the plugin for forms saw being sent; it tells their fields' names, and no values."""
    form = hit.get("fa_name") or hit.get("fa_id") or "form"
    return build(FormSubmitted, _fields(hit, reception, place) | {"form": scrubbed(form, reception)})


def _told(hit: Hit) -> tuple[str, Mapping[str, Any]] | None:
    """Return name and attributes of what was done on a page, None for anything else."""
    if goal := hit.get("idgoal"):
        name = "order" if goal == "0" else f"goal {goal}"
        return name, {"value": hit.get("revenue")}
    if "search" in hit:
        return "search", {"label": hit["search"], "category": hit.get("search_cat")}
    if hit.get("download"):
        return "download", {"file": hit["download"]}
    if hit.get("link"):
        return "link", {"label": hit["link"]}
    if hit.get("c_i"):
        return "content", {"action": hit["c_i"], "label": hit.get("c_n")}
    return None


def _fields(hit: Hit, reception: Reception, place: int) -> dict[str, Any]:
    device = device_of(hit.get("cid") or hit.get("_id"), reception.tokeniser)
    user = user_of(hit.get("uid"), reception.tokeniser)
    subject = device or user
    if subject is None:
        raise UnusableError("a hit needs an _id, cid or uid that names somebody")
    moment = happened_at(parse_time(hit.get("cdt")), None, reception.received_at)
    return enveloped(SOURCE, _id_of(hit, reception, place), subject, moment, reception) | {
        "others": others_of(subject, (user,)),
        "url": scrubbed(hit.get("url"), reception, URL_LENGTH),
        "referrer": scrubbed(hit.get("urlref"), reception, URL_LENGTH),
        "title": scrubbed(hit.get("action_name"), reception),
        "user_agent": scrubbed(hit.get("ua") or reception.user_agent, reception),
    }


def _id_of(hit: Hit, reception: Reception, place: int) -> str:
    """Return the id of a hit. A browser sends some twice, but then with the same random number."""
    told = {name: value for name, value in hit.items() if name not in _OF_THE_REQUEST}
    if any(hit.get(name) for name in _SINGLE_OUT):
        return id_of(SOURCE, reception, told)
    return id_of(SOURCE, reception, told, reception.received_at, place)
