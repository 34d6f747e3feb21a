"""HubSpot's events, as its webhooks send them and its histories tell them, to facts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson
from pydantic import ValidationError

from producers.cells.json_values import text_of
from producers.cells.times import parse_time
from producers.outcomes.left_out import UnusableError, sentence
from producers.privacy.contacts import device_of
from producers.privacy.personal_data import Tokeniser
from schemas.crm import DealRecorded, FollowedUp, LeadMerged, LeadRecorded, StageChanged
from schemas.envelope import Fact, natural_id

HUBSPOT: Final = "hubspot"
_CONTACTS: Final = ("contact", "0-1")
_DEALS: Final = ("deal", "0-3")


def hubspot_facts(event: Mapping[str, Any], tokeniser: Tokeniser, received_at: int) -> Sequence[Fact]:
    """Turn one event of HubSpot's webhooks into its facts; none if it says nothing that a journey knows.

    Their eventId is not unique, so the facts' ids follow from object, time and content. An association names
    one of the people of a deal but not the others: whom a deal is with is told by rows, not by these events.
    """
    kind, _, what = text_of(event.get("subscriptionType")).partition(".")
    kind = text_of(event.get("objectTypeId")) if kind == "object" else kind
    object_id = text_of(event.get("newObjectId") or event.get("primaryObjectId") or event.get("objectId"))
    at = parse_time(event.get("occurredAt"))
    if not object_id or at is None:
        raise UnusableError("an event of HubSpot needs objectId and occurredAt")
    about = {"occurred_at": at, "received_at": received_at, "source": f"crm:{HUBSPOT}"}
    name, value = text_of(event.get("propertyName")), text_of(event.get("propertyValue"))
    if kind in _CONTACTS:
        about["subject"] = f"crm:{HUBSPOT}:{object_id}"
        return _contact_facts(what, name, value, event, about, tokeniser)
    if kind in _DEALS:
        about |= {"subject": f"deal:{HUBSPOT}:{object_id}", "system": HUBSPOT}
        return _deal_facts(what, name, value, about, tokeniser)
    return ()


def _contact_facts(
    what: str, name: str, value: str, event: Mapping[str, Any], about: dict[str, Any], tokeniser: Tokeniser
) -> Sequence[Fact]:
    if what == "creation":
        return (hubspot_fact(LeadRecorded, about, created_at=about["occurred_at"]),)
    if what == "merge":
        merged = event.get("mergedObjectIds")
        losers = [text_of(loser) for loser in merged] if isinstance(merged, list) else []
        losers.append(text_of(event.get("primaryObjectId")))
        names = {f"crm:{HUBSPOT}:{loser}" for loser in losers if loser} - {about["subject"]}
        return (hubspot_fact(LeadMerged, about, merged=tuple(sorted(names))),)
    if what != "propertyChange" or not value:
        return ()
    match name:
        # The status within a lifecycle stage says too that sales gave up, or wants to wait.
        case "lifecyclestage" | "hs_lead_status":
            return (hubspot_fact(StageChanged, about, system=HUBSPOT, stage=value),)
        case "email":
            email = tokeniser.email(value)
            domain = tokeniser.email_domain(value)
            return (hubspot_fact(LeadRecorded, about, others=(email,) if email else (), email_domain=domain),)
        case "phone" | "mobilephone":
            return (hubspot_fact(LeadRecorded, about, others=tokeniser.phones(value)),)
        case "notes_last_contacted":
            contacted_at = parse_time(value)
            when = {} if contacted_at is None else {"occurred_at": contacted_at}
            return (hubspot_fact(FollowedUp, about | when),)
        case "leadtrace_visitor_id":
            visitor = device_of(value, tokeniser)
            return (hubspot_fact(LeadRecorded, about, others=(visitor,)),) if visitor else ()
        case "company" | "website":
            return (hubspot_fact(LeadRecorded, about, **{name: tokeniser.scrub(value)[:512]}),)
        case "hubspot_owner_id":
            return (hubspot_fact(LeadRecorded, about, owner=value),)
        case _:
            return ()


def _deal_facts(
    what: str, name: str, value: str, about: dict[str, Any], tokeniser: Tokeniser
) -> Sequence[Fact]:
    if what == "creation":
        return (hubspot_fact(DealRecorded, about),)
    if what != "propertyChange" or not value:
        return ()
    match name:
        case "dealstage":
            return (hubspot_fact(DealRecorded, about, stage=value),)
        case "amount":
            return (hubspot_fact(DealRecorded, about, amount_minor=_minor(value)),)
        case "deal_currency_code":
            return (hubspot_fact(DealRecorded, about, currency=value.upper()),)
        case "dealname":
            return (hubspot_fact(DealRecorded, about, name=tokeniser.scrub(value)[:512]),)
        case "hubspot_owner_id":
            return (hubspot_fact(DealRecorded, about, owner=value),)
        case "closed_lost_reason" | "closed_won_reason":
            return (hubspot_fact(DealRecorded, about, reason=tokeniser.scrub(value)[:512]),)
        case _:
            return ()


def hubspot_fact(kind: type[Fact], about: Mapping[str, Any], **content: Any) -> Fact:
    """Make a fact of HubSpot; its id follows from object, time and content. Raises UnusableError."""
    told = orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
    kind_name = str(kind.model_fields["type"].default)
    event_id = natural_id(HUBSPOT, kind_name, about["subject"], about["occurred_at"], told)
    try:
        return kind(event_id=event_id, **about, **content)
    except ValidationError as error:
        raise UnusableError(sentence(error)) from None


def _minor(amount: str) -> int:
    try:
        minor = Decimal(amount) * 100
    except InvalidOperation:
        raise UnusableError("amount: not a number") from None
    if not minor.is_finite() or not 0 <= minor < 2**63:
        raise UnusableError("amount: not a sum of money")
    return int(minor.to_integral_value())
