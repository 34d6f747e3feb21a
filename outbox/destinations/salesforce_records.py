"""Records of Salesforce: what answers hold of them, whether they say the same, and a new one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from outbox.destination import Account, Answer, Survey
from outbox.destinations.bodies import NonsenseError, from_json, listed, mapping, mappings
from outbox.destinations.crm import Lead
from outbox.destinations.salesforce_calls import LEADTRACE_ID, PLANNED_AT

_NOT_PROVIDED: Final = "[not provided]"

Record = Mapping[str, Any]


def records_of(told: Any) -> list[Record]:
    """The records of a query in a composite answer. Raises NonsenseError."""
    answers = mappings(listed(mapping(told).get("compositeResponse")))
    if len(answers) != 1:
        raise NonsenseError
    return mappings(listed(mapping(answers[0].get("body")).get("records")))


def as_many(told: Any, leads: Sequence[Lead]) -> list[Any]:
    """As many as were asked for, in their order. Raises NonsenseError."""
    records = listed(told)
    if len(records) != len(leads):
        raise NonsenseError
    return records


def inner_refusal(told: Any) -> tuple[int, Any] | None:
    """Status and errors of a query that a composite answer holds, if it was refused."""
    for each in mappings(mapping(told).get("compositeResponse")):
        status = each.get("httpStatusCode")
        if isinstance(status, int) and status >= 400:
            return status, each.get("body")
    return None


def new_row(lead: Lead) -> dict[str, Any]:
    """A lead to be made: a name and a company are wanted, and one that gave none says so."""
    named = {"LastName": _NOT_PROVIDED, "Company": _NOT_PROVIDED} | dict(lead.personal)
    ours = {LEADTRACE_ID: lead.id, PLANNED_AT: lead.order.planned_at}
    return {"attributes": {"type": "Lead"}, **named, **lead.own, **ours}


def is_same(there: Any, value: str | float) -> bool:
    """Numbers as numbers, times as times: Salesforce writes +0000 where we write Z."""
    if there == value:
        return True
    if not isinstance(there, str) or not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(there) == datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return False


def planned_at_of(record: Record) -> int:
    """When what stands there was planned (ms); 0 if nobody knows."""
    told = record.get(PLANNED_AT)
    return int(told) if isinstance(told, int | float) else 0


def missing_fields(account: Account, answer: Answer) -> Survey:
    """Fields that leads don't have, or not in the way in which they are needed."""
    fields = mapping(from_json(answer)).get("fields")
    if answer.status != 200 or not isinstance(fields, list):
        return Survey(lacks=(f"Salesforce doesn't say which fields leads have (status {answer.status})",))
    there = {str(each.get("name")): each for each in mappings(fields)}
    lacks = [
        f"the field {name} of leads is missing, or the app's user does not see it"
        for name in (LEADTRACE_ID, PLANNED_AT, *account.fields)
        if name not in there
    ]
    ours = there.get(LEADTRACE_ID, {})
    if ours and not (ours.get("externalId") is True and ours.get("unique") is True):
        lacks.append(f"the field {LEADTRACE_ID} has to be an external id, and unique")
    return Survey(lacks=tuple(lacks))
