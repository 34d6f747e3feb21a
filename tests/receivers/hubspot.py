"""HubSpot's contacts: unique properties, upserts and reads in batches, one contact per e-mail address.

Documented: batch/upsert with idProperty and objectWriteTraceId, 207 with an error for each row that failed.
Common knowledge: 100 rows, 409 with "Existing ID: n", and that properties have to be there before they are
written.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from receivers.asked import Answered, Asked

_BUILT_IN = (
    "email",
    "phone",
    "firstname",
    "lastname",
    "company",
    "website",
    "lifecyclestage",
    "hs_lead_status",
)
_BATCH = re.compile(r"/crm/v3/objects/contacts/batch/(upsert|update|read)")
_ONE = re.compile(r"/crm/v3/objects/contacts/([^/]+)")
_UNKNOWN = (
    'Property values were not valid: [{"isValid":false,"message":"Property \\"%s\\" does not exist",'
    '"error":"PROPERTY_DOESNT_EXIST"}]'
)
_PROPERTIES = "/crm/v3/properties/contacts"


@dataclass
class FakeHubSpot:
    """One portal: its private app's token, its properties and its contacts."""

    token: str = "pat-of-a-private-app"
    unique: set[str] = field(default_factory=lambda: {"email"})
    properties: set[str] = field(default_factory=lambda: set(_BUILT_IN))
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)  # by leadtrace_id
    requests: list[Asked] = field(default_factory=list)
    throttled_for: int = 0
    is_silent: bool = False  # answers 200 with nothing in it, as was seen
    fails_whole: bool = False  # a batch with one bad row is refused as a whole

    def answer(self, asked: Asked, now: int) -> Answered:
        self.requests.append(asked)
        if asked.header("authorization") != f"Bearer {self.token}":
            return _error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        if self.throttled_for:
            self.throttled_for -= 1
            return _error(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.")
        if asked.path.startswith(_PROPERTIES):
            return self._property(asked)
        told = asked.json()
        if found := _BATCH.fullmatch(asked.path):
            return self._batch(found[1], told)
        if found := _ONE.fullmatch(asked.path):
            return self._one(asked, found[1], told)
        return _error(404, "OBJECT_NOT_FOUND", "no such resource")

    def add(self, **properties: str) -> str:
        """A contact that sales typed in; its id."""
        number = str(501 + len(self.contacts))
        self.contacts[number] = dict(properties)
        return number

    def by(self, name: str, value: str) -> str | None:
        return next((number for number, each in self.contacts.items() if each.get(name) == value), None)

    def _property(self, asked: Asked) -> Answered:
        name = asked.path.removeprefix(_PROPERTIES).strip("/")
        if asked.method == "GET":
            if not name:
                return Answered.of({"results": [self._described(each) for each in sorted(self.properties)]})
            if name not in self.properties:
                return _error(404, "OBJECT_NOT_FOUND", "the property does not exist")
            return Answered.of(self._described(name))
        told = asked.json()
        if not all(told.get(each) for each in ("name", "label", "type", "fieldType", "groupName")):
            return _error(400, "VALIDATION_ERROR", "a field is missing")
        if told["name"] in self.properties:
            return _error(409, "CONFLICT", "the property already exists")
        self.properties.add(told["name"])
        if told.get("hasUniqueValue"):
            self.unique.add(told["name"])
        return Answered.of(self._described(told["name"]), 201)

    def _described(self, name: str) -> dict[str, Any]:
        return {"name": name, "hasUniqueValue": name in self.unique, "type": "string", "archived": False}

    def _batch(self, what: str, told: Any) -> Answered:
        inputs = told.get("inputs") if isinstance(told, dict) else None
        if not isinstance(inputs, list) or not 0 < len(inputs) <= 100:
            return _error(400, "VALIDATION_ERROR", "inputs: 1 to 100")
        if what == "read":
            return self._read(told)
        if self.is_silent:
            return Answered.of({"status": "COMPLETE", "results": []})
        ids = [each["id"] for each in inputs]
        if len(set(ids)) < len(ids):
            return _error(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input")
        for each in inputs:
            if fault := self._fault(each.get("properties", {}), each.get("idProperty")):
                return fault
        results, errors = [], []
        before = {number: dict(each) for number, each in self.contacts.items()}, Counter(self.created)
        for each in inputs:
            done = self._upsert(each) if what == "upsert" else self._update(each["id"], each["properties"])
            trace = each.get("objectWriteTraceId")
            if "message" in done:
                errors.append({**done, "context": {**done["context"], "objectWriteTraceId": [trace]}})
            else:
                results.append({**done, "objectWriteTraceId": trace})
        if errors and self.fails_whole:
            self.contacts, self.created = before
            return _error(409 if errors[0]["category"] == "CONFLICT" else 400, **errors[0])
        answer = {"status": "COMPLETE", "results": results}
        return Answered.of(
            {**answer, "errors": errors, "numErrors": len(errors)} if errors else answer,
            207 if errors else 200,
        )

    def _fault(self, properties: dict[str, Any], unique: str | None) -> Answered | None:
        if unique is not None and unique not in self.unique:
            return _error(400, "VALIDATION_ERROR", f"{unique} is no unique property")
        for name, value in properties.items():
            if name not in self.properties:
                return _error(400, "VALIDATION_ERROR", _UNKNOWN % name)
            if not isinstance(value, str):
                return _error(400, "VALIDATION_ERROR", f"{name} is no string")
        return None

    def _upsert(self, each: dict[str, Any]) -> dict[str, Any]:
        name = each.get("idProperty")
        if not name:
            return _row_error("VALIDATION_ERROR", "idProperty is needed")
        number = self.by(name, each["id"])
        if number is not None:
            return self._update(number, each["properties"])
        if (other := self.by("email", each["properties"].get("email", "\0"))) is not None:
            return _row_error("CONFLICT", f"Contact already exists. Existing ID: {other}")
        number = self.add(**({name: each["id"]} | each["properties"]))
        self.created[self.contacts[number].get("leadtrace_id", "")] += 1
        return {"id": number, "new": True, "properties": self.contacts[number]}

    def _update(self, number: str, properties: dict[str, str]) -> dict[str, Any]:
        if number not in self.contacts:
            return _row_error("OBJECT_NOT_FOUND", f"no contact {number}")
        for name in self.unique & properties.keys():
            other = self.by(name, properties[name])
            if other not in (None, number):
                return _row_error("CONFLICT", f"{name} is taken. Existing ID: {other}")
        self.contacts[number].update(properties)
        return {"id": number, "new": False, "properties": self.contacts[number]}

    def _read(self, told: dict[str, Any]) -> Answered:
        name, wanted = told.get("idProperty"), told.get("properties", [])
        if name is not None and name not in self.unique:
            return _error(400, "VALIDATION_ERROR", f"{name} is no unique property")
        results, errors = [], []
        for each in told["inputs"]:
            number = self.by(name, each["id"]) if name else each["id"]
            if number in self.contacts:
                kept = {key: self.contacts[number].get(key) for key in wanted}
                results.append({"id": number, "properties": kept})
            else:
                errors.append(_row_error("OBJECT_NOT_FOUND", "Could not get some objects", ids=[each["id"]]))
        return Answered.of(
            {"status": "COMPLETE", "results": results, "errors": errors}, 207 if errors else 200
        )

    def _one(self, asked: Asked, number: str, told: Any) -> Answered:
        if name := asked.query.get("idProperty"):
            number = self.by(name, number) or ""
        if number not in self.contacts:
            return _error(404, "OBJECT_NOT_FOUND", "no such contact")
        if asked.method == "GET":
            return Answered.of({"id": number, "properties": self.contacts[number]})
        if fault := self._fault(told["properties"], None):
            return fault
        done = self._update(number, told["properties"])
        return _error(409, **done) if "message" in done else Answered.of(done)


def _row_error(category: str, message: str, **context: list[str]) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, "context": context}


def _error(code: int, /, category: str, message: str, **_: Any) -> Answered:
    return Answered.of({"status": "error", "category": category, "message": message}, code)
