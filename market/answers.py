"""What visitors answer in a form to "how did you hear of us", and which source that is."""

from collections.abc import Iterator
from typing import Any

from market.known import Known, KnownPerson
from market.model import Visit
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


def lead_sources(known: Known, seed: int) -> Iterator[dict[str, Any]]:
    """Yield for each lead what it says itself: the newest answer of its forms."""
    for person in known.counted:
        if person.entered(Stage.LEAD) is None:
            continue
        answer, source = max(_answers(person, seed), default=(0, NOTHING))[1]
        yield {
            "person": person.id,
            "self_reported": answer,
            "self_reported_by": "form" if answer else "",
            "told_by_lead": source,
        }


def _answers(person: KnownPerson, seed: int) -> Iterator[tuple[int, tuple[str, str]]]:
    for touch in person.earning:
        if touch.visit is None or not answer_of(touch.visit)[0]:
            continue
        for one in touch.part or happenings_of(touch.visit, seed):
            if one.kind == "form":
                yield one.at, answer_of(touch.visit)
