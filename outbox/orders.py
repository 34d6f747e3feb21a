"""An order: what one account of one destination is to be told about a lead or a deal, once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

# What gave rise to an order: a stage was entered; what is known of a lead changed; sales found a lead
# invalid.
Occasion = Literal["stage", "lead", "invalid"]

# The stages that may be told, in the funnel's order; the policy of journeys says what brings somebody there.
STAGES: Final = (
    "lead",
    "marketing_qualified",
    "sales_qualified",
    "opportunity",
    "poc",
    "won",
    "lost",
    "recycled",
    "disqualified",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One contact that counts; text that nobody knows is "", times are milliseconds UTC since 1970.

    `landing_url` is the whole address of the first page as it was stored: with its click ids, without
    personal data. `click_network` says whose the `click_ids` are, in the words of `attribution.click_id`.
    """

    at: int
    kind: str = ""
    channel: str = ""
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
    landing_url: str = ""
    click_network: str = ""
    click_ids: tuple[str, ...] = ()
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in hundredths of the currency's unit, and the ISO 4217 code of that currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the person said about the use of its data for ads; None: nobody knows."""

    ad_user_data: bool | None = None
    ad_personalization: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be told, frozen when it was planned: a repeat tells exactly the same.

    `key` is 32 hex digits, made once of account, lead, occasion, stage and occurrence (for a changed lead: of
    what is told): the id by which receivers know a repeat. `lead` is 32 hex digits that stand for the lead or
    deal at this account for ever, also when the person's own id changes by a merge: the id for upserts.
    `person` is the person at the time of planning, `deal` the deal that entered the stage, "" for stages of
    people.

    `happened_at` is when the stage was entered (a lead: when it became one); `planned_at` when the order was
    made: whatever else must be the same in each repeat is to be made of it. `value` is the deal's amount, or
    what the policy file says that the stage is worth; None: nothing is known.

    `touches` are those before `happened_at`, oldest first, of all people on the deal, machines left out;
    those that `counts` by the policy of attribution say the sources of the lead, the others only their
    clicks. `crm_ids` and `identifiers` are `crm:<system>:<id>` and tokens (`email:…`, `phone:…` are HMACs),
    anonymous ids as `anon:…` and own user ids as `user:…`. `earlier`: what the account was told of this lead
    before, as stage and key of the order. `reason` and `invalid_tags` are why sales finds a lead invalid, in
    the words of the policy.
    """

    key: str
    lead: str
    occasion: Occasion
    stage: str
    occurrence: int
    happened_at: int
    planned_at: int
    destination: str
    account: str
    person: str
    deal: str = ""
    evidence: str = ""
    value: Money | None = None
    touches: tuple[Touch, ...] = ()
    crm_ids: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    company: str = ""
    owner: str = ""
    stage_now: str = ""
    score: float | None = None
    grade: str = ""
    sales_grade: str = ""
    reason: str = ""
    invalid_tags: tuple[str, ...] = ()
    earlier: tuple[tuple[str, str], ...] = ()
    journey_link: str = ""
    consent: Consent = field(default_factory=Consent)

    @property
    def first(self) -> Touch | None:
        """The touch that began it, by the policy of attribution."""
        return next((each for each in self.touches if each.counts), None)

    @property
    def last(self) -> Touch | None:
        """The last touch before the stage was entered, likewise."""
        return next((each for each in reversed(self.touches) if each.counts), None)

    def clicks(self, *networks: str) -> tuple[Touch, ...]:
        """The touches that carry a click id of one of these networks, oldest first."""
        return tuple(each for each in self.touches if each.click_ids and each.click_network in networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What a lead gave of itself, in clear text: opened when it is sent, and never written anywhere."""

    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    company: str = field(default="", repr=False)


NOBODY: Final = Contact()
CONTACT_FACTS: Final = ("email", "phone", "name", "company_given")


def order_key(destination: str, account: str, lead: str, occasion: Occasion, *rest: str | int) -> str:
    """The key of an order: the same for the same parts, for ever; 32 hex digits."""
    told = "\n".join([destination, account, lead, occasion, *(str(each) for each in rest)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def facts_of(order: Order, contact: Contact = NOBODY) -> Mapping[str, str | int | float]:
    """What an order tells, by the names that a policy file's `fields` and templates use; unknown ones are
    left out.

    Times are milliseconds, `value` is in units of `currency`.
    """
    facts: dict[str, str | int | float] = {
        "lead_id": order.lead,
        "person": order.person,
        "visitor_id": _visitor_id(order),
        "deal": order.deal,
        "stage": order.stage,
        "stage_now": order.stage_now,
        "occurrence": order.occurrence,
        "happened_at": order.happened_at,
        "company": order.company,
        "owner": order.owner,
        "grade": order.grade,
        "sales_grade": order.sales_grade,
        "reason": order.reason,
        "journey_link": order.journey_link,
        "email": contact.email,
        "phone": contact.phone,
        "name": contact.name,
        "company_given": contact.company,
    }
    for name, touch in (("first", order.first), ("last", order.last)):
        facts |= _touch_facts(name, touch) if touch else {}
    if order.score is not None:
        facts["score"] = order.score
    if order.value is not None:
        facts |= {"value": order.value.minor / 100, "currency": order.value.currency}
    return {name: each for name, each in facts.items() if each != ""}


# Of a touch, for example first_keyword and last_keyword.
TOUCH_FACTS: Final = (
    "channel",
    "platform",
    "source",
    "medium",
    "campaign",
    "ad_group",
    "keyword",
    "search_term",
    "content",
    "landing_url",
)
FACTS: Final = (
    "lead_id",
    "person",
    "visitor_id",
    "deal",
    "stage",
    "stage_now",
    "occurrence",
    "happened_at",
    "company",
    "owner",
    "score",
    "grade",
    "sales_grade",
    "reason",
    "journey_link",
    "value",
    "currency",
    *(f"{which}_{name}" for which in ("first", "last") for name in (*TOUCH_FACTS, "at")),
    *CONTACT_FACTS,
)


def _visitor_id(order: Order) -> str:
    """The anonymous id of one of the lead's browsers, always the same of several; "" if it has none."""
    return min((each for each in order.identifiers if each.startswith("anon:")), default="").removeprefix(
        "anon:"
    )


def _touch_facts(which: str, touch: Touch) -> dict[str, str | int | float]:
    told: dict[str, str | int | float] = {f"{which}_{name}": getattr(touch, name) for name in TOUCH_FACTS}
    return told | {f"{which}_at": touch.at}
