"""What HubSpot's errors mean, in our own words: its sentences quote addresses, so codes go on alone."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from outbox.destination import Answer, Outcome
from outbox.destinations.bodies import code_of, each_of, mapping, mappings

_EXISTING: Final = re.compile(r"Existing ID: ?([0-9]{1,20})")
_UNKNOWN_PROPERTY: Final = re.compile(r'Property \\*"([A-Za-z0-9_]{1,100})\\*" does not exist')


def existing_id(error: Mapping[str, Any]) -> str:
    """The contact that has the address already, "" if an error names none."""
    found = _EXISTING.search(str(error.get("message", "")))
    return found[1] if found else ""


def row_errors(told: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The errors of rows by their objectWriteTraceId."""
    errors = {}
    for each in mappings(told.get("errors")):
        traces = mapping(each.get("context")).get("objectWriteTraceId")
        for trace in traces if isinstance(traces, list) else [traces]:
            errors[str(trace)] = each
    return errors


def row_refusal(error: Mapping[str, Any]) -> tuple[str, str]:
    """The code of a row's error and a sentence."""
    code = code_of(error.get("category")) or "error"
    return code, f"HubSpot refused it: {_WORDS.get(code, 'see the code')}"


_WORDS: Final = {
    "CONFLICT": "another contact has one of its unique values",
    "OBJECT_NOT_FOUND": "the contact is gone",
    "VALIDATION_ERROR": "a value is not one that the property takes",
}


def refusal(answer: Answer, told: Mapping[str, Any], keys: Sequence[str], name: str) -> tuple[Outcome, ...]:
    """What an answer that refuses all of a request means; nothing for what is simply sent later."""
    if answer.status in (401, 403):
        what = (
            "token" if answer.status == 401 else "scopes of the token (crm.objects.contacts.read and .write)"
        )
        why = f"HubSpot refuses the {what}"
        return (Outcome(state="later", code=str(answer.status), why=why, closes=True),)
    if answer.status == 423:
        return (Outcome(state="later", code="423", why="HubSpot has locked the record for a moment"),)
    if answer.status == 429 and told.get("policyName") == "DAILY":
        why = "the portal's calls of this day are spent"
        return (Outcome(state="later", code="DAILY", why=why, pauses=3600.0),)
    if answer.status == 429 or answer.status >= 500:
        return ()
    unknown = _UNKNOWN_PROPERTY.search(str(told.get("message", "")))
    if unknown:
        why = f"HubSpot has no property {unknown[1]}: `leadtrace outbox test {name} --make` makes it"
        return (Outcome(state="later", code="PROPERTY_DOESNT_EXIST", why=why, closes=True),)
    code, why = row_refusal(told)
    return each_of(keys, "alone" if len(keys) > 1 else "refused", code, why)
