"""The versioned rules by which facts become journeys: one frozen value, read from TOML text."""

import json
import re
import tomllib
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Annotated, Final

from pydantic import Field, StringConstraints, ValidationError

from attribution.facts import Room
from attribution.policy_crm import Feedback, Stages
from attribution.policy_reports import DEFAULT, Reports
from attribution.policy_section import Count, Name, Pattern, Section, Texts, Word, Words
from attribution.policy_sources import AdMark, Channels, ClickId, Engines, Parameters


class PolicyError(ValueError):
    """The policy's text can't be used; the message is a sentence that names the key."""


class Sessions(Section):
    """When a website session ends and the next one starts."""

    timeout_minutes: Count
    new_session_on_new_source: bool


Domain = Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]


class Mailboxes(Section):
    """Mail providers that read several spellings of an address as one mailbox.

    `one_domain`: what stands before the sign is one mailbox at any of the domains, and counts at the first.
    `ignores_dots`, `ignores_tags`: dots in it mean nothing, and neither does what follows a plus.
    """

    domains: Annotated[tuple[Domain, ...], Field(min_length=1)]
    one_domain: bool = False
    ignores_dots: bool = False
    ignores_tags: bool = False


class Identity(Section):
    """Which identifiers never join people, how many others one may join, and how many make a person."""

    blocked_values: tuple[Pattern, ...]
    blocked_emails: tuple[Pattern, ...]
    blocked_phones: tuple[Pattern, ...]
    degree_caps: Annotated[dict[Name, Count], Field(min_length=1)]
    largest_person: Count
    mailboxes: tuple[Mailboxes, ...] = ()

    def mailbox(self, address: str) -> str:
        """The address of the mailbox that a normalised address reaches."""
        local, _, domain = address.rpartition("@")
        provider = self._providers.get(domain)
        if provider is None:
            return address
        kept = local.partition("+")[0] if provider.ignores_tags else local
        kept = kept.replace(".", "") if provider.ignores_dots else kept
        return f"{kept or local}@{provider.domains[0] if provider.one_domain else domain}"

    @cached_property
    def _providers(self) -> dict[str, Mailboxes]:
        return {domain: provider for provider in self.mailboxes for domain in provider.domains}

    @cached_property
    def lowest_cap(self) -> int:
        """No identifier with so few links exceeds any cap."""
        return min(self.degree_caps.values())

    def blocks(self, kind: str, value: str) -> bool:
        """Whether this value names nobody in particular, as an identifier of any kind ("anon", "crm", …).

        Patterns of e-mail addresses need the clear address, those of phones the national number's digits.
        """
        text = value.strip()
        more = {"email": self.blocked_emails, "phone": self.blocked_phones}.get(kind, ())
        return not text or _matches(self.blocked_values, text) or _matches(more, text)


class Internal(Section):
    """Who is one's own people, and no visitor: by mail domain, by host visited, by identifier."""

    email_domains: Words = frozenset()
    hosts: Words = frozenset()
    identifiers: Texts = frozenset()


class Bots(Section):
    """When a visit is taken for a machine's: by its pace, and by its user agent.

    `agents` are searched for beside the list of a library, in any case; what `people` match is not looked at.
    """

    pages_per_minute: Count
    agents: tuple[Pattern, ...] = ()
    people: tuple[Pattern, ...] = ()


class Bounds(Section):
    """What one journey may hold: the first and the last so many, by time; bytes are of facts as JSON."""

    first_facts: Count
    last_facts: Count
    first_bytes: Count
    last_bytes: Count
    full_members: Count
    pages_per_visit: Count
    touchpoints_first: Count
    touchpoints_last: Count
    value_length: Count

    @property
    def touchpoints(self) -> int:
        """So many touchpoints a journey may have."""
        return self.touchpoints_first + self.touchpoints_last

    @cached_property
    def room(self) -> Room:
        """What an identifier may keep of each type of fact."""
        return Room(self.first_facts, self.last_facts, self.first_bytes, self.last_bytes)


class Retention(Section):
    """How long what is kept, in days; 0: for ever.

    `anonymous_days`: of silence, until a visitor is forgotten who never said who it is. `all_versions_days`:
    how long every version of a journey is kept; of each day before, the last one stays.
    """

    anonymous_days: Annotated[int, Field(ge=0, le=36_500)]
    all_versions_days: Annotated[int, Field(ge=0, le=36_500)] = 7


class Accounts(Section):
    """Domains that name no company: mail providers, and sites where companies only have a page."""

    public_mail: Words
    public_sites: Words


# How long ClickHouse keeps what was derived, and how it is counted, changes nothing that is derived.
_NO_RULE: Final[dict[str, set[str] | bool]] = {"retention": {"all_versions_days"}, "reports": True}


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
    feedback: Feedback
    internal: Internal
    bots: Bots
    bounds: Bounds
    retention: Retention
    accounts: Accounts
    reports: Reports = DEFAULT

    @cached_property
    def version(self) -> str:
        """16 hexadecimal digits over all by which journeys are derived, whatever the order in the file."""
        rules = self.model_dump(mode="json", exclude=_NO_RULE)
        content = json.dumps(rules, sort_keys=True, separators=(",", ":"))
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
