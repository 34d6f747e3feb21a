"""Website facts of one device → visits, each a touchpoint with the pages read in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

from attribution.ad_records import AdRecords
from attribution.bots import is_bot_visit
from attribution.facts import by_time
from attribution.origin import Origin, origin_of
from attribution.policy import Policy
from attribution.session_source import Session, Tag, tags_of
from attribution.touchpoint import touch_from_url
from attribution.url import page_of
from schemas.journey import PageVisit, Touchpoint
from schemas.terms import MINUTE_MS, TouchKind
from schemas.website import FormSubmitted, PageEngaged, PageViewed, WebsiteFact


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit: its touchpoint, and what was seen in it, in the order of time, with the time that each page
    took, in milliseconds. Of its pages at most so many are told.

    It `begins_anew` if nothing before its landing page has a say in it, nor in what follows.
    """

    touchpoint: Touchpoint
    views: tuple[PageViewed, ...] = ()
    dwells: tuple[int, ...] = ()
    most_pages: int = 0
    begins_anew: bool = False

    @property
    def pages(self) -> tuple[PageVisit, ...]:
        """The pages that were read."""
        return tuple(
            PageVisit(
                touchpoint=self.touchpoint.id,
                at=view.occurred_at,
                url=view.url,
                title=view.title,
                dwell_ms=dwell,
            )
            for view, dwell in zip(self.views[: self.most_pages], self.dwells, strict=False)
        )


def visits_of(
    facts: Iterable[WebsiteFact], identifier: str, records: AdRecords, policy: Policy
) -> tuple[Visit, ...]:
    """Cut the website facts of one subject into visits.

    A visit begins with a page view, or with another fact whose URL is tagged as none before. It ends with a
    pause longer than the policy's, or with a page view that brings a source of its own. What else happened
    joins the visit that is near, and is none by itself. `records` are what ad platforms told of clicks and
    keywords.
    """
    cutter = _Cutter(policy)
    for start, fact in _in_order(facts):
        if isinstance(fact, PageViewed):
            cutter.view(fact)
        elif isinstance(fact, PageEngaged):
            cutter.measure(fact, start)
        else:
            cutter.act(fact)
    return tuple(_visit(draft, identifier, records, policy) for draft in cutter.drafts)


def without_repeated(visits: Iterable[Visit], others: Iterable[Touchpoint], policy: Policy) -> list[Visit]:
    """Leave out of a person's visits those without a page view that repeat what another one landed with.

    A back end that knows only the user tells again what the browser told. `others` are touchpoints beside.
    """
    told = list(visits)
    if all(visit.touchpoint.pages for visit in told):
        return told
    landed = [visit.touchpoint for visit in told if visit.touchpoint.pages]
    landed += [touchpoint for touchpoint in others if touchpoint.landing_url]
    pause = policy.sessions.timeout_minutes * MINUTE_MS

    def is_repeated(touchpoint: Touchpoint) -> bool:
        tags = tags_of(touchpoint.landing_url, policy)
        return any(
            other.at <= touchpoint.ended_at + pause and tags <= tags_of(other.landing_url, policy)
            for other in landed
        )

    return [visit for visit in told if visit.touchpoint.pages or not is_repeated(visit.touchpoint)]


def _in_order(facts: Iterable[WebsiteFact]) -> list[tuple[int, WebsiteFact]]:
    """The facts in the order in which they began, each with that time, UTC milliseconds.

    Time on a page began before it was told, but not before the page was seen.
    """
    timed: list[tuple[int, WebsiteFact]] = []
    before, is_sorted = 0, True
    for fact in sorted(facts, key=by_time):
        at = fact.occurred_at
        start = at - fact.dwell_ms if isinstance(fact, PageEngaged) else at
        is_sorted = is_sorted and before <= start
        timed.append((start, fact))
        before = at
    return timed if is_sorted else _sorted_again(timed)


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
class _Draft:
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
        self.measured[fact.url] = self.measured.get(fact.url, 0) + fact.dwell_ms


class _Cutter:
    """Cuts facts that come in the order in which they began."""

    def __init__(self, policy: Policy) -> None:
        self.drafts: list[_Draft] = []
        self._policy = policy
        self._pause = policy.sessions.timeout_minutes * MINUTE_MS
        self._session = Session(policy)
        self._seen_in: dict[str, _Draft] = {}
        self._waiting: list[WebsiteFact] = []
        self._landed_with: set[Tag] = set()
        self._looked_at = 0

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

    def _near(self, at: int) -> _Draft | None:
        draft = self.drafts[-1] if self.drafts else None
        return draft if draft is not None and at - draft.until <= self._pause else None

    def _open(self, url: str) -> _Draft | None:
        """The last visit, if the page at this URL is the one that was seen last in it."""
        return self.drafts[-1] if self.drafts and self.drafts[-1].shows(url) else None

    def _begin(self, landing: WebsiteFact, source: Origin, after_pause: bool) -> _Draft:
        begins_anew = after_pause and not self._waiting and isinstance(landing, PageViewed)
        draft = _Draft(landing, landing.occurred_at, landing.occurred_at, begins_anew)
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

    def _take_waiting(self, draft: _Draft) -> None:
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


def _visit(draft: _Draft, identifier: str, records: AdRecords, policy: Policy) -> Visit:
    landing, views = draft.landing, draft.views
    dwells = _dwells(views, draft.measured)
    touchpoint = touch_from_url(
        TouchKind.VISIT,
        landing,
        landing.url,
        landing.referrer,
        identifier,
        records,
        policy,
        at=draft.at,
        ended_at=draft.until,
        pages=len(views),
        dwell_ms=sum(dwells),
        is_bot=is_bot_visit(views or (landing,), policy),
        forms=draft.forms,
    )
    return Visit(touchpoint, tuple(views), dwells, policy.bounds.pages_per_visit, draft.begins_anew)


def _dwells(views: list[PageViewed], told: dict[str, int]) -> tuple[int, ...]:
    """The time of each page view: what the tracker measured for its URL, else the time to the next view."""
    measured = _by_view(views, told)
    dwells = []
    for view, following in zip(views, [*views[1:], None], strict=False):
        if view.url in measured:
            # Measured time counts once per URL and visit, at the URL's first view.
            dwell, measured[view.url] = measured[view.url], 0
        else:
            dwell = following.occurred_at - view.occurred_at if following else 0
        dwells.append(dwell)
    return tuple(dwells)


def _by_view(views: list[PageViewed], told: dict[str, int]) -> dict[str, int]:
    """Measured time by the URLs of page views: many a site changes its address after the view was told."""
    if not told:
        return {}
    urls = {view.url for view in views}
    if told.keys() <= urls:
        return dict(told)
    measured = {url: time for url, time in told.items() if url in urls}
    by_page = {page_of(view.url): view.url for view in reversed(views)}
    for url, time in told.items():
        if url not in urls and (seen := by_page.get(page_of(url))):
            measured[seen] = measured.get(seen, 0) + time
    return measured
