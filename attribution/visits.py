"""Website facts of one device → visits, each a touchpoint with the pages read in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from attribution.ad_records import AdRecords
from attribution.bots import is_bot_visit
from attribution.facts import by_time
from attribution.origin import Origin, is_direct, origin_of
from attribution.policy import Policy
from attribution.touchpoint import touch_from_url
from schemas.journey import PageVisit, Touchpoint
from schemas.terms import TouchKind
from schemas.website import FormSubmitted, PageEngaged, PageViewed, WebsiteFact

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit: its touchpoint and its pages, both in the order of time."""

    touchpoint: Touchpoint
    pages: tuple[PageVisit, ...]


def visits_of(
    facts: Iterable[WebsiteFact], identifier: str, records: AdRecords, policy: Policy
) -> tuple[Visit, ...]:
    """Cut the website facts of one subject into visits.

    A visit ends with a pause longer than the policy's, or with a page view that brings a source of its own,
    other than the visit's. `records` are what ad platforms told of clicks and keywords.
    """
    ordered = sorted(facts, key=by_time)
    return tuple(_visit(group, identifier, records, policy) for group in _groups(ordered, policy))


def _groups(ordered: list[WebsiteFact], policy: Policy) -> Iterator[list[WebsiteFact]]:
    pause = policy.sessions.timeout_minutes * MINUTE_MS
    group: list[WebsiteFact] = []
    source: Origin | None = None
    for fact in ordered:
        brought = origin_of(fact.url, fact.referrer, policy) if isinstance(fact, PageViewed) else None
        late = bool(group) and fact.occurred_at - group[-1].occurred_at > pause
        if group and (late or _is_new_source(brought, source, policy)):
            yield group
            group, source = [], None
        if source is None and brought is not None:
            source = brought
        group.append(fact)
    if group:
        yield group


def _is_new_source(brought: Origin | None, source: Origin | None, policy: Policy) -> bool:
    if brought is None or source is None or not policy.sessions.new_session_on_new_source:
        return False
    return not is_direct(brought) and _source_key(brought) != _source_key(source)


def _source_key(origin: Origin) -> tuple[object, ...]:
    return (
        origin.channel,
        origin.platform,
        origin.source,
        origin.medium,
        origin.campaign,
        origin.ad_group,
        origin.keyword,
        origin.content,
        origin.click_ids,
    )


def _visit(group: list[WebsiteFact], identifier: str, records: AdRecords, policy: Policy) -> Visit:
    first = group[0]
    views = [fact for fact in group if isinstance(fact, PageViewed)]
    landing = views[0] if views else first
    pages = _pages(first.event_id, views, group)
    touchpoint = replace(
        touch_from_url(TouchKind.VISIT, first, landing.url, landing.referrer, identifier, records, policy),
        ended_at=group[-1].occurred_at,
        pages=len(views),
        dwell_ms=sum(page.dwell_ms for page in pages),
        is_bot=is_bot_visit(views, policy.bots.pages_per_minute),
        forms=sum(isinstance(fact, FormSubmitted) for fact in group),
    )
    return Visit(touchpoint, pages[: policy.bounds.pages_per_visit])


def _pages(visit: str, views: list[PageViewed], group: list[WebsiteFact]) -> tuple[PageVisit, ...]:
    """Give each page view its time: what the tracker measured for its URL, else the time to the next view."""
    measured: dict[str, int] = {}
    for fact in group:
        if isinstance(fact, PageEngaged):
            measured[fact.url] = measured.get(fact.url, 0) + fact.dwell_ms
    pages = []
    for view, following in zip(views, [*views[1:], None], strict=False):
        if view.url in measured:
            # Measured time counts once per URL and visit, at the URL's first view.
            dwell, measured[view.url] = measured[view.url], 0
        else:
            dwell = following.occurred_at - view.occurred_at if following else 0
        pages.append(
            PageVisit(touchpoint=visit, at=view.occurred_at, url=view.url, title=view.title, dwell_ms=dwell)
        )
    return tuple(pages)
