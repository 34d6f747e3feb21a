"""What sales says of a lead: follow-ups, the newest grade, tags; in the CRM's words and in the policy's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from attribution.policy import Policy
from schemas.crm import FollowedUp
from schemas.handover import AnyFact
from schemas.journey import FollowUp
from schemas.terms import system_of


@dataclass(frozen=True, slots=True)
class Feedback:
    """The follow-ups in order of (time, id), what they come to, and the words that the policy doesn't know.

    `graded_at` is when the newest grade was given; None if there is none.
    """

    follow_ups: tuple[FollowUp, ...] = ()
    grade: str = ""
    canonical_grade: str = ""
    graded_at: int | None = None
    tags: tuple[str, ...] = ()
    canonical_tags: tuple[str, ...] = ()
    issues: frozenset[str] = frozenset()


NONE = Feedback()


def feedback_of(facts: Iterable[AnyFact], policy: Policy) -> Feedback:
    """Derive what sales says of one person; `facts` are in order of (time, id)."""
    recorded = [fact for fact in facts if isinstance(fact, FollowedUp)]
    if not recorded:
        return NONE
    issues: set[str] = set()
    follow_ups = tuple(_follow_up(fact, policy, issues) for fact in recorded)
    # An export says a new grade at the time of the last contact: of one time, what was learnt later counts.
    graded = max((fact for fact in recorded if fact.grade), key=_newness, default=None)
    return Feedback(
        follow_ups=follow_ups,
        grade=graded.grade if graded else "",
        canonical_grade=policy.feedback.grade_of(system_of(graded.subject), graded.grade) if graded else "",
        graded_at=graded.occurred_at if graded else None,
        tags=tuple(sorted({tag for fact in recorded for tag in fact.tags})),
        canonical_tags=tuple(sorted({tag for each in follow_ups for tag in each.canonical_tags})),
        issues=frozenset(issues),
    )


def _newness(fact: FollowedUp) -> tuple[int, int, str]:
    return fact.occurred_at, fact.received_at, fact.event_id


def _follow_up(fact: FollowedUp, policy: Policy, issues: set[str]) -> FollowUp:
    system, words = system_of(fact.subject), policy.feedback

    def known(what: str, meaning: Callable[[str, str], str], raw: str) -> str:
        found = meaning(system, raw) if raw else ""
        if raw and not found:
            issues.add(f"unmapped_{what}:{system}:{raw}")
        return found

    category = known("category", words.category_of, fact.category)
    tags = {known("tag", words.tag_of, tag) for tag in fact.tags} - {""}
    return FollowUp(
        id=fact.event_id,
        at=fact.occurred_at,
        category=fact.category,
        grade=fact.grade,
        tags=fact.tags,
        owner=fact.owner,
        canonical_category=category,
        canonical_grade=known("grade", words.grade_of, fact.grade),
        canonical_tags=tuple(sorted(tags)),
        is_answer=words.is_answer(category, fact.contacted),
    )
