"""The sections of the policy that say where a visit came from: channels, referrers, click ids, parameters."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from attribution.policy_section import Encoding, Name, Pattern, Section, Word, Words


class Condition(Section):
    """Everything named must hold: categories, patterns (searched, any case) and flags."""

    source_in: Words = frozenset()
    network_in: Words = frozenset()
    source: Pattern = ""
    medium: Pattern = ""
    campaign: Pattern = ""
    paid: bool | None = None
    direct: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a condition must name something to look at")
        return self


class ChannelRule(Section):
    """One row of the channel table; it matches if any of its conditions does."""

    id: Name
    channel: Name
    any_of: Annotated[tuple[Condition, ...], Field(min_length=1)]


class SourceAlias(Section):
    """Spellings of a source that are too many to list, as a pattern over the whole source."""

    pattern: Pattern
    platform: str = ""
    category: str = ""


class StandIn(Section):
    """Hosts whose pages stand for others: a page of another site, or the site `owner`, given by its address.

    What site a page shows is named in a parameter, in the path, or in the host itself. `path` is how the
    paths of such pages begin, where the host has others, too.
    """

    hosts: Annotated[Words, Field(min_length=1)]
    path: Annotated[str, Field(pattern="^(/.*)?$")] = ""
    parameters: tuple[Word, ...] = ()
    owner: str = ""


class Channels(Section):
    """How a source, medium, campaign and click id become a channel."""

    paid_medium: Pattern
    rules: Annotated[tuple[ChannelRule, ...], Field(min_length=1)]
    sources: dict[Name, Words]
    platforms: dict[str, Words]
    aliases: tuple[SourceAlias, ...] = ()
    networks: dict[str, dict[Word, Name]] = Field({})
    own_sites: Words = frozenset()
    ignored_referrers: Words = frozenset()
    ignored_labels: Pattern = "(?!)"
    stand_ins: tuple[StandIn, ...] = ()

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        for table, what in ((self.sources, "category"), (self.platforms, "platform")):
            seen: dict[str, str] = {}
            for name, words in table.items():
                for word in words:
                    if other := seen.get(word):
                        raise ValueError(f"{word!r} stands in {what} {other!r} and in {name!r}")
                    seen[word] = name
        ids = [rule.id for rule in self.rules]
        if twice := next((name for name in ids if ids.count(name) > 1), ""):
            raise ValueError(f"the rule id {twice!r} is used twice")
        return self


class Advanced(Section):
    """The parameters of a form for searches: all of these words, this phrase, any of these, none of these."""

    words: Word
    phrase: Word
    any_of: Word
    none_of: Word


class Engine(Section):
    """A known referrer: its hosts ("baidu.com" and those below it, "google.*" for any ending), and its apps.

    Hosts below a listed one that `subdomains` doesn't match are its other services; "" is for any.
    An app's id stands for all ids that begin with its words: "com.linkedin" for "com.linkedin.android".
    """

    name: str
    category: Name
    hosts: Words = frozenset()
    subdomains: Pattern = ""
    apps: Words = frozenset()
    platform: str = ""
    queries: tuple[Word, ...] = ()
    nested_in: tuple[Word, ...] = ()
    advanced: Advanced | None = None
    encoding_hints: tuple[Word, ...] = ()
    encodings: tuple[Encoding, ...] = ("utf-8", "gb18030")


class FurtherEngines(Section):
    """The tail of known referrers, from public lists; the policy's own win over it.

    `hosts` are by category, each a source of its own; `words` are names of sources by category; `subdomains`
    are those that belong to a search of the tail.
    """

    origin: tuple[str, ...] = ()
    subdomains: Pattern = ""
    known: tuple[Engine, ...] = ()
    hosts: dict[Name, Words] = Field({})
    words: dict[Name, Words] = Field({})

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        _refuse_doubles(self.known)
        return self


class Engines(Section):
    """The known referrers, and the medium that a visit from each category of them has.

    `webmail` matches names of hosts below any domain at which people read their mail.
    """

    mediums: dict[Name, str]
    known: tuple[Engine, ...]
    webmail: Pattern = ""
    further: FurtherEngines = Field(default_factory=FurtherEngines)

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        _refuse_doubles(self.known)
        return self


def _refuse_doubles(engines: tuple[Engine, ...]) -> None:
    seen: dict[str, str] = {}
    for engine in engines:
        for what, names in (("host", engine.hosts), ("app", engine.apps)):
            for name in names:
                if other := seen.get(name):
                    raise ValueError(f"the {what} {name!r} stands in {other!r} and in {engine.name!r}")
                seen[name] = engine.name


class ClickId(Section):
    """What a click id in a landing URL says; a generic parameter name needs something to confirm it."""

    network: str
    platform: str
    paid: Literal["yes", "no", "ambiguous"]
    priority: int
    source: Word
    medium: str
    category: Name
    confirmed_by: Words = frozenset()
    confirmed_by_source: bool = False
    yields_to_referrer: bool = False


class AdMark(Section):
    """Parameters that only an ad's landing URL carries, all of them together, without being a click id.

    With `value` they are one if that pattern is found in each of them.
    """

    id: Name
    parameters: Annotated[Words, Field(min_length=1)]
    value: Pattern = ""
    platform: str = ""
    source: str = ""
    medium: str = "cpc"
    category: str = ""


class Parameters(Section):
    """Which query parameters hold what. The first name that is present wins; `a&b` is `a` where `b` is, too.

    `ad` is read first, and only on paid visits: its names (plan, unit, creative…) are too common elsewhere.
    `no_override` with a true value says that whatever led to the page is no source.
    `tagged` is read only where the URL names its source, medium or campaign.
    """

    source: tuple[Word, ...]
    source_hints: tuple[Word, ...]
    medium: tuple[Word, ...]
    campaign: tuple[Word, ...]
    term: tuple[Word, ...]
    content: tuple[Word, ...]
    term_is_keyword_in: Words
    empty_values: Words
    no_override: tuple[Word, ...] = ()
    ad: dict[
        Literal[
            "campaign", "ad_group", "keyword", "search_term", "keyword_id", "campaign_id", "ad_group_id",
            "creative_id", "match_type", "ad_network",
        ],
        tuple[Word, ...],
    ]  # fmt: skip
    tagged: dict[Literal["author", "published", "campaign_id"], tuple[Word, ...]]
    match_types: dict[str, dict[Word, Name]]
