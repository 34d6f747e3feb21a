"""The properties that contacts have to have in HubSpot: which are missing, and what makes them."""

from typing import Final

from outbox.destination import Account, Answer, Request, Survey
from outbox.destinations.bodies import JSON, as_json, from_json, mapping, mappings

HOST: Final = "https://api.hubapi.com"
LEADTRACE_ID: Final = "leadtrace_id"
PLANNED_AT: Final = "leadtrace_planned_at"
_PATH: Final = "/crm/v3/properties/contacts"
_GROUP: Final = "contactinformation"
_NUMBERS: Final = frozenset({"score", "value", "occurrence"})


def properties_of_contacts(account: Account) -> Request:
    """The request that lists them."""
    return _request(account, "GET", "properties")


def missing_properties(account: Account, answer: Answer) -> Survey:
    """What the answer doesn't list, of our own two and of those that the policy file maps."""
    if answer.status in (401, 403):
        return Survey(
            lacks=("HubSpot refuses the token, or its right to properties (crm.schemas.contacts.read)",)
        )
    told = mapping(from_json(answer)).get("results")
    if answer.status != 200 or not isinstance(told, list):
        return Survey(lacks=(f"HubSpot doesn't say which properties there are (status {answer.status})",))
    there = {str(each.get("name")): each for each in mappings(told)}
    wanted = {LEADTRACE_ID: "lead_id", PLANNED_AT: "planned_at", **account.fields}
    missing = {name: fact for name, fact in wanted.items() if name not in there}
    lacks = [f"the property {name} of contacts is missing" for name in missing]
    if LEADTRACE_ID in there and there[LEADTRACE_ID].get("hasUniqueValue") is not True:
        lacks.append(
            f"the property {LEADTRACE_ID} is there, but not for unique values: delete it to have it made"
        )
    return Survey(lacks=tuple(lacks), makes=tuple(_made(account, *each) for each in missing.items()))


def _made(account: Account, name: str, fact: str) -> Request:
    is_number = fact in _NUMBERS or name == PLANNED_AT
    described: dict[str, str | bool] = {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "groupName": _GROUP,
        "type": "number" if is_number else "string",
        "fieldType": "number" if is_number else "text",
    }
    if name == LEADTRACE_ID:
        described |= {"hasUniqueValue": True}
    return _request(account, "POST", name, as_json(described))


def _request(account: Account, method: str, step: str, body: bytes = b"") -> Request:
    return Request(
        method="POST" if method == "POST" else "GET",
        url=f"{account.base_url or HOST}{_PATH}",
        headers={**JSON, "authorization": f"Bearer {account.secrets['token']}"},
        body=body,
        step=step,
    )
