"""Where one visit ends and the next begins: the facts of one device, as they began, cut into drafts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from attribution.facts import by_time
from attribution.origin import Origin, origin_of
from attribution.policy import Policy
from attribution.session_source import Session, Tag, tags_of
from attribution.url import page_of
from schemas.envelope import Fact
from schemas.terms import MINUTE_MS
from schemas.website import FormSubmitted, PageEngaged, PageViewed, WebsiteFact

Place = tuple[int, str]


def cut(facts: Iterable[WebsiteFact], policy: Policy) -> "Cutter":
    """Cut the website facts of one subject into drafts of visits, as `visits_of` says."""
    cutter = Cutter(policy)
    timed, is_in_order = _in_order(facts)
    for start, fact in timed:
        cutter.take(fact, start)
    cutter.last = (by_time(timed[-1][1]) if timed else (-1, "")) if is_in_order else None
    return cutter


def began_at(fact: Fact) -> int:
    """When a fact began, UTC milliseconds: time on a page before it was told."""
    return fact.occurred_at - fact.dwell_ms if isinstance(fact, PageEngaged) else fact.occurred_at


def _in_order(facts: Iterable[WebsiteFact]) -> tuple[list[tuple[int, WebsiteFact]], bool]:
    """The facts in the order in which they began, each with that time, UTC milliseconds.

    Time on a page began before it was told, but not before the page was seen. Mostly this is the order of
    (time, id), too; the second value says so.
    """
    timed: list[tuple[int, WebsiteFact]] = []
    before, is_sorted = 0, True
    for fact in sorted(facts, key=by_time):
        start = began_at(fact)
        is_sorted = is_sorted and before <= start
        timed.append((start, fact))
        before = fact.occurred_at
    return (timed if is_sorted else _sorted_again(timed)), is_sorted


def _sorted_again(timed: list[tuple[int, WebsiteFact]]) -> list[tuple[int, WebsiteFact]]:
    viewed: dict[str, int] = {}
    began: list[tuple[int, bool, int, WebsiteFact]] = []
    before = 0
    for place, (start, fact) in enumerate(timed):
        if isinstance(fact, PageViewed):
            viewed[fact.url] = start
        elif isinstance(fact, PageEngaged):
            # Of a page that nobody saw, not even the time is believed.
            start = max(start, viewed.get(fact.url, before))
        began.append((start, isinstance(fact, PageEngaged), place, fact))
        before = fact.occurred_at
    began.sort(key=itemgetter(0, 1, 2))
    return [(start, fact) for start, _, _, fact in began]


@dataclass(slots=True)
class Draft:
    """A visit in the making: what began it, and until when something happened in it."""

    landing: WebsiteFact
    at: int
    until: int
    begins_anew: bool = False
    views: list[PageViewed] = field(default_factory=list)
    forms: int = 0
    measured: dict[str, int] = field(default_factory=dict)

    @property
    def last(self) -> WebsiteFact:
        """The page seen last, or what began the visit."""
        return self.views[-1] if self.views else self.landing

    def shows(self, url: str) -> bool:
        """Whether this is still the page seen last."""
        return bool(url and self.views) and page_of(url) == page_of(self.views[-1].url)

    def add_time(self, fact: PageEngaged) -> None:
        """Time that was measured for a page."""
        self.measured[fact.url] = self.measured.get(fact.url, 0) + fact.dwell_ms

    def copy(self) -> "Draft":
        """One that goes on by itself."""
        began = self.landing, self.at, self.until, self.begins_anew
        return Draft(*began, list(self.views), self.forms, dict(self.measured))


class Cutter:
    """Cuts facts that come in the order in which they began."""

    def __init__(self, policy: Policy) -> None:
        self.drafts: list[Draft] = []
        # The last fact, by (time, id), as long as all have come in that order, too.
        self.last: Place | None = (-1, "")
        self._policy = policy
        self._pause = policy.sessions.timeout_minutes * MINUTE_MS
        self._session = Session(policy)
        self._seen_in: dict[str, Draft] = {}
        self._waiting: list[WebsiteFact] = []
        self._landed_with: set[Tag] = set()
        self._looked_at = 0

    def followed_by(self, facts: Sequence[WebsiteFact]) -> "Cutter | None":
        """Cut on, with facts in the order of (time, id) that all began after those before; this one stays as
        it is. None if they didn't: then all have to be cut again."""
        last = self.last
        for fact in facts:
            if last is None or by_time(fact) <= last or began_at(fact) < last[0]:
                return None
            last = by_time(fact)
        cutter = self._copy()
        for fact in facts:
            cutter.take(fact, began_at(fact))
        cutter.last = last
        return cutter

    def take(self, fact: WebsiteFact, start: int) -> None:
        """The next fact, which began at `start`."""
        if isinstance(fact, PageViewed):
            self.view(fact)
        elif isinstance(fact, PageEngaged):
            self.measure(fact, start)
        else:
            self.act(fact)

    def view(self, view: PageViewed) -> None:
        """A page view goes on with the visit, or begins the next one."""
        at = view.occurred_at
        brought = origin_of(view.url, view.referrer, self._policy)
        draft = self._near(at)
        if draft is None:
            draft = self._begin(view, brought, after_pause=True)
        elif self._session.is_left_for(view, brought, draft.last):
            draft = self._begin(view, brought, after_pause=False)
        elif at > draft.until:
            draft.until = at
        draft.views.append(view)
        self._seen_in[view.url] = draft

    def measure(self, fact: PageEngaged, start: int) -> None:
        """Time counts for its page, in the visit that saw it last; it keeps alive the visit it began in."""
        near = self._near(start)
        if near is not None:
            near.until = max(near.until, fact.occurred_at)
        holder = self._seen_in.get(fact.url) or near or self._open(fact.url)
        if holder is None:
            self._wait(fact)
        else:
            holder.add_time(fact)

    def act(self, fact: WebsiteFact) -> None:
        """Anything else joins the visit that is near, a form also one whose page is still open. Far from all
        it begins one only by its tags."""
        draft = self._near(fact.occurred_at)
        is_form = isinstance(fact, FormSubmitted)
        if draft is None and is_form:
            draft = self._open(fact.url)
        if draft is not None:
            draft.until = max(draft.until, fact.occurred_at)
        elif tagged := self._tagged(fact):
            draft = self._begin(fact, tagged, after_pause=True)
        else:
            self._wait(fact)
            return
        draft.forms += is_form

    def _copy(self) -> "Cutter":
        copy = Cutter(self._policy)
        copies = copy.drafts = [draft.copy() for draft in self.drafts]
        if len(copies) == 1:
            copy._seen_in = dict.fromkeys(self._seen_in, copies[0])
        else:
            places = {id(draft): place for place, draft in enumerate(self.drafts)}
            copy._seen_in = {url: copies[places[id(draft)]] for url, draft in self._seen_in.items()}
        copy._session = self._session.copy()
        copy._waiting = list(self._waiting)
        copy._landed_with = set(self._landed_with)
        copy._looked_at = self._looked_at
        return copy

    def _near(self, at: int) -> Draft | None:
        draft = self.drafts[-1] if self.drafts else None
        return draft if draft is not None and at - draft.until <= self._pause else None

    def _open(self, url: str) -> Draft | None:
        """The last visit, if the page at this URL is the one that was seen last in it."""
        return self.drafts[-1] if self.drafts and self.drafts[-1].shows(url) else None

    def _begin(self, landing: WebsiteFact, source: Origin, after_pause: bool) -> Draft:
        begins_anew = after_pause and not self._waiting and isinstance(landing, PageViewed)
        draft = Draft(landing, landing.occurred_at, landing.occurred_at, begins_anew)
        self._session.begin(landing, source, after_pause)
        self.drafts.append(draft)
        if self._waiting:
            self._take_waiting(draft)
        return draft

    def _wait(self, fact: WebsiteFact) -> None:
        """Clocks and batches are so inexact that what belongs to a visit may be told to be before it."""
        if self._waiting and fact.occurred_at - self._waiting[-1].occurred_at > self._pause:
            self._waiting.clear()
        self._waiting.append(fact)

    def _take_waiting(self, draft: Draft) -> None:
        if draft.at - self._waiting[-1].occurred_at <= self._pause:
            for fact in self._waiting:
                if isinstance(fact, PageEngaged):
                    draft.add_time(fact)
                    continue
                draft.forms += isinstance(fact, FormSubmitted)
                # Who did something on a page was there already.
                if fact.url:
                    draft.at = min(draft.at, fact.occurred_at)
        self._waiting.clear()

    def _tagged(self, fact: WebsiteFact) -> Origin | None:
        """The source that a URL's tags name, if none landed with them: back ends repeat what they stored."""
        if "?" not in fact.url and "#" not in fact.url:
            return None
        source = origin_of(fact.url, fact.referrer, self._policy)
        if not source.is_tagged or source.inside:
            return None
        for draft in self.drafts[self._looked_at :]:
            self._landed_with.update(tags_of(draft.landing.url, self._policy))
        self._looked_at = len(self.drafts)
        return None if self._landed_with >= tags_of(fact.url, self._policy) else source
