"""HubSpot's events, as its webhooks send them and its histories tell them, to facts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson
from pydantic import ValidationError

from producers.cells.json_values import text_of
from producers.cells.times import parse_time
from producers.crm.taken_back import deletion, moved_on_deal
from producers.crm.vendor import Told
from producers.outcomes.left_out import UnusableError, sentence
from producers.privacy.contacts import device_of
from producers.privacy.personal_data import Tokeniser
from schemas.crm import DealRecorded, FollowedUp, LeadMerged, LeadRecorded, StageChanged
from schemas.envelope import Fact, natural_id
from schemas.identity import LINKS_KEY, IdentityBlocked
from schemas.terms import Identifier

HUBSPOT: Final = "hubspot"
_KINDS: Final = {"contact": "contact", "0-1": "contact", "deal": "deal", "0-3": "deal"}
# Which kinds an association ties, by HubSpot's numbers for the unlabelled ones.
_TIES: Final = {"3": ("deal", "contact"), "4": ("contact", "deal")}
# What else is kept of a contact or deal, by the name that HubSpot's exports give its column.
_ATTRIBUTES: Final = {
    "industry": "Industry", "country": "Country/Region", "state": "State/Region", "city": "City",
    "jobtitle": "Job Title", "numemployees": "Number of Employees", "dealtype": "Deal Type",
    "pipeline": "Pipeline",
    # A property of one's own, as most call it.
    "how_did_you_hear_about_us": "How did you hear about us?",
}  # fmt: skip


def hubspot_event(event: Mapping[str, Any], tokeniser: Tokeniser, received_at: int) -> Told:
    """Turn one event of HubSpot's webhooks into what it says; raise UnusableError if it can't be used.

    Their eventId is not unique, so the facts' ids follow from object, time and content.
    """
    kind, what = kind_of_event(event), text_of(event.get("subscriptionType")).partition(".")[2]
    if not kind and what != "associationChange":
        return Told(ignored="it is about a kind of object that no journey knows")
    at = parse_time(event.get("occurredAt"))
    if at is None and what in ("deletion", "privacyDeletion"):
        at = received_at  # some are sent without a time, and are sent at once
    if what == "associationChange":
        return _association(event, at, received_at)
    object_id = text_of(event.get("newObjectId") or event.get("primaryObjectId") or event.get("objectId"))
    if not object_id or at is None:
        raise UnusableError("an event of HubSpot needs objectId and occurredAt")
    record = f"{'crm' if kind == 'contact' else 'deal'}:{HUBSPOT}:{object_id}"
    match what:
        case "creation" | "propertyChange":
            return _said(event, kind, what, record, at, received_at, tokeniser)
        case "deletion" if "merge" in text_of(event.get("changeSource")).lower():
            return Told(ignored="the event of the merge says what became of it")
        case "deletion" | "restore":
            return Told((deletion(record, at, received_at, deleted=what == "deletion"),))
        case "privacyDeletion":
            return Told((deletion(record, at, received_at), _forgotten(record, at, received_at)))
        case "merge":
            return Told(_merge(event, kind, record, at, received_at))
    return Told(ignored=f"{what[:40] or 'it'} says nothing that a journey knows")


def kind_of_event(event: Mapping[str, Any]) -> str:
    """Return "contact" or "deal", "" for an event about anything else."""
    kind = text_of(event.get("subscriptionType")).partition(".")[0]
    return _KINDS.get(text_of(event.get("objectTypeId")) if kind == "object" else kind, "")


def _said(
    event: Mapping[str, Any],
    kind: str,
    what: str,
    record: Identifier,
    at: int,
    received_at: int,
    tokeniser: Tokeniser,
) -> Told:
    about = {"occurred_at": at, "received_at": received_at, "source": f"crm:{HUBSPOT}", "subject": record}
    name, value = text_of(event.get("propertyName")), text_of(event.get("propertyValue"))
    if kind == "contact":
        if what == "creation":
            return Told((hubspot_fact(LeadRecorded, about, created_at=at),))
        facts = _contact_facts(name, value, about, tokeniser) if value else ()
    else:
        about |= {"system": HUBSPOT}
        if what == "creation":
            return Told((hubspot_fact(DealRecorded, about),))
        # An amount that somebody emptied is none any more.
        facts = _deal_facts(name, value or "0", about, tokeniser) if value or name == "amount" else ()
    if facts:
        return Told(tuple(facts))
    why = "says nothing that a journey knows" if value else "was emptied, and what it said stays"
    return Told(ignored=f"{name[:40] or 'a property without a name'} {why}")


def _association(event: Mapping[str, Any], at: int | None, received_at: int) -> Told:
    """Say who was put on a deal or taken off it; both ends of an association send the same."""
    ends = {"from": text_of(event.get("fromObjectId")), "to": text_of(event.get("toObjectId"))}
    if at is None or not all(ends.values()):
        raise UnusableError("an association of HubSpot needs fromObjectId, toObjectId and occurredAt")
    kinds = _kinds_tied(event)
    if kinds is None and not event.get("associationType") and not event.get("associationTypeId"):
        raise UnusableError("an association of HubSpot needs associationType or associationTypeId")
    if kinds not in (("deal", "contact"), ("contact", "deal")):
        return Told(ignored="it ties other kinds of objects than a contact and a deal")
    removed = event.get("associationRemoved") is True
    if removed and text_of(event.get("associationCategory")) == "USER_DEFINED":
        return Told(ignored="a label was taken off, and the tie stays")
    deal, contact = (ends["from"], ends["to"]) if kinds[0] == "deal" else (ends["to"], ends["from"])
    who = (f"crm:{HUBSPOT}:{contact}",)
    moved = {"left": who} if removed else {"joined": who}
    return Told((moved_on_deal(f"deal:{HUBSPOT}:{deal}", at, received_at, **moved),))


def _kinds_tied(event: Mapping[str, Any]) -> tuple[str, str] | None:
    first, last = text_of(event.get("fromObjectTypeId")), text_of(event.get("toObjectTypeId"))
    if first and last:
        return _KINDS.get(first, ""), _KINDS.get(last, "")
    first, to, last = text_of(event.get("associationType")).lower().partition("_to_")
    if to:
        return _KINDS.get(first, ""), next(
            (name for name in ("contact", "deal") if last.startswith(name)), ""
        )
    return _TIES.get(text_of(event.get("associationTypeId")))


def _merge(
    event: Mapping[str, Any], kind: str, record: Identifier, at: int, received_at: int
) -> tuple[Fact, ...]:
    merged = event.get("mergedObjectIds")
    prefix = record.rpartition(":")[0]
    losers = {f"{prefix}:{text_of(loser)}" for loser in (merged if isinstance(merged, list) else ())}
    primary = text_of(event.get("primaryObjectId"))
    winner = f"{prefix}:{primary}" if primary else record
    if kind == "contact":
        about = {"occurred_at": at, "received_at": received_at, "source": f"crm:{HUBSPOT}", "subject": record}
        return (hubspot_fact(LeadMerged, about, merged=tuple(sorted((losers | {winner}) - {record}))),)
    gone = [deletion(each, at, received_at, merged_into=record) for each in sorted(losers - {record, winner})]
    if winner != record:  # the winner goes on under a new id
        gone.append(deletion(winner, at, received_at, merged_into=record, continued=True))
    if not gone:
        raise UnusableError("mergedObjectIds: it names no deal that was merged")
    return tuple(gone)


def _forgotten(record: Identifier, at: int, received_at: int) -> Fact:
    """Say that a contact stands for nobody any more, so that its ties to others don't count."""
    about = {"occurred_at": at, "received_at": received_at, "source": f"crm:{HUBSPOT}", "subject": LINKS_KEY}
    return hubspot_fact(IdentityBlocked, about, identifier=record, reason="forgotten by request")


def _contact_facts(name: str, value: str, about: Mapping[str, Any], tokeniser: Tokeniser) -> Sequence[Fact]:
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
            return (hubspot_fact(FollowedUp, {**about, **when}),)
        case "leadtrace_visitor_id":
            visitor = device_of(value, tokeniser)
            return (hubspot_fact(LeadRecorded, about, others=(visitor,)),) if visitor else ()
        case "company" | "website":
            return (hubspot_fact(LeadRecorded, about, **{name: tokeniser.scrub_to(value, 512)}),)
        case "hubspot_owner_id":
            return (hubspot_fact(LeadRecorded, about, owner=value),)
        case "hs_analytics_source":
            # PAID_SEARCH is called Paid Search in exports.
            return (hubspot_fact(LeadRecorded, about, lead_source=value.replace("_", " ").title()[:512]),)
        case name if name in _ATTRIBUTES:
            kept = {_ATTRIBUTES[name]: tokeniser.scrub_to(value, 512)}
            return (hubspot_fact(LeadRecorded, about, attributes=kept),)
        case _:
            return ()


def _deal_facts(name: str, value: str, about: Mapping[str, Any], tokeniser: Tokeniser) -> Sequence[Fact]:
    match name:
        case "dealstage":
            return (hubspot_fact(DealRecorded, about, stage=value),)
        case "amount":
            return (hubspot_fact(DealRecorded, about, amount_minor=_minor(value)),)
        case "deal_currency_code":
            return (hubspot_fact(DealRecorded, about, currency=value.upper()),)
        case "dealname":
            return (hubspot_fact(DealRecorded, about, name=tokeniser.scrub_to(value, 512)),)
        case "hubspot_owner_id":
            return (hubspot_fact(DealRecorded, about, owner=value),)
        case "closed_lost_reason" | "closed_won_reason":
            return (hubspot_fact(DealRecorded, about, reason=tokeniser.scrub_to(value, 512)),)
        case name if name in _ATTRIBUTES:
            kept = {_ATTRIBUTES[name]: tokeniser.scrub_to(value, 512)}
            return (hubspot_fact(DealRecorded, about, attributes=kept),)
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
