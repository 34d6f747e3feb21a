"""What is said of a person: account, company, owner, and the attributes that the CRM sent."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from attribution.accounts import account_named, company_domain
from attribution.policy import Policy
from schemas.crm import LeadRecorded
from schemas.handover import AnyFact
from schemas.utm import EventAttended, OfflineContact
from schemas.website import FormSubmitted, VisitorIdentified

Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Profile:
    """Account, company and whatever else their records say of a person; text that nobody said is ""."""

    account: str = ""
    domain: str = ""
    company: str = ""
    owner: str = ""
    lead_source: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


def profile_of(ordered: list[AnyFact], policy: Policy) -> Profile:
    """Derive what is said of one person; `ordered` are the facts in order of (time, id)."""
    leads = [fact for fact in ordered if isinstance(fact, LeadRecorded)]
    contacts = [fact for fact in ordered if isinstance(fact, FormSubmitted | VisitorIdentified)]
    attended = [fact for fact in ordered if isinstance(fact, EventAttended | OfflineContact)]
    if not (leads or contacts or attended):
        return Profile()
    # Who writes from a public address today may have told the company's before.
    domain = (
        newest(leads, lambda lead: company_domain(lead.email_domain, "", policy) or None)
        or newest(
            contacts, lambda fact: company_domain(fact.attributes.get("email_domain", ""), "", policy) or None
        )
        or newest(leads, lambda lead: company_domain("", lead.website, policy) or None)
    )
    company = (
        newest(leads, lambda lead: lead.company or None)
        or newest(contacts, lambda fact: fact.attributes.get("company") or None)
        or newest(attended, lambda fact: fact.company or None)
    )
    return Profile(
        account=newest(leads, lambda lead: account_named(lead.subject, lead.account_id) or None) or "",
        domain=domain or "",
        company=company or "",
        owner=newest(leads, lambda lead: lead.owner or None) or "",
        # What the CRM said first is the least overwritten by routine.
        lead_source=next((lead.lead_source for lead in leads if lead.lead_source), ""),
        attributes=newest_by_key(lead.attributes for lead in leads),
    )


def newest(ordered: list[Item], said: Callable[[Item], Value | None]) -> Value | None:
    """The newest thing that was said; `said` returns None of an item that does not say it."""
    return next((value for item in reversed(ordered) if (value := said(item)) is not None), None)


def newest_by_key(told: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Of each key the newest value that says anything, in order of the keys; `told` are the oldest first."""
    known = {key: value for attributes in told for key, value in attributes.items() if value}
    return dict(sorted(known.items()))
