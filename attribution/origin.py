"""The origin of a visit: what its landing URL and its referrer say together, read by the policy's rules."""

from dataclasses import dataclass
from functools import lru_cache

from attribution.channel import (
    UNKNOWN_SOURCE,
    Signals,
    SourceFacts,
    channel_of,
    describe_declared,
    describe_source,
    is_paid_medium,
)
from attribution.click_id import NO_CLICKS, Clicks, find_clicks
from attribution.policy import Policy
from attribution.referrer import Referrer, read_referrer
from attribution.stand_ins import behind, behind_referrer
from attribution.tags import Tags, ad_values, bid_keyword, tagged_values
from attribution.url import MAX_LENGTH, Url, split_url


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a visit came from. Texts are '' where nothing is known; `issues` are codes of what is wrong.

    `rule` says what decided: "direct", "internal" (from one's own site), "ignored_referrer", or
    "<channel rule>:<evidence>", the evidence being the parameter, click id or ad mark that named the source,
    or "referrer". `inside`: a page of one's own led there, be it shown by a cache; `no_override`: the URL
    says that whatever led there is no source.
    """

    channel: str
    platform: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    ad_group: str = ""
    keyword: str = ""
    search_term: str = ""
    content: str = ""
    keyword_id: str = ""
    campaign_id: str = ""
    ad_group_id: str = ""
    creative_id: str = ""
    match_type: str = ""
    author: str = ""
    published: str = ""
    click_ids: tuple[tuple[str, str], ...] = ()
    click_network: str = ""
    paid: bool = False
    rule: str = ""
    inside: bool = False
    no_override: bool = False
    issues: tuple[str, ...] = ()

    @property
    def is_tagged(self) -> bool:
        """Whether the landing URL itself names the source: by tags, a click id or an ad's mark."""
        return ":" in self.rule and not self.rule.endswith(":referrer")


def origin_of(url: str, referrer: str, policy: Policy) -> Origin:
    """The origin of a visit that landed on `url`, coming from `referrer`; any strings will do. Memoised."""
    # One character more than is read, so that the parser sees that there was more.
    if len(url) > MAX_LENGTH:
        url = url[: MAX_LENGTH + 1]
    if len(referrer) > MAX_LENGTH:
        referrer = referrer[: MAX_LENGTH + 1]
    tells = "?" in url or "#" in url or "/s/" in url or "utm" in url or "UTM" in url
    if not tells and url.startswith(("https://", "http://")):
        # Without parameters the path says nothing, and most pages are reached from the same site: so that the
        # memo needs no entry for each pair of pages. (/s/ is how paths of caches name another site, and tags
        # may stand in a path.)
        url = _site(url)
        if _site(referrer) == url:
            referrer = url
    return _origin(url, referrer, policy)


def _site(url: str) -> str:
    end = url.find("/", len("https://"))
    return url if end < 0 else url[:end]


def is_direct(origin: Origin) -> bool:
    """Whether nothing names a source: such a visit takes nothing away from the one before it."""
    return origin.channel == "direct"


_TRUE = frozenset({"1", "true", "yes"})
_NO_SOURCE = {"internal": "internal", "ignored": "ignored_referrer"}


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The source, and what else follows from where it was named."""

    source: str
    named_by: str
    medium: str
    category: str
    platform: str
    paid: bool = False
    tagged: bool = False
    clicks: Clicks = NO_CLICKS


@lru_cache(maxsize=8192)
def _origin(url: str, referrer: str, policy: Policy) -> Origin:
    page = split_url(url)
    tags = Tags(page, policy)
    came, inside = _led_there(page, referrer, policy)
    no_override = tags.value("no_override").lower() in _TRUE
    if no_override and came.kind == "external":
        came = Referrer("ignored", came.host)
    evidence = _evidence(tags, came) if page.parameters else _from_referrer(came)
    ad = ad_values(tags, evidence.platform) if evidence.paid else {}
    campaign = ad.get("campaign") or tags.value("campaign")
    network = ad.get("ad_network") or _place_of_ad(evidence, came)
    channel, rule = _channel(evidence, campaign, network, came, policy)
    keyword, keyword_id = bid_keyword(tags, channel) if evidence.paid else ("", "")
    tagged = tagged_values(tags) if evidence.tagged or campaign else {}
    clicks = evidence.clicks
    return Origin(
        channel=channel,
        platform=evidence.platform,
        source=evidence.source,
        medium=evidence.medium,
        campaign=campaign,
        ad_group=ad.get("ad_group", ""),
        keyword=keyword,
        search_term=ad.get("search_term") or came.search_term,
        content=tags.value("content"),
        keyword_id=ad.get("keyword_id") or keyword_id,
        campaign_id=ad.get("campaign_id") or tagged.get("campaign_id", ""),
        ad_group_id=ad.get("ad_group_id", ""),
        creative_id=ad.get("creative_id", ""),
        match_type=ad.get("match_type", ""),
        click_ids=clicks.ids,
        click_network=clicks.chosen.network if clicks.chosen else "",
        paid=evidence.paid,
        rule=rule,
        inside=inside,
        no_override=no_override,
        author=tagged.get("author", ""),
        published=tagged.get("published", ""),
        issues=(*tags.issues, *clicks.issues, *came.issues),
    )


def _led_there(page: Url, referrer: str, policy: Policy) -> tuple[Referrer, bool]:
    """What led to a page, and whether it was one's own.

    A page that stands for one's own means its owner, as the cache of a search engine does; one that shows
    another site's page means that site.
    """
    landed = behind(page, policy)
    host = (landed.host if landed else "") or page.host
    before = behind_referrer(referrer, policy) if referrer else None
    if before and before.host:
        came = read_referrer(f"//{before.host}/", host, policy)
        if came.kind != "internal":
            return came, False
        return (read_referrer(before.owner, host, policy) if before.owner else came), True
    came = read_referrer((before.owner if before else "") or referrer, host, policy)
    if came.kind == "none" and landed:
        came = read_referrer(landed.owner, host, policy)
    return came, came.kind == "internal"


def _channel(
    evidence: _Evidence, campaign: str, network: str, came: Referrer, policy: Policy
) -> tuple[str, str]:
    """The channel, and the rule that chose it with the evidence for the source."""
    signals = Signals(evidence.source, evidence.medium, campaign, evidence.category, network, evidence.paid)
    channel, rule = channel_of(signals, policy)
    if signals.direct:
        return channel, _NO_SOURCE.get(came.kind, rule)
    return channel, f"{rule}:{evidence.named_by or 'campaign'}"


def _place_of_ad(evidence: _Evidence, came: Referrer) -> str:
    """Where the referrer shows that the ad stood, a video or a frame; the click id alone says search."""
    chosen, mark = evidence.clicks.chosen, evidence.clicks.mark
    ad = chosen if chosen and chosen.paid == "yes" else mark
    if ad is None or ad.category != "search" or ad.platform != came.platform:
        return ""
    return came.category if came.category in ("display", "video") else ""


def _from_referrer(came: Referrer) -> _Evidence:
    named_by = "referrer" if came.source else ""
    return _Evidence(came.source, named_by, came.medium, came.category, came.platform)


def _evidence(tags: Tags, came: Referrer) -> _Evidence:
    """The source by its tag, else by the click, else by the referrer, with what the three say together."""
    policy = tags.policy
    names = policy.parameters
    if tags.url.truncated:
        tags.note("truncated", "url")
    source, named_by = tags.text("source")
    source = source.lower()
    declared = describe_declared(source, policy) if source else UNKNOWN_SOURCE
    # A link between one's own pages says from=… of its own accord.
    if not source and came.kind != "internal":
        source, named_by, declared = _hinted_source(tags)
    platforms = frozenset((declared.platform, came.platform))
    clicks = find_clicks(tags.url.parameters, platforms, policy)
    for name in tags.url.repeated:
        if name in policy.click_ids:
            tags.note("repeated_parameter", name)
    medium, medium_named_by = tags.text("medium")
    medium = medium.lower()
    paid = clicks.paid or is_paid_medium(medium, policy)
    chosen, mark = clicks.chosen, clicks.mark
    category = declared.category
    click_category = (chosen.category if chosen else "") or (mark.category if mark else "")
    if not source:
        source, named_by, category = _undeclared_source(clicks, came)
    tagged = bool(source and named_by in (*names.source, *names.source_hints)) or bool(medium)
    if paid:
        category = category or click_category or came.category
    if not medium:
        medium = _implied_medium(clicks, came, named_by)
    platform = _platform(clicks, declared, came, paid or named_by == "referrer")
    return _Evidence(source, named_by or medium_named_by, medium, category, platform, paid, tagged, clicks)


def _hinted_source(tags: Tags) -> tuple[str, str, SourceFacts]:
    """A source in a parameter with a common name: it counts only if the policy knows it."""
    for value, name in tags.texts("source_hint"):
        facts = describe_source(value.lower(), tags.policy)
        if facts is not UNKNOWN_SOURCE:
            return value.lower(), name, facts
    return "", "", UNKNOWN_SOURCE


def _undeclared_source(clicks: Clicks, came: Referrer) -> tuple[str, str, str]:
    """Source, what named it, and its category, where no tag says so."""
    chosen, mark = clicks.chosen, clicks.mark
    if chosen and not (chosen.yields_to_referrer and came.source):
        return chosen.source, clicks.name, chosen.category
    if mark and mark.source:
        return mark.source, mark.id, mark.category
    return came.source, "referrer" if came.source else "", came.category


def _implied_medium(clicks: Clicks, came: Referrer, named_by: str) -> str:
    chosen, mark = clicks.chosen, clicks.mark
    if chosen and (named_by == clicks.name or not chosen.yields_to_referrer):
        return chosen.medium
    if mark:
        return mark.medium
    return came.medium if named_by == "referrer" else ""


def _platform(clicks: Clicks, declared: SourceFacts, came: Referrer, trust_referrer: bool) -> str:
    """A paid click says it best, then the tag; the referrer only where it is the source, or the ad's page."""
    chosen, mark = clicks.chosen, clicks.mark
    return (
        (chosen.platform if chosen and chosen.paid == "yes" else "")
        or (mark.platform if mark else "")
        or declared.platform
        or (chosen.platform if chosen else "")
        or (came.platform if trust_referrer else "")
    )
