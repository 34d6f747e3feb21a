"""Website facts of one device → visits, each a touchpoint with the pages read in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from attribution.ad_records import AdRecords
from attribution.bots import is_bot_visit
from attribution.cutting import Cutter, Draft, cut
from attribution.policy import Policy
from attribution.session_source import tags_of
from attribution.touchpoint import touch_from_url
from attribution.url import page_of
from schemas.journey import PageVisit, Touchpoint
from schemas.terms import MINUTE_MS, TouchKind
from schemas.website import PageViewed, WebsiteFact


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
    return told_of(cut(facts, policy), identifier, records, policy)


def told_of(cut_so_far: Cutter, identifier: str, records: AdRecords, policy: Policy) -> tuple[Visit, ...]:
    """What has been cut, as visits."""
    return tuple(_visit(draft, identifier, records, policy) for draft in cut_so_far.drafts)


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


def _visit(draft: Draft, identifier: str, records: AdRecords, policy: Policy) -> Visit:
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
    times = [view.occurred_at for view in views]
    until_next = [later - at for at, later in pairwise(times)]
    until_next += [0] * (len(views) - len(until_next))
    measured = _by_view(views, told)
    if not measured:
        return tuple(until_next)
    # Measured time counts once per URL and visit, at the URL's first view.
    seen: set[str] = set()
    dwells = []
    for view, dwell in zip(views, until_next, strict=True):
        if view.url in measured:
            dwell = 0 if view.url in seen else measured[view.url]
            seen.add(view.url)
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
