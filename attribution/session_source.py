"""Whether a page view within a visit brings a source of its own, or only repeats what is known already."""

from functools import lru_cache

from attribution.channel import describe_source
from attribution.origin import Origin, is_direct
from attribution.policy import Policy
from attribution.referrer import read_referrer
from attribution.url import page_of, site_of, split_url
from schemas.website import WebsiteFact

Tag = tuple[str, str]


class Session:
    """What led a visitor to the website since the last pause, and where the running visit landed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._landing: WebsiteFact | None = None
        self._source: Origin | None = None
        self._clicks: frozenset[Tag] = frozenset()
        self._referrers: frozenset[str] = frozenset()

    def copy(self) -> "Session":
        """One that goes on by itself."""
        copy = Session(self._policy)
        copy._landing, copy._source = self._landing, self._source
        copy._clicks, copy._referrers = self._clicks, self._referrers
        return copy

    def begin(self, landing: WebsiteFact, source: Origin, after_pause: bool) -> None:
        """Take in how the next visit began."""
        if after_pause:
            self._clicks, self._referrers = frozenset(), frozenset()
        self._landing, self._source = landing, source
        self._clicks = self._clicks.union(source.click_ids)
        if landing.referrer:
            self._referrers |= {_plain(landing.referrer)}

    def is_left_for(self, view: WebsiteFact, brought: Origin, before: WebsiteFact) -> bool:
        """Whether `view`, coming from `brought`, ends the running visit, in which `before` was seen last.

        Another click id is another click; the same one never is. Beside that, what came from one's own pages
        brings no source, whatever its tags. Nor do tags of the landing page again, nor a referrer that led
        here already: single-page applications keep both.
        """
        landing, source, policy = self._landing, self._source, self._policy
        if brought is source or is_direct(brought) or not policy.sessions.new_session_on_new_source:
            return False
        if landing is None or source is None or brought.no_override or _key(brought) == _key(source):
            return False
        if brought.click_ids:
            return not self._clicks.issuperset(brought.click_ids)
        if brought.inside or _is_from(view, landing) or _is_from(view, before):
            return False
        again = bool(view.referrer) and _plain(view.referrer) in self._referrers
        if not brought.is_tagged:
            return not again
        if tags_of(view.url, policy) <= tags_of(landing.url, policy):
            return False
        # Tags on a page of such an application are its own banner's, unless they speak of its referrer.
        return not again or _speaks_of(brought, view, policy)


@lru_cache(maxsize=8192)
def tags_of(url: str, policy: Policy) -> frozenset[Tag]:
    """The parameters of a URL, as they stand there, that say where a visit came from."""
    names = _tag_names(policy)
    return frozenset(pair for pair in split_url(url).parameters.items() if pair[1] and pair[0] in names)


@lru_cache(maxsize=8)
def _tag_names(policy: Policy) -> frozenset[str]:
    names = policy.parameters
    lists = (
        (names.source, names.source_hints, names.medium, names.campaign, names.term, names.content),
        names.ad.values(),
        names.tagged.values(),
        (mark.parameters for mark in policy.ad_marks),
        (policy.click_ids,),
    )
    return frozenset(name.partition("&")[0] for group in lists for each in group for name in each)


def _key(origin: Origin) -> tuple[object, ...]:
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


def _plain(referrer: str) -> str:
    """A referrer without what may differ between two mentions of one page."""
    text = referrer.partition("#")[0].strip().rstrip("/").lower()
    return text.removeprefix("https:").removeprefix("http:")


def _is_from(view: WebsiteFact, page: WebsiteFact) -> bool:
    """Whether the referrer of `view` is of the site of `page`, as where own sites are not listed."""
    site = site_of(view.referrer)
    return site != "" and site == site_of(page.url)


def _speaks_of(brought: Origin, view: WebsiteFact, policy: Policy) -> bool:
    """Whether the tagged source is the site that the referrer names, as after a second click there."""
    came = read_referrer(view.referrer, page_of(view.url)[0], policy)
    named = describe_source(brought.source, policy)
    return (
        (named.platform != "" and named.platform == came.platform)
        or (named.category != "" and named.category == came.category)
        or brought.source in (came.source, *came.host.split("."))
    )
