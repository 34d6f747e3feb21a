"""What visitors answer in a form to "how did you hear of us", and which source that is."""

from collections.abc import Iterable, Iterator
from typing import Any

from market.happening import Happening
from market.known import Known
from market.model import Market, Visit
from market.reading import happenings_of
from schemas.terms import Stage

# By what truly brought the visitor: the answer, and the source that it names.
_ANSWERS = {
    "paid_search": ("百度搜索", "search"),
    "organic_search": ("Google", "search"),
    "organic_social": ("看到微信公众号的文章", "social"),
    "paid_social": ("LinkedIn", "social"),
    "offline_event": ("贵司的沙龙", "event"),
    "email": ("邮件 newsletter", "email"),
    "ai_assistant": ("问了 DeepSeek", "ai_assistant"),
    "referral": ("合作伙伴", "recommendation"),
}
# What no tracker sees: somebody told them, or they say what nobody understands.
_FRIEND = ("朋友推荐", "recommendation")
_WHATEVER = ("忘记了", "(unknown)")
NOTHING = ("", "(none)")


def answer_of(visit: Visit) -> tuple[str, str]:
    """Return what the form of a visit says, and the source that is meant; most forms say nothing."""
    if not visit.form or visit.contact is None or visit.number % 2:
        return NOTHING
    if visit.number % 5 == 0:
        return _FRIEND
    if visit.number % 7 == 0:
        return _WHATEVER
    return _ANSWERS.get(visit.source.cause.channel, NOTHING)


def lead_sources(market: Market, known: Known) -> Iterator[dict[str, Any]]:
    """Yield for each lead what it says itself: the newest answer of its forms."""
    answers = dict(_answers(market, known))
    for person in known.counted:
        if person.entered(Stage.LEAD) is None:
            continue
        answer, source = answers.get(person.id, NOTHING)
        yield {
            "person": person.id,
            "self_reported": answer,
            "self_reported_by": "form" if answer else "",
            "told_by_lead": source,
        }


def _answers(market: Market, known: Known) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield whose answers there are, in the order of time.

    A form is of the person whose visit it stands in. Where another one sits down at a browser and sends a
    form at once, none of the visit is known to be theirs: it is of whose address it names.
    """
    visited = {
        touch.visit.number: person.id
        for person in known.counted
        for touch in person.earning
        if touch.visit is not None and _form_at(touch.part or happenings_of(touch.visit, market.seed))
    }
    named = {name: person.id for person in known.people for name in person.identifiers}
    told = [
        (visit, _form_at(happenings_of(visit, market.seed))) for visit in market.visits if answer_of(visit)[0]
    ]
    for visit, at in sorted(told, key=lambda one: one[1]):
        names = (name for name in (visit.contact.names if visit.contact else ()) if name in named)
        owner = visited.get(visit.number) or named.get(next(names, ""))
        if at and owner:
            yield owner, answer_of(visit)


def _form_at(happenings: Iterable[Happening]) -> int:
    return next((one.at for one in happenings if one.kind == "form"), 0)
