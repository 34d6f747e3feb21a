"""The versioned rules by which facts become journeys: one frozen value, read from TOML text."""

import codecs
import json
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    model_validator,
)


class PolicyError(ValueError):
    """The policy's text can't be used; the message is a sentence that names the key."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError(f"{name!r} is not a text encoding") from error
    return name


Name = Annotated[str, StringConstraints(min_length=1, pattern=r"^[a-z0-9_]+$")]
Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]
Words = Annotated[frozenset[Word], PlainSerializer(sorted, return_type=list[str])]
Pattern = Annotated[str, AfterValidator(_pattern)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A part of the policy: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 - pydantic's signature
        """A changed copy, validated; it inherits nothing that was computed from the one it was made from."""
        return type(self).model_validate(
            {**{key: getattr(self, key) for key in type(self).model_fields}, **(update or {})}
        )


class Sessions(Section):
    """When a website session ends and the next one starts."""

    timeout_minutes: Count
    new_session_on_new_source: bool


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


class Channels(Section):
    """How a source, medium, campaign and click id become a channel."""

    paid_medium: Pattern
    rules: Annotated[tuple[ChannelRule, ...], Field(min_length=1)]
    sources: dict[Name, Words]
    platforms: dict[str, Words]
    aliases: tuple[SourceAlias, ...] = ()
    networks: dict[str, dict[Word, Name]] = {}
    own_sites: Words = frozenset()
    ignored_referrers: Words = frozenset()

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


class Engine(Section):
    """A known referrer: its hosts ("baidu.com" and all below it, "google.*" for any ending)."""

    name: str
    category: Name
    hosts: Annotated[Words, Field(min_length=1)]
    platform: str = ""
    queries: tuple[Word, ...] = ()
    encoding_hints: tuple[Word, ...] = ()
    encodings: tuple[Encoding, ...] = ("utf-8", "gb18030")


class Engines(Section):
    """The known referrers, and the medium that a visit from each category of them has."""

    mediums: dict[Name, str]
    known: tuple[Engine, ...]

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        seen: dict[str, str] = {}
        for engine in self.known:
            for host in engine.hosts:
                if other := seen.get(host):
                    raise ValueError(f"the host {host!r} stands in {other!r} and in {engine.name!r}")
                seen[host] = engine.name
        return self


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
    """Parameters that only an ad's landing URL carries, all of them together, without being a click id."""

    id: Name
    parameters: Annotated[Words, Field(min_length=1)]
    platform: str = ""
    source: str = ""
    medium: str = "cpc"
    category: str = ""


class Parameters(Section):
    """Which query parameters hold what. The first name that is present wins.

    `ad` is read first, and only on paid visits: its names (plan, unit, creative…) are too common elsewhere.
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
    ad: dict[
        Literal[
            "campaign", "ad_group", "keyword", "search_term", "keyword_id", "campaign_id", "ad_group_id",
            "creative_id", "match_type", "ad_network",
        ],
        tuple[Word, ...],
    ]  # fmt: skip
    tagged: dict[Literal["author", "published"], tuple[Word, ...]]
    match_types: dict[str, dict[Word, Name]]


class Identity(Section):
    """Which identifiers never join people, how many others one may join, and how many make a person."""

    blocked_values: tuple[Pattern, ...]
    blocked_emails: tuple[Pattern, ...]
    degree_caps: Annotated[dict[Name, Count], Field(min_length=1)]
    largest_person: Count

    @cached_property
    def lowest_cap(self) -> int:
        """No identifier with so few links exceeds any cap."""
        return min(self.degree_caps.values())

    def blocks(self, kind: str, value: str) -> bool:
        """Whether this value names nobody in particular; e-mail patterns need the clear address."""
        text = value.strip()
        return (
            not text
            or _matches(self.blocked_values, text)
            or (kind == "email" and _matches(self.blocked_emails, text))
        )


class Stages(Section):
    """The funnel's order, and the CRM systems' own wordings of it (under "*": any system's)."""

    order: Annotated[tuple[Name, ...], Field(min_length=1)]
    terminal: tuple[Name, ...]
    mapping: dict[Word, dict[Name, Words]]

    @model_validator(mode="after")
    def _maps_to_known_stages(self) -> Self:
        known = {*self.order, *self.terminal}
        for system, wordings in self.mapping.items():
            if unknown := sorted(set(wordings) - known):
                raise ValueError(f"mapping.{system} names the unknown stage {unknown[0]!r}")
            texts = sorted(text for words in wordings.values() for text in words)
            if twice := next((a for a, b in pairwise(texts) if a == b), ""):
                raise ValueError(f"mapping.{system} gives {twice!r} two stages")
        return self

    @cached_property
    def _by_wording(self) -> dict[str, dict[str, str]]:
        return {
            system: {text: stage for stage, words in wordings.items() for text in words}
            for system, wordings in self.mapping.items()
        }

    def stage_of(self, system: str, raw: str) -> str:
        """The canonical stage of a CRM system's own wording, or '' if the policy doesn't know it."""
        text = " ".join(raw.lower().split())
        own = self._by_wording.get(system.strip().lower(), {})
        return own.get(text) or self._by_wording.get("*", {}).get(text, "")


class Internal(Section):
    """Who is one's own people, and no visitor: by mail domain, by host visited, by identifier."""

    email_domains: Words = frozenset()
    hosts: Words = frozenset()
    identifiers: frozenset[str] = frozenset()


class Bots(Section):
    """When a visit is taken for a machine's, beside what its user agent says."""

    pages_per_minute: Count


class Bounds(Section):
    """What one journey may hold: the first and the last so many, by time."""

    first_facts: Count
    last_facts: Count
    full_members: Count
    pages_per_visit: Count
    touchpoints_first: Count
    touchpoints_last: Count
    value_length: Count


class Retention(Section):
    """How many days of silence make a visitor forgotten who never said who it is; 0: never."""

    anonymous_days: Annotated[int, Field(ge=0, le=36_500)]


class Accounts(Section):
    """Domains that name no company: mail providers, and sites where companies only have a page."""

    public_mail: Words
    public_sites: Words


class Policy(Section):
    """All rules of derivation; equal if their content is.

    `epoch` is raised by hand when derivation changes: it is the high bits of every snapshot's version.
    """

    name: Annotated[str, StringConstraints(min_length=1)]
    epoch: Annotated[int, Field(ge=0, le=4095)]
    sessions: Sessions
    channels: Channels
    engines: Engines
    click_ids: dict[Word, ClickId]
    ad_marks: tuple[AdMark, ...]
    parameters: Parameters
    identity: Identity
    stages: Stages
    internal: Internal
    bots: Bots
    bounds: Bounds
    retention: Retention
    accounts: Accounts

    @cached_property
    def version(self) -> str:
        """16 hexadecimal digits over the content, whatever the order of keys in the file."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return blake2b(content.encode(), digest_size=8).hexdigest()

    def __repr__(self) -> str:
        return f"Policy({self.name}, {self.version})"

    def __hash__(self) -> int:
        return hash(self.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self.version == other.version


def parse_policy(text: str) -> Policy:
    """The policy that this TOML text holds. Raises PolicyError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"The policy is not valid TOML: {error}.") from error
    try:
        # By way of JSON, since only there strictness still takes arrays for tuples and sets.
        return Policy.model_validate_json(json.dumps(content, default=str), strict=True)
    except ValidationError as error:
        raise PolicyError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False)
    said = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'policy'}: {fault['msg']}" for fault in faults[:3]
    ]
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return f"The policy can't be used: {'; '.join(said)}{more}."


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def _matches(patterns: tuple[str, ...], text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in _compiled(patterns))
