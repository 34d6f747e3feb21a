"""Salesforce's Change Data Capture events to facts: leads, contacts and opportunities as they change."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pydantic import ValidationError

from producers.cells.json_values import object_of, text_of
from producers.cells.times import is_plausible, parse_time
from producers.crm.cells import salesforce_id
from producers.crm.row import stated
from producers.crm.salesforce.history import SYSTEM, stage_fact
from producers.outcomes.left_out import LeftOut, UnusableError, sentence
from producers.privacy.contacts import device_of
from producers.privacy.personal_data import Tokeniser
from schemas.crm import DealRecorded, FollowedUp, LeadMerged, LeadRecorded
from schemas.envelope import Fact
from schemas.terms import Identifier

_PEOPLE: Final = ("Lead", "Contact")
_DEAL: Final = "Opportunity"
_TASK: Final = "Task"  # a call or an e-mail that sales logged


def header_of_change(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the ChangeEventHeader of an event, however it is wrapped; no field if it is none."""
    return object_of(_payload(record).get("ChangeEventHeader"))


def is_gap(header: Mapping[str, Any]) -> bool:
    """Whether Salesforce only says that something changed, and not what."""
    return text_of(header.get("changeType")).startswith("GAP_")


def concerns_journeys(header: Mapping[str, Any]) -> bool:
    """Whether an event is of a kind of record that a journey knows."""
    return text_of(header.get("entityName")) in (*_PEOPLE, _DEAL, _TASK)


def facts_of_change(
    record: Mapping[str, Any], tokeniser: Tokeniser, received_at: int
) -> tuple[list[Fact], list[LeftOut]]:
    """Return what an event states of each of its records; nothing of what was deleted.

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
    inner = object_of(record.get("data")) or record
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
    if kind not in ("CREATE", "UPDATE", "UNDELETE"):
        return
    is_new = kind == "CREATE"
    if entity == _DEAL:
        if stage := _text(payload, "StageName", tokeniser):
            yield stage_fact("deal", own, stage, at, received_at)
        said = _of_deal(payload, tokeniser)
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
    if stage := _text(payload, "Status", tokeniser):
        yield stage_fact("lead", own, stage, at, received_at)
    if grade := _text(payload, "Rating", tokeniser):
        verdict = {"contacted": False, "grade": grade}
        yield stated(FollowedUp, SYSTEM, _person(own), at, received_at, verdict)
    if deal := payload.get("ConvertedOpportunityId"):
        contact = payload.get("ConvertedContactId")
        people = tuple(sorted({_person(own), *([_person(_id(contact))] if contact else [])}))
        content = {"system": SYSTEM, "people": people}
        yield stated(DealRecorded, SYSTEM, f"deal:{SYSTEM}:{_id(deal)}", at, received_at, content)


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
    for name in ("Phone", "MobilePhone"):
        tokens.update(tokeniser.phones(text_of(payload.get(name))[:512]))
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
    }
    return {name: value for name, value in said.items() if value}


def _of_deal(payload: Mapping[str, Any], tokeniser: Tokeniser) -> dict[str, Any]:
    amount, account = payload.get("Amount"), payload.get("AccountId")
    said = {
        "name": _text(payload, "Name", tokeniser),
        "amount_minor": None if amount is None else _minor(amount),
        "currency": text_of(payload.get("CurrencyIsoCode")).upper(),
        "account_id": _id(account) if account else "",
        "reason": _text(payload, "Loss_Reason__c", tokeniser),
        "owner": text_of(payload.get("OwnerId"))[:512],
    }
    return {name: value for name, value in said.items() if value not in ("", None)}


def _text(payload: Mapping[str, Any], name: str, tokeniser: Tokeniser) -> str:
    return tokeniser.scrub(text_of(payload.get(name))[:512])[:512]


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
