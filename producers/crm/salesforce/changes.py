"""Salesforce's Change Data Capture events to facts: leads, contacts and opportunities as they change."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pydantic import ValidationError

from producers.cells.json_values import object_of, text_of
from producers.cells.times import is_plausible, parse_time
from producers.crm.cells import salesforce_id
from producers.crm.salesforce.history import SYSTEM, stage_fact
from producers.crm.stated import stated
from producers.crm.taken_back import deletion
from producers.crm.told_sources import told_fields
from producers.crm.vendor import About
from producers.outcomes.left_out import LeftOut, UnusableError, sentence
from producers.privacy.contacts import device_of
from producers.privacy.personal_data import Tokeniser
from producers.privacy.regions import region_told
from schemas.crm import DealRecorded, FollowedUp, LeadConverted, LeadMerged, LeadRecorded, SourceTold
from schemas.envelope import Fact, natural_id
from schemas.terms import Identifier

_PEOPLE: Final = ("Lead", "Contact")
_DEAL: Final = "Opportunity"
_TASK: Final = "Task"  # a call or an e-mail that sales logged
_DELETED: Final = ("DELETE", "GAP_DELETE")
_RESTORED: Final = ("UNDELETE", "GAP_UNDELETE")
_ATTRIBUTES: Final = {
    "Industry": "Industry", "Country": "Country", "City": "City", "State": "State", "Title": "Title",
    "NumberOfEmployees": "Number of Employees", "Type": "Type",
    # A field of one's own, as most call it.
    "How_did_you_hear_about_us__c": "How did you hear about us?",
}  # fmt: skip


def header_of_change(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the ChangeEventHeader of an event, however it is wrapped; no field if it is none."""
    return object_of(_payload(record).get("ChangeEventHeader"))


def is_gap(header: Mapping[str, Any]) -> bool:
    """Whether Salesforce only says that something changed, and not what; of a deletion that is enough."""
    kind = text_of(header.get("changeType"))
    return kind.startswith("GAP_") and kind not in (*_DELETED, *_RESTORED)


def concerns_journeys(header: Mapping[str, Any]) -> bool:
    """Whether an event is of a kind of record that a journey knows."""
    return text_of(header.get("entityName")) in (*_PEOPLE, _DEAL, _TASK)


def about_of_change(header: Mapping[str, Any]) -> About:
    """Return what kind of record an event is about, "" if no journey knows it."""
    entity = text_of(header.get("entityName"))
    return "deal" if entity == _DEAL else "lead" if entity in (*_PEOPLE, _TASK) else ""


def why_ignored(header: Mapping[str, Any]) -> str:
    """Return why an event can have no effect, "" if it may have one."""
    if is_gap(header):
        return "Salesforce says that records changed, not how: `leadtrace backfill salesforce` reads them"
    if not concerns_journeys(header):
        return f"{text_of(header.get('entityName'))[:40] or 'its kind of record'} is nothing a journey knows"
    return ""


def facts_of_change(
    record: Mapping[str, Any], tokeniser: Tokeniser, received_at: int
) -> tuple[list[Fact], list[LeftOut]]:
    """Return what an event states of each of its records; of what was deleted, only that.

    Stages have the same ids as in an import of their history, if that has the same time.
    """
    payload, header = _payload(record), header_of_change(record)
    try:
        at = parse_time(header.get("commitTimestamp"))
    except UnusableError as error:
        return [], [LeftOut(0, "ChangeEventHeader.commitTimestamp", str(error))]
    if at is None or not is_plausible(at, received_at):
        reason = "is missing, before 2000 or more than a year ahead"
        return [], [LeftOut(0, "ChangeEventHeader.commitTimestamp", reason)]
    ids = header.get("recordIds")
    if not isinstance(ids, list) or not ids:
        return [], [LeftOut(0, "ChangeEventHeader.recordIds", "is not a list of ids")]
    facts: list[Fact] = []
    faults: list[LeftOut] = []
    for number, each in enumerate(ids):
        try:
            facts += _facts(_id(each), payload, header, tokeniser, at, received_at)
        except UnusableError as error:
            faults.append(LeftOut(0, f"ChangeEventHeader.recordIds[{number}]", str(error)))
        except ValidationError as error:
            faults.append(LeftOut(0, f"ChangeEventHeader.recordIds[{number}]", sentence(error)))
    return facts, faults


def _payload(record: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = object_of(record.get("data")) or object_of(record.get("detail")) or record
    return object_of(inner.get("payload")) or inner


def _facts(
    own: str,
    payload: Mapping[str, Any],
    header: Mapping[str, Any],
    tokeniser: Tokeniser,
    at: int,
    received_at: int,
) -> Iterable[Fact]:
    entity, kind = text_of(header.get("entityName")), text_of(header.get("changeType"))
    if master := payload.get("MasterRecordId"):
        if entity in _PEOPLE:
            merged = {"merged": (_person(own),)}
            yield stated(LeadMerged, SYSTEM, _person(_id(master)), at, received_at, merged)
        return
    record = f"deal:{SYSTEM}:{own}" if entity == _DEAL else _person(own)
    if kind in (*_DELETED, *_RESTORED) and entity != _TASK:
        yield deletion(record, at, received_at, deleted=kind in _DELETED)
    if kind not in ("CREATE", "UPDATE", "UNDELETE"):
        return
    is_new = kind == "CREATE"
    if entity == _DEAL:
        if stage := _text(payload, "StageName", tokeniser):
            yield stage_fact("deal", own, stage, at, received_at)
        said = _of_deal(payload, header, tokeniser)
        if said or (is_new and not stage):
            content = {"system": SYSTEM, **said}
            yield stated(DealRecorded, SYSTEM, f"deal:{SYSTEM}:{own}", at, received_at, content)
        return
    if entity == _TASK:
        yield from _contacts(payload, is_new, tokeniser, at, received_at)
        return
    said = _of_person(payload, tokeniser) | ({"created_at": at} if is_new else {})
    if said:
        yield stated(LeadRecorded, SYSTEM, _person(own), at, received_at, said)
    if is_new:
        yield from _source(record, payload, tokeniser, at, received_at)
    if stage := _text(payload, "Status", tokeniser):
        yield stage_fact("lead", own, stage, at, received_at)
    if grade := _text(payload, "Rating", tokeniser):
        verdict = {"contacted": False, "grade": grade}
        yield stated(FollowedUp, SYSTEM, _person(own), at, received_at, verdict)
    if deal := payload.get("ConvertedOpportunityId"):
        became = f"deal:{SYSTEM}:{_id(deal)}"
        yield stated(DealRecorded, SYSTEM, became, at, received_at, {"system": SYSTEM})
        yield LeadConverted(**_conversion(record, became, at, received_at))
    elif _was_emptied("ConvertedOpportunityId", payload, header):
        yield LeadConverted(**_conversion(record, "", at, received_at))


def _source(
    lead: Identifier, payload: Mapping[str, Any], tokeniser: Tokeniser, at: int, received_at: int
) -> Iterable[Fact]:
    """Yield how a new lead came, as fields of one's own say; a later change would tell one field of them."""
    fields = {name: text_of(value) for name, value in payload.items()}
    for which, told in told_fields(fields, tokeniser).items():
        said = {
            "touched_at": at - (which == "first"),
            "which": which,
            "landing_url": told.landing_url,
            "referrer": told.referrer,
            "tags": told.tags,
        }
        yield stated(SourceTold, SYSTEM, lead, at, received_at, said)


def _conversion(lead: Identifier, deal: Identifier, at: int, received_at: int) -> dict[str, Any]:
    return {
        "event_id": natural_id("lead_converted", lead, at, deal),
        "occurred_at": at,
        "received_at": received_at,
        "source": f"crm:{SYSTEM}",
        "subject": lead,
        "deal": deal,
    }


def _was_emptied(name: str, payload: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
    """Whether a change took the value of a field away; a field that didn't change may be null as well."""
    listed = [*_listed(header.get("changedFields")), *_listed(header.get("nulledFields"))]
    is_told = name in listed or (not listed and text_of(header.get("changeType")) == "UPDATE")
    return name in payload and payload[name] is None and is_told


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _contacts(
    payload: Mapping[str, Any], is_new: bool, tokeniser: Tokeniser, at: int, received_at: int
) -> Iterable[Fact]:
    """Yield the contact that a task is, if it was logged as done; a later change of it names nobody."""
    who = text_of(payload.get("WhoId"))
    if is_new and who and text_of(payload.get("Status")) == "Completed":
        subtype = _text(payload, "TaskSubtype", tokeniser)
        category = subtype if subtype not in ("", "Task") else _text(payload, "Type", tokeniser)
        said = {"category": category, "owner": text_of(payload.get("OwnerId"))[:512]}
        yield stated(FollowedUp, SYSTEM, _person(_id(who)), at, received_at, said)


def _of_person(payload: Mapping[str, Any], tokeniser: Tokeniser) -> dict[str, Any]:
    email = text_of(payload.get("Email"))
    tokens = {token for token in (tokeniser.email(email),) if token}
    region = region_told({name: value for name, value in payload.items() if isinstance(value, str)})
    for name in ("Phone", "MobilePhone"):
        tokens.update(tokeniser.phones(text_of(payload.get(name))[:512], region))
    if contact := payload.get("ConvertedContactId"):
        tokens.add(_person(_id(contact)))
    if visitor := device_of(payload.get("Leadtrace_Visitor_ID__c"), tokeniser):
        tokens.add(visitor)
    account = payload.get("ConvertedAccountId") or payload.get("AccountId")
    said = {
        "others": tuple(sorted(tokens)),
        "email_domain": tokeniser.email_domain(email),
        "account_id": _id(account) if account else "",
        "company": _text(payload, "Company", tokeniser),
        "website": _text(payload, "Website", tokeniser),
        "owner": text_of(payload.get("OwnerId"))[:512],
        "lead_source": _text(payload, "LeadSource", tokeniser),
        "attributes": _attributes(payload, tokeniser),
    }
    return {name: value for name, value in said.items() if value}


def _of_deal(payload: Mapping[str, Any], header: Mapping[str, Any], tokeniser: Tokeniser) -> dict[str, Any]:
    # An amount that somebody emptied is none any more.
    amount = 0 if _was_emptied("Amount", payload, header) else payload.get("Amount")
    account = payload.get("AccountId")
    said = {
        "name": _text(payload, "Name", tokeniser),
        "amount_minor": None if amount is None else _minor(amount),
        "currency": text_of(payload.get("CurrencyIsoCode")).upper(),
        "account_id": _id(account) if account else "",
        "reason": _text(payload, "Loss_Reason__c", tokeniser),
        "owner": text_of(payload.get("OwnerId"))[:512],
        "attributes": _attributes(payload, tokeniser),
    }
    return {name: value for name, value in said.items() if value not in ("", None, {})}


def _attributes(payload: Mapping[str, Any], tokeniser: Tokeniser) -> dict[str, str]:
    texts = {label: _text(payload, name, tokeniser) for name, label in _ATTRIBUTES.items()}
    return {label: text for label, text in texts.items() if text}


def _text(payload: Mapping[str, Any], name: str, tokeniser: Tokeniser) -> str:
    return tokeniser.scrub_to(text_of(payload.get(name)), 512)


def _id(value: Any) -> str:
    text = salesforce_id(text_of(value))
    if len(text) != 18 or not text.isascii() or not text.isalnum():
        raise UnusableError("a record's id is not an id of Salesforce")
    return text


def _person(own: str) -> Identifier:
    return f"crm:{SYSTEM}:{own}"


def _minor(amount: Any) -> int:
    try:
        minor = Decimal(text_of(amount)) * 100
    except InvalidOperation:
        raise UnusableError("Amount: not a number") from None
    if not minor.is_finite() or not 0 <= minor <= 9_007_199_254_740_991:
        raise UnusableError("Amount: not a sum of money")
    return int(minor.to_integral_value())
