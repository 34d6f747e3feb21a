"""The origin of a visit: what its landing URL and its referrer say together, read by the policy's rules."""

from dataclasses import dataclass, field
from functools import lru_cache

from attribution.channel import (
    UNKNOWN_SOURCE,
    Signals,
    SourceFacts,
    channel_of,
    describe_source,
    is_paid_medium,
)
from attribution.click_id import Clicks, find_clicks
from attribution.policy import Policy
from attribution.referrer import Referrer, read_referrer
from attribution.url import MAX_LENGTH, Url, clean_text, decode_text, is_macro, split_url


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a visit came from. Texts are '' where nothing is known; `issues` are codes of what is wrong.

    `rule` says what decided: "direct", "internal" (from one's own site), "ignored_referrer", or
    "<channel rule>:<evidence>", the evidence being the parameter, click id or ad mark that named the source,
    or "referrer".
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
    issues: tuple[str, ...] = ()


def origin_of(url: str, referrer: str, policy: Policy) -> Origin:
    """The origin of a visit that landed on `url`, coming from `referrer`; any strings will do. Memoised."""
    # One character more than is read, so that the parser sees that there was more.
    if len(url) > MAX_LENGTH:
        url = url[: MAX_LENGTH + 1]
    if len(referrer) > MAX_LENGTH:
        referrer = referrer[: MAX_LENGTH + 1]
    return _origin(url, referrer, policy)


def is_direct(origin: Origin) -> bool:
    """Whether nothing names a source: such a visit takes nothing away from the one before it."""
    return origin.channel == "direct"


def same_source(one: Origin, other: Origin) -> bool:
    """Whether two visits came by the same way: the same source, medium, campaign, keyword and click."""
    return (
        one.source == other.source
        and one.medium == other.medium
        and one.campaign == other.campaign
        and one.keyword == other.keyword
        and one.click_ids == other.click_ids
    )


@dataclass(slots=True)
class _Reader:
    """Reads the parameters of one URL and notes what was wrong with them."""

    url: Url
    policy: Policy
    issues: list[str] = field(default_factory=list)

    def text(self, names: tuple[str, ...]) -> tuple[str, str]:
        """Value and name of the first of these parameters that says something."""
        parameters = self.url.parameters
        for name in names:
            if (raw := parameters.get(name)) and (value := self._value(name, raw)):
                return value, name
        return "", ""

    def value(self, names: tuple[str, ...]) -> str:
        return self.text(names)[0]

    def _value(self, name: str, raw: str) -> str:
        decoded = decode_text(raw)
        if decoded is None:
            return self._nothing("undecodable", name)
        value = clean_text(decoded)
        if is_macro(value):
            return self._nothing("unexpanded_macro", name)
        if name in self.url.repeated:
            self._nothing("repeated_parameter", name)
        limit = self.policy.bounds.value_length
        if len(value) > limit:
            self._nothing("too_long", name)
            value = value[:limit].rstrip()
        return "" if value.lower() in self.policy.parameters.empty_values else value

    def _nothing(self, issue: str, name: str) -> str:
        if (code := f"{issue}:{name}") not in self.issues:
            self.issues.append(code)
        return ""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The source, and what else follows from where it was named."""

    source: str
    named_by: str
    medium: str
    category: str
    platform: str
    paid: bool
    tagged: bool


@lru_cache(maxsize=8192)
def _origin(url: str, referrer: str, policy: Policy) -> Origin:
    page = split_url(url)
    came = read_referrer(referrer, page.host, policy)
    reader = _Reader(page, policy)
    if page.truncated:
        reader.issues.append("truncated_url")
    if not page.parameters:
        evidence, clicks = _from_referrer(came), Clicks()
    else:
        evidence, clicks = _evidence(reader, came)
    names = policy.parameters
    campaign = reader.value(names.campaign)
    ad = _ad_values(reader, evidence) if evidence.paid else {}
    campaign = ad.get("campaign") or campaign
    signals = Signals(
        evidence.source, evidence.medium, campaign, evidence.category, ad.get("ad_network", ""), evidence.paid
    )
    channel, rule = channel_of(signals, policy)
    if signals.direct:
        rule = {"internal": "internal", "ignored": "ignored_referrer"}.get(came.kind, rule)
    elif evidence.named_by or campaign:
        rule = f"{rule}:{evidence.named_by or 'campaign'}"
    keyword = ad.get("keyword", "")
    if not keyword and channel in names.term_is_keyword_in:
        keyword = reader.value(names.term)
    tagged = evidence.tagged or bool(campaign)
    return Origin(
        channel=channel,
        platform=evidence.platform,
        source=evidence.source,
        medium=evidence.medium,
        campaign=campaign,
        ad_group=ad.get("ad_group", ""),
        keyword=keyword,
        search_term=ad.get("search_term") or came.search_term,
        content=reader.value(names.content),
        keyword_id=ad.get("keyword_id", ""),
        campaign_id=ad.get("campaign_id", ""),
        ad_group_id=ad.get("ad_group_id", ""),
        creative_id=ad.get("creative_id", ""),
        match_type=ad.get("match_type", ""),
        author=reader.value(names.tagged.get("author", ())) if tagged else "",
        published=reader.value(names.tagged.get("published", ())) if tagged else "",
        click_ids=clicks.ids,
        click_network=clicks.chosen.network if clicks.chosen else "",
        paid=evidence.paid,
        rule=rule,
        issues=(*reader.issues, *clicks.issues, *came.issues),
    )


def _from_referrer(came: Referrer) -> _Evidence:
    named_by = "referrer" if came.source else ""
    return _Evidence(came.source, named_by, came.medium, came.category, came.platform, False, False)


def _evidence(reader: _Reader, came: Referrer) -> tuple[_Evidence, Clicks]:
    """The source by its tag, else by the click, else by the referrer, with what the three say together."""
    policy = reader.policy
    names = policy.parameters
    source, named_by = reader.text(names.source)
    source = source.lower()
    declared = describe_source(source, policy) if source else UNKNOWN_SOURCE
    if not source:
        source, named_by, declared = _hinted_source(reader)
    platforms = frozenset((declared.platform, came.platform))
    clicks = find_clicks(reader.url.parameters, platforms, policy)
    medium, medium_named_by = reader.text(names.medium)
    medium = medium.lower()
    paid = clicks.paid or is_paid_medium(medium, policy)
    chosen, mark = clicks.chosen, clicks.mark
    category, platform = declared.category, declared.platform
    click_category = (chosen.category if chosen else "") or (mark.category if mark else "")
    if not source:
        source, named_by, category = _undeclared_source(clicks, came)
    tagged = bool(source and named_by in (*names.source, *names.source_hints)) or bool(medium)
    if paid:
        category = category or click_category or came.category
    if not medium:
        medium = _implied_medium(clicks, came, named_by)
    platform = _platform(clicks, declared, came, paid or named_by == "referrer")
    evidence = _Evidence(source, named_by or medium_named_by, medium, category, platform, paid, tagged)
    return evidence, clicks


def _hinted_source(reader: _Reader) -> tuple[str, str, SourceFacts]:
    """A source in a parameter with a common name: it counts only if the policy knows it."""
    for name in reader.policy.parameters.source_hints:
        value, _ = reader.text((name,))
        facts = describe_source(value.lower(), reader.policy) if value else UNKNOWN_SOURCE
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


def _ad_values(reader: _Reader, evidence: _Evidence) -> dict[str, str]:
    """Campaign, ad group, keyword and their ids, from the parameters that only ads' URLs are read for."""
    policy = reader.policy
    values: dict[str, str] = {what: reader.value(names) for what, names in policy.parameters.ad.items()}
    for what in ("keyword_id", "campaign_id", "ad_group_id", "creative_id"):
        if (value := values.get(what, "")) and not value.isalnum():
            values[what] = _plain_id(value)
        elif value == "0":
            values[what] = ""
    types = policy.parameters.match_types
    match_type = values.get("match_type", "").lower()
    values["match_type"] = types.get(evidence.platform, {}).get(match_type) or types.get("*", {}).get(
        match_type, ""
    )
    network = values.get("ad_network", "").lower()
    values["ad_network"] = policy.channels.networks.get(evidence.platform, {}).get(network, "")
    return values


def _plain_id(value: str) -> str:
    """The keyword's own id in a target such as "kwd-123:aud-456"; other ids stay as they are."""
    for part in value.lower().split(":"):
        if part.startswith("kwd-"):
            return part.removeprefix("kwd-")
    return "" if value.lower().startswith(("aud-", "dat-", "pla-", "loc-")) else value
