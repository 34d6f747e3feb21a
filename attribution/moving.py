"""What a journey is when visits went on: by the memo of the last step, and the visits that may change yet."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from attribution.journey import clock_issues, first_seen, is_own_page, kept_of, place_of, url_issues
from attribution.layout import Memo, Place
from attribution.memo import open_from, stand_alone
from attribution.policy import Policy
from attribution.visits import Visit
from schemas.closed_touchpoints import close
from schemas.codec import Emitted
from schemas.handover import AnyFact
from schemas.journey import Touchpoint
from schemas.said import said
from schemas.terms import Stage
from schemas.website import WebsiteFact


class Moved(NamedTuple):
    """The memo after a step, what is sent before the snapshot, and what of that the memo doesn't say.

    From `start` on, by (time, id), facts belong to visits that may go on.
    """

    memo: Memo
    sent: tuple[Emitted, ...] = ()
    is_bot: bool = False
    touchpoints: tuple[dict[str, Any], ...] = ()
    issues: tuple[str, ...] = ()
    start: Place | None = None

    def snapshot(self, version: int, known_at: int, facts: int, last_at: int) -> dict[str, Any]:
        """The snapshot as its JSON says it."""
        moves = {
            "facts": facts,
            "last_at": last_at,
            "is_bot": self.is_bot,
            "truncated": self.memo.is_cut,
            "touchpoints": self.touchpoints,
            "issues": self.issues,
            "closed": "".join(self.memo.refs),
        }
        said_of_it = {name: value for name, value in moves.items() if value}
        return {**self.memo.told, "version": version, "known_at": known_at, **said_of_it}


def moved_nothing(memo: Memo, sent: Iterable[Emitted]) -> Moved:
    """Return the step of an identifier whose facts belong to somebody else's journey."""
    is_bot = not memo.told.get("is_lead") and memo.rest_is_bot and bool(memo.refs)
    return Moved(memo, tuple(sent), is_bot, (), memo.issues)


def moved(
    key: str,
    memo: Memo,
    visits: Sequence[Visit],
    facts: Sequence[WebsiteFact],
    fresh: Sequence[AnyFact],
    policy: Policy,
) -> Moved | None:
    """Return the step after which these visits are the last ones, made of `facts` in the order of (time, id),
    of which some are `fresh`; None if that can't be told from the memo."""
    place = open_from(visits, facts)
    if place is None or not _began_the_same(memo, visits):
        return None
    if place and not stand_alone(visits, facts):
        return None
    going = [visit.touchpoint for visit in visits[place:]]
    after = _after(key, memo, visits[:place], going, fresh, policy)
    if after is None:
        return None
    all_are_bots = after.memo.rest_is_bot and all(each.is_bot for each in going)
    return after._replace(
        is_bot=all_are_bots and not after.memo.told.get("is_lead"),
        touchpoints=tuple(map(said, going)),
        issues=tuple(sorted({*after.memo.issues, *url_issues(going, policy)})),
        start=place_of(going[0]),
    )


def _after(
    key: str,
    memo: Memo,
    visits: Sequence[Visit],
    going: Sequence[Touchpoint],
    fresh: Sequence[AnyFact],
    policy: Policy,
) -> Moved | None:
    """The memo after these visits have ended, while others go on; mostly none has. None if the journey is so
    long that one of those that go on is left out of it."""
    told, news = _told(memo, fresh, policy), clock_issues(fresh)
    adds_nothing = not visits and told is memo.told and news.issubset(memo.issues)
    if adds_nothing and len(memo.refs) + len(going) <= policy.bounds.touchpoints:
        return Moved(memo)
    ended = [visit.touchpoint for visit in visits]
    closed = [close(key, each) for each in ended]
    known = [*memo.refs, *(each.ref for each in closed)]
    kept = kept_of([*known, *going], policy)
    refs = tuple(each for each in kept if isinstance(each, str))
    if len(kept) - len(refs) < len(going):
        return None
    if adds_nothing and refs == memo.refs:
        return Moved(memo)
    after = memo._replace(
        told=told,
        refs=refs,
        latest=max(map(place_of, ended), default=memo.latest),
        rest_is_bot=memo.rest_is_bot and all(each.is_bot for each in ended),
        is_cut=memo.is_cut or len(refs) < len(known),
        issues=tuple(sorted({*memo.issues, *news, *url_issues(ended, policy)})),
    )
    return Moved(after, tuple(closed))


def _began_the_same(memo: Memo, visits: Sequence[Visit]) -> bool:
    """Whether the first of all touchpoints is still what the person's first stage was entered by."""
    stages = memo.told.get("stages", ())
    entry = next((stage for stage in stages if stage["stage"] == Stage.VISITOR), None)
    if entry is None:
        return False
    touchpoints = [visit.touchpoint for visit in visits]
    if all(each.id != entry["id"] for each in touchpoints):
        return True
    first = first_seen(touchpoints)
    return first is not None and (first.id, first.at) == (entry["id"], entry["at"])


def _told(memo: Memo, fresh: Iterable[AnyFact], policy: Policy) -> Any:
    if memo.told.get("is_internal") or not policy.internal.hosts:
        return memo.told
    pages = (fact.url for fact in fresh if isinstance(fact, WebsiteFact))
    if not any(is_own_page(url, policy) for url in pages):
        return memo.told
    return {**memo.told, "is_internal": True}
