"""Bodies of CRM webhooks → facts: rows of text fields by the system's mapping, and HubSpot's own events."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson
from pydantic import ValidationError

from producers.answers import Collected, Rejected, UnusableError, record, sentence, text_of
from producers.contacts import device_of
from producers.crm_mapping import CrmMapping, column_key
from producers.crm_row import facts_of_row
from producers.flat_rows import cells_of, fields_of
from producers.history_record import HistoryFault, object_of
from producers.personal_data import Tokeniser
from producers.salesforce_changes import concerns_journeys, facts_of_change, header_of_change, is_gap
from producers.times import parse_time
from schemas.crm import DealRecorded, FollowedUp, LeadMerged, LeadRecorded, StageChanged
from schemas.envelope import Fact, natural_id

MOST_ROWS: Final = 1000
SALESFORCE: Final = "salesforce"
_NO_MAPPING: Final = "no mapping is known for this system: put one into the folder of mappings"
HUBSPOT: Final = "hubspot"
_CONTACTS: Final = ("contact", "0-1")
_DEALS: Final = ("deal", "0-3")

Mappings = Mapping[str, Sequence[CrmMapping]]


def facts_of_webhook(
    system: str, body: Any, mappings: Mappings, tokeniser: Tokeniser, received_at: int
) -> Collected:
    """Turn the body of a webhook into facts; raise UnusableError if it is none that this system sends.

    The body is a row, which is an object, or an array of rows; what is nested in a row is a field by its
    path, like event.stage. Rows are read by the mapping of the system, of several by the one that knows most
    of a row's fields. HubSpot's own array of events is understood too, and Salesforce's change events.
    """
    rows = [body] if isinstance(body, dict) else body
    if not isinstance(rows, list) or not rows:
        raise UnusableError("the body must be a JSON object, which is a row, or an array of them")
    if len(rows) > MOST_ROWS:
        raise UnusableError(f"more than {MOST_ROWS} rows: send them in several requests")
    native = system == HUBSPOT and all(isinstance(row, dict) and "subscriptionType" in row for row in rows)
    if not (native or system == SALESFORCE or mappings.get(system)):
        raise UnusableError(_NO_MAPPING)
    facts: list[Fact] = []
    rejected = []
    for index, row in enumerate(rows):
        try:
            if native:
                facts += hubspot_facts(row, tokeniser, received_at)
            elif system == SALESFORCE and header_of_change(object_of(row)):
                changed, faults = _changes(row, tokeniser, received_at)
                facts += changed
                rejected += [Rejected(index, f"{fault.where}: {fault.reason}") for fault in faults[:1]]
            else:
                facts += _row_facts(row, mappings.get(system, ()), tokeniser, received_at)
        except UnusableError as error:
            rejected.append(Rejected(index, str(error)))
    return Collected(tuple(record(fact) for fact in facts), len(rows) - len(rejected), tuple(rejected))


def _row_facts(
    row: Any, mappings: Sequence[CrmMapping], tokeniser: Tokeniser, received_at: int
) -> Sequence[Fact]:
    if not isinstance(row, dict):
        raise UnusableError("a row is a JSON object")
    if not mappings:
        raise UnusableError(_NO_MAPPING)
    fields = fields_of(row)
    mapping = best_mapping(fields, mappings)
    result = facts_of_row(cells_of(fields, row, mapping), mapping, tokeniser, received_at)
    if result.problems:
        raise UnusableError(str(result.problems[0]))
    return result.facts


def _changes(
    event: Mapping[str, Any], tokeniser: Tokeniser, received_at: int
) -> tuple[Sequence[Fact], Sequence[HistoryFault]]:
    header = header_of_change(event)
    if is_gap(header) or not concerns_journeys(header):
        return (), ()
    return facts_of_change(event, tokeniser, received_at)


def best_mapping(row: Iterable[str], mappings: Sequence[CrmMapping]) -> CrmMapping:
    """Return the mapping that knows most of a row's fields, first of all that of its id."""
    present = {column_key(name) for name in row}

    def fit(mapping: CrmMapping) -> tuple[bool, int]:
        main = mapping.lead.id if mapping.object == "lead" else mapping.deal.id
        has_id = any(column_key(name) in present for name in main)
        known = {column_key(name) for _, columns in mapping.fields() for name in columns}
        return has_id, len(known & present)

    return max(mappings, key=fit)


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
