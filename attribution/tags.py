"""The parameters of one landing URL, read by the names that the policy gives them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from attribution.escapes import clean_text, decode_text, repaired
from attribution.placeholders import is_macro
from attribution.policy import Policy
from attribution.url import Url

Found = list[tuple[int, str]]
"""Of one thing that parameters may say: the parameters that may, by rank."""


KEYWORD = "ad.keyword"


@dataclass(slots=True)
class Tags:
    """Reads the parameters of one URL and notes what was wrong with them."""

    url: Url
    policy: Policy
    issues: list[str] = field(default_factory=list)
    _found: dict[str, Found] = field(init=False, default_factory=dict)
    _begin_empty: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        """Look at each parameter once, not at each of the many names that a parameter may have."""
        parameters = self.url.parameters
        if not parameters:
            return
        names = _names(self.policy)
        self._begin_empty = names.begin_empty
        meanings, found = names.meanings, self._found
        for name in parameters:
            for what, rank, companion in meanings.get(name, ()):
                if companion and not parameters.get(companion):
                    continue
                if what in found:
                    found[what].append((rank, name))
                    found[what].sort()
                else:
                    found[what] = [(rank, name)]

    def text(self, what: str) -> tuple[str, str]:
        """Value and parameter of the first that says something of `what`: "source", "ad.campaign"…"""
        for _, name in self._found.get(what, ()):
            if value := self._value(name):
                return value, name
        return "", ""

    def value(self, what: str) -> str:
        """The first value that says something of `what`, or ''."""
        for _, name in self._found.get(what, ()):
            if value := self._value(name):
                return value
        return ""

    def values(self, section: tuple[tuple[str, str], ...]) -> dict[str, str]:
        """What the parameters say of each thing of a section, by its name within the section."""
        found = self._found
        return {name: value for what, name in section if what in found and (value := self.value(what))}

    def texts(self, what: str) -> Iterator[tuple[str, str]]:
        """All values that say something of `what`, with their parameters, in the order of the policy."""
        for _, name in self._found.get(what, ()):
            if value := self._value(name):
                yield value, name

    def _value(self, name: str) -> str:
        raw = self.url.parameters[name]
        if not raw:
            return ""
        value, issue = _read_short(raw) if len(raw) <= 256 else _read(raw)
        if issue:
            self.note(issue, name)
        if not value:
            return ""
        if name in self.url.repeated:
            self.note("repeated_parameter", name)
        limit = self.policy.bounds.value_length
        if len(value) > limit:
            self.note("too_long", name)
            value = value[:limit].rstrip()
        return "" if value[0] in self._begin_empty and is_empty(value, self.policy) else value

    def note(self, issue: str, name: str) -> None:
        if (code := f"{issue}:{name}") not in self.issues:
            self.issues.append(code)


def is_empty(value: str, policy: Policy) -> bool:
    """Whether a value is a word for nothing ("null", "(not set)"), or several of them."""
    empty = policy.parameters.empty_values
    word = value.lower()
    if word in empty:
        return True
    # Only what begins like "null", "undefined", "none", "(not set)" can be a list of such words.
    return word[:1] in "nu(-" and all(part in empty for part in _PARTS.split(word))


_PARTS = re.compile(r"[\s,;/|]+")


def _read(raw: str) -> tuple[str, str]:
    """What an escaped value says, and what is wrong with it; one that no encoding reads stays escaped."""
    if "%" in raw and is_macro(raw):
        return "", "unexpanded_macro"
    decoded = decode_text(raw)
    if decoded is None:
        return clean_text(raw), "undecodable"
    value = clean_text(repaired(decoded))
    return ("", "unexpanded_macro") if is_macro(value) else (value, "")


# Click ids make nearly every ad's URL a new one, but its campaigns and keywords are the same few thousand.
_read_short = lru_cache(maxsize=16384)(_read)


@dataclass(frozen=True, slots=True)
class _Names:
    """A policy's names of parameters the other way round, and what else is looked up for each value.

    Of each parameter: what it may say, its rank among those that say the same, and its companion. `ad` and
    `tagged` are the things of these sections, with their names in it; `begin_empty` how empty values begin.
    """

    meanings: dict[str, tuple[tuple[str, int, str], ...]]
    ad: tuple[tuple[str, str], ...]
    tagged: tuple[tuple[str, str], ...]
    begin_empty: frozenset[str]


@lru_cache(maxsize=8)
def _names(policy: Policy) -> _Names:
    names = policy.parameters
    lists: dict[str, tuple[str, ...]] = {
        "source": names.source,
        "source_hint": names.source_hints,
        "medium": names.medium,
        "campaign": names.campaign,
        "content": names.content,
        "no_override": names.no_override,
        **{f"ad.{what}": listed for what, listed in names.ad.items()},
        **{f"tagged.{what}": listed for what, listed in names.tagged.items()},
    }
    meanings: dict[str, tuple[tuple[str, int, str], ...]] = {}
    for what, listed in lists.items():
        for rank, written in enumerate(listed):
            name, _, companion = written.partition("&")
            meanings[name] = (*meanings.get(name, ()), (what, rank, companion))
    first = {word[0] for word in names.empty_values}
    return _Names(
        meanings,
        tuple((f"ad.{what}", what) for what in names.ad if what != "keyword"),
        tuple((f"tagged.{what}", what) for what in names.tagged),
        frozenset(first | {letter.upper() for letter in first}),
    )


def ad_values(tags: Tags, platform: str) -> dict[str, str]:
    """Campaign, ad group and the ids of an ad, as far as the parameters say that only ads' URLs are read for.

    Match type and ad network are in the policy's words, by the platform's own codes.
    """
    policy = tags.policy
    values = tags.values(_names(policy).ad)
    for what in _IDS & values.keys():
        if not (value := values[what]).isalnum():
            values[what] = _plain_id(value)
        elif value == "0":
            values[what] = ""
    if match_type := values.get("match_type", "").lower():
        types = policy.parameters.match_types
        values["match_type"] = types.get(platform, {}).get(match_type) or types.get("*", {}).get(
            match_type, ""
        )
    if network := values.get("ad_network", "").lower():
        values["ad_network"] = policy.channels.networks.get(platform, {}).get(network, "")
    return values


_IDS = frozenset({"keyword_id", "campaign_id", "ad_group_id", "creative_id"})


def tagged_values(tags: Tags) -> dict[str, str]:
    """What tags say of articles and campaigns, where the URL is tagged."""
    return tags.values(_names(tags.policy).tagged)


def bid_keyword(tags: Tags, channel: str) -> tuple[str, str]:
    """The keyword that was bid on, and its id where a parameter for keywords holds one.

    A keyword of digits alone is an id. A term counts only in the policy's channels.
    """
    names = tags.policy.parameters
    are_keywords = channel in names.term_is_keyword_in
    keyword_id = ""
    for value, name in tags.texts(KEYWORD):
        if name in names.term and not are_keywords:
            continue
        if not _ID.fullmatch(value):
            return value, keyword_id
        keyword_id = keyword_id or _plain_id(value)
    return "", keyword_id


_ID = re.compile(r"-?[0-9]+|(?:(?:kwd|aud|dat|pla|loc|dsa)-[0-9]+:?)+", re.IGNORECASE)


def _plain_id(value: str) -> str:
    """The keyword's own id in a target such as "kwd-123:aud-456"; other ids stay as they are."""
    for part in value.lower().split(":"):
        if part.startswith("kwd-"):
            return part.removeprefix("kwd-")
    return "" if value.lower().startswith(("aud-", "dat-", "pla-", "loc-", "dsa-")) else value
