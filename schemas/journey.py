"""What the streams derive and ClickHouse stores: the snapshot of a journey, and that of a deal.

They are plain frozen dataclasses, since the core makes one for every journey that it touches. Text that is
not known is "", a time that is not known is None.
"""

from dataclasses import dataclass, field

from schemas.terms import Stage, TouchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Touchpoint:
    """One contact that can earn credit; `id` is the event id of the fact that began it."""

    id: str
    kind: TouchKind
    at: int
    ended_at: int
    identifier: str
    channel: str
    rule: str = ""
    platform: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    campaign_id: str = ""
    ad_group: str = ""
    ad_group_id: str = ""
    keyword: str = ""
    keyword_id: str = ""
    search_term: str = ""
    content: str = ""
    author: str = ""
    published: str = ""
    landing_url: str = ""
    referrer: str = ""
    click_network: str = ""
    click_ids: tuple[str, ...] = ()
    resolved_by: str = ""
    pages: int = 0
    dwell_ms: int = 0
    forms: int = 0
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTouchpoint:
    """A touchpoint in a record of its own, which the snapshots of its person name by `ref`.

    `ref` follows from what it says (`schemas/closed_touchpoints.py`), so it never says anything else.
    """

    person: str
    ref: str
    touchpoint: Touchpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class PageVisit:
    """One page that was read; `touchpoint` is the id of the visit it belongs to.

    No snapshot carries pages: who asks for them has them made again from the facts (`attribution/pages.py`).
    """

    touchpoint: str
    at: int
    url: str
    title: str
    dwell_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
    """One entry into a stage: the `occurrence`-th of it, said by fact `id` in the words `raw`."""

    stage: Stage
    at: int
    occurrence: int
    id: str
    system: str = ""
    raw: str = ""
    reason: str = ""
    deal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One contact by sales, or their verdict, in the CRM's words and in those of the policy ("" if unknown).

    `is_answer` says whether it answers a lead, by the policy.
    """

    id: str
    at: int
    category: str
    grade: str
    tags: tuple[str, ...]
    owner: str
    canonical_category: str = ""
    canonical_grade: str = ""
    canonical_tags: tuple[str, ...] = ()
    is_answer: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DealOnJourney:
    """A deal that the person is on, as it stands."""

    deal: str
    name: str
    stage: str
    opened_at: int
    closed_at: int | None
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Everything about one person, as known from the facts behind `version`.

    Touchpoints and stages stand in the order of (time, id). `known_at` is when the newest of the facts
    was received. A person whose identifiers all went elsewhere is a tombstone: `is_deleted`. Who is no lead,
    and all of whose visits look like a machine's, `is_bot`; one's own people are `is_internal`. A journey
    without facts stands for an identifier that a guard holds back, and tells which in `issues`.

    `account` is what the CRM names, account:<system>:<id>, else `domain`: the registrable domain of the
    company, by e-mail address, else by website; "" if there is none, or only that of a public mail service.
    Colleagues may have different ones; which of them are one account is said by the views.

    `attributes` are what the CRM's records say beyond that, in its words: of each name the newest value.

    `grade` is the newest that sales gave, at `graded_at`; `canonical_grade` is what it means, "" if the
    policy doesn't know it.

    On its way through Kafka, touchpoints that nothing new changes stand in records of their own; `closed`
    names them, one reference after the other, and `touchpoints` are then only the others.
    """

    person: str
    version: int
    policy_version: str
    known_at: int
    is_deleted: bool = False
    is_lead: bool = False
    is_bot: bool = False
    is_internal: bool = False
    truncated: bool = False
    facts: int = 0
    first_at: int = 0
    last_at: int = 0
    identifiers: tuple[str, ...] = ()
    account: str = ""
    domain: str = ""
    company: str = ""
    owner: str = ""
    lead_source: str = ""
    attributes: dict[str, str] = field(default_factory=dict, hash=False)
    grade: str = ""
    tags: tuple[str, ...] = ()
    canonical_grade: str = ""
    graded_at: int | None = None
    canonical_tags: tuple[str, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = ()
    stages: tuple[StageEntry, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    deals: tuple[DealOnJourney, ...] = ()
    issues: tuple[str, ...] = ()
    closed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """One deal, as known from the facts behind `version`: revenue is counted here, and only here.

    `account` is what the CRM names, account:<system>:<id>; "" if it names none. `attributes` are what its
    records say beyond that, in the CRM's words: of each name the newest value.
    """

    deal: str
    version: int
    policy_version: str
    known_at: int
    is_deleted: bool = False
    name: str = ""
    account: str = ""
    owner: str = ""
    people: tuple[str, ...] = ()
    stage: str = ""
    amount_minor: int = 0
    currency: str = ""
    opened_at: int = 0
    closed_at: int | None = None
    reason: str = ""
    poc_started_at: int | None = None
    poc_ended_at: int | None = None
    poc_result: str = ""
    poc_reason: str = ""
    attributes: dict[str, str] = field(default_factory=dict, hash=False)
    stages: tuple[StageEntry, ...] = ()
    issues: tuple[str, ...] = ()
