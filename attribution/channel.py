"""The channel of a visit: the policy's ordered rule table over source, medium, campaign and ad evidence."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, reduce

from attribution.engines import engine_of
from attribution.policy import Policy
from attribution.policy_sources import Condition

UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class Signals:
    """All that a rule may look at. `category` is the source's (search, social…), `network` the ad's place."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    category: str = ""
    network: str = ""
    paid: bool = False

    @property
    def direct(self) -> bool:
        """Whether nothing at all names a source."""
        return not (self.source or self.medium or self.campaign)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the policy knows of a source's name; both are '' for an unknown one."""

    category: str = ""
    platform: str = ""


UNKNOWN_SOURCE = SourceFacts()


def channel_of(signals: Signals, policy: Policy) -> tuple[str, str]:
    """Channel and the id of the rule that chose it; both "unassigned" if none did."""
    for channel, rule, conditions in _rules(policy):
        for holds in conditions:
            if holds(signals):
                return channel, rule
    return UNASSIGNED, UNASSIGNED


def platforms_of(policy: Policy) -> frozenset[str]:
    """Return the platforms that a touch may have."""
    return frozenset(
        (
            *policy.channels.platforms,
            *(alias.platform for alias in policy.channels.aliases if alias.platform),
            *(engine.platform for engine in policy.engines.known if engine.platform),
            *(rule.platform for rule in policy.click_ids.values()),
            *(mark.platform for mark in policy.ad_marks if mark.platform),
        )
    )


@lru_cache(maxsize=4096)
def describe_source(source: str, policy: Policy) -> SourceFacts:
    """Category and platform of a lower-case source: by its listed names, its host, else the patterns."""
    categories, platforms = _names(policy)
    category, platform = categories.get(source, ""), platforms.get(source, "")
    if category or platform:
        return SourceFacts(category, platform)
    if "." in source and (engine := engine_of(source, policy)):
        return SourceFacts(engine.category, engine.platform)
    for pattern, facts in _aliases(policy):
        if pattern.fullmatch(source):
            return facts
    return UNKNOWN_SOURCE


@lru_cache(maxsize=4096)
def describe_declared(source: str, policy: Policy) -> SourceFacts:
    """The same of a source that a tag declares: there the names of public lists count, too."""
    own = describe_source(source, policy)
    return own if own is not UNKNOWN_SOURCE else _further_names(policy).get(source, UNKNOWN_SOURCE)


def is_paid_medium(medium: str, policy: Policy) -> bool:
    """Whether the medium alone says that the visit was paid for."""
    return bool(medium) and _search(policy.channels.paid_medium)(medium) is not None


@lru_cache(maxsize=8)
def _names(policy: Policy) -> tuple[dict[str, str], dict[str, str]]:
    known = policy.engines.known
    categories = {engine.name: engine.category for engine in known}
    platforms = {engine.name: engine.platform for engine in known}
    categories |= {word: category for category, words in policy.channels.sources.items() for word in words}
    platforms |= {word: platform for platform, words in policy.channels.platforms.items() for word in words}
    for rule in policy.click_ids.values():
        platforms.setdefault(rule.source, rule.platform)
        categories.setdefault(rule.source, rule.category)
    return categories, platforms


@lru_cache(maxsize=8)
def _further_names(policy: Policy) -> dict[str, SourceFacts]:
    words = policy.engines.further.words
    return {word: SourceFacts(category) for category, listed in words.items() for word in listed}


@lru_cache(maxsize=8)
def _aliases(policy: Policy) -> tuple[tuple[re.Pattern[str], SourceFacts], ...]:
    return tuple(
        (re.compile(alias.pattern, re.IGNORECASE), SourceFacts(alias.category, alias.platform))
        for alias in policy.channels.aliases
    )


Holds = Callable[[Signals], bool]


@lru_cache(maxsize=8)
def _rules(policy: Policy) -> tuple[tuple[str, str, tuple[Holds, ...]], ...]:
    return tuple(
        (rule.channel, rule.id, tuple(_compile(condition) for condition in rule.any_of))
        for rule in policy.channels.rules
    )


def _compile(condition: Condition) -> Holds:
    """One function per condition, made of the tests that it names, the cheap ones first."""
    tests: list[Holds] = []
    if (paid := condition.paid) is not None:
        tests.append(lambda signals: signals.paid is paid)
    if (direct := condition.direct) is not None:
        tests.append(lambda signals: signals.direct is direct)
    if categories := condition.source_in:
        tests.append(lambda signals: signals.category in categories)
    if networks := condition.network_in:
        tests.append(lambda signals: signals.network in networks)
    if condition.source:
        source = _search(condition.source)
        tests.append(lambda signals: source(signals.source) is not None)
    if condition.medium:
        medium = _search(condition.medium)
        tests.append(lambda signals: medium(signals.medium) is not None)
    if condition.campaign:
        campaign = _search(condition.campaign)
        tests.append(lambda signals: campaign(signals.campaign) is not None)
    return reduce(_both, tests)


def _both(first: Holds, second: Holds) -> Holds:
    return lambda signals: first(signals) and second(signals)


@lru_cache(maxsize=256)
def _search(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(pattern, re.IGNORECASE).search
