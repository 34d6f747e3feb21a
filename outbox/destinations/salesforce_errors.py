"""What Salesforce's errors mean, in our own words: its sentences quote values, so codes go on alone."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from outbox.destination import Outcome, Request, State
from outbox.destinations.bodies import code_of, each_of, mapping, mappings

_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_LATER: Final = frozenset({"UNABLE_TO_LOCK_ROW", "CANNOT_UPDATE_CONVERTED_LEAD", "SERVER_UNAVAILABLE"})
_SET_UP: Final = frozenset(
    {
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "NOT_FOUND",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "API_DISABLED_FOR_ORG",
        "PROVIDED_EXTERNAL_ID_FIELD_NOT_FOUND_OR_NOT_EXTERNAL",
    }
)
_WORDS: Final = {
    "REQUIRED_FIELD_MISSING": "a field that it wants is not filled",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of yours refuses it",
    "STRING_TOO_LONG": "a text is longer than its field",
    "INVALID_EMAIL_ADDRESS": "the address is none to it",
    "DUPLICATE_VALUE": "another record has its id",
    "ENTITY_IS_DELETED": "the record was deleted",
}


def errors_of(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The errors of one record."""
    return mappings(result.get("errors"))


def error_code(errors: Sequence[Mapping[str, Any]]) -> str:
    """The code of the first error: statusCode in results, errorCode in refusals."""
    first = errors[0] if errors else {}
    return code_of(first.get("statusCode")) or code_of(first.get("errorCode"))


def outcome_of(errors: Sequence[Mapping[str, Any]]) -> tuple[State, str, str]:
    """State, code and sentence for a record that was not written."""
    code = error_code(errors) or "error"
    if code in _LATER:
        return "later", code, "Salesforce could not write the record at this moment"
    fields = [
        str(each)
        for each in (errors[0].get("fields") if errors else None) or ()
        if isinstance(each, str) and _FIELD.fullmatch(each)
    ]
    about = f" ({', '.join(fields)})" if fields else ""
    return "refused", code, f"Salesforce refused it: {_WORDS.get(code, code)}{about}"


def refusal(status: int, told: object, request: Request) -> tuple[Outcome, ...]:
    """What an answer that refuses a whole request means; nothing for what is simply sent later."""
    errors = mappings(told) or [mapping(told)]
    code = error_code(errors) or str(status)
    if status == 401:
        return (Outcome(state="login", code=code),)
    if code == "REQUEST_LIMIT_EXCEEDED":
        why = "the calls of a day are spent"
        return (Outcome(state="later", code=code, why=why, pauses=3600.0),)
    if status >= 500 or status == 429:
        return ()
    if status == 403 or code in _SET_UP:
        why = f"Salesforce refuses what is asked of it ({code}): see to the fields and rights"
        if "contact" in request.step:
            return each_of(request.keys, "refused", code, f"{why} of contacts")
        return (Outcome(state="later", code=code, why=why, closes=True),)
    state, code, why = outcome_of(errors)
    keys = request.keys
    return each_of(keys, "alone" if len(keys) > 1 and state == "refused" else state, code, why)


def duplicates(told: object) -> list[tuple[str, str]]:
    """The records that a duplicate rule found: their kinds and ids."""
    found = []
    for error in mappings(told):
        for result in mappings(mapping(error.get("duplicateResult")).get("matchResults")):
            for match in mappings(result.get("matchRecords")):
                record = mapping(match.get("record"))
                kind, number = mapping(record.get("attributes")).get("type"), record.get("Id")
                if kind in ("Lead", "Contact") and isinstance(number, str):
                    found.append((kind, number))
    return found
