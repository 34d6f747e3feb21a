"""Salesforce's REST interface for leads and contacts: collections, external ids, duplicate rules, conversion.

Documented: upserts by external id of 200 records with a result for each, in their order. Common knowledge:
converted leads that can't be written, duplicate rules, and what they answer.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from receivers.asked import Answered, Asked

_ROOT = re.compile(r"/services/data/v[0-9]+\.0")
_STANDARD = {
    "Id",
    "Email",
    "Phone",
    "LastName",
    "Company",
    "IsConverted",
    "ConvertedContactId",
    "CreatedDate",
}
EXTERNAL = "Leadtrace_Id__c"
Record = dict[str, Any]


@dataclass
class FakeSalesforce:
    """One org; `fields` are those that its administrator made, on leads and contacts alike."""

    client_secret: str = "a-secret-of-an-app"
    fields: set[str] = field(default_factory=lambda: {EXTERNAL, "Leadtrace_Planned_At__c"})
    contact_fields: set[str] | None = None
    has_duplicate_rule: bool = False
    leads: dict[str, Record] = field(default_factory=dict)
    contacts: dict[str, Record] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)
    requests: list[Asked] = field(default_factory=list)
    locked_for: int = 0
    calls_left: int = 1_000_000
    _tokens: set[str] = field(default_factory=set)

    def answer(self, asked: Asked, now: int) -> Answered:
        self.requests.append(asked)
        if asked.path == "/services/oauth2/token":
            return self._token(asked)
        if asked.header("authorization").removeprefix("Bearer ") not in self._tokens:
            return _refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self.calls_left -= 1
        if self.calls_left < 0:
            return _refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        path = _ROOT.sub("", asked.path, count=1)
        told = asked.json()
        if path == "/sobjects/Lead/describe" and asked.method == "GET":
            is_ours = {"externalId": True, "unique": True}
            fields = [
                {"name": each, **(is_ours if each == EXTERNAL else {})}
                for each in sorted(self._known("Lead"))
            ]
            return Answered.of({"fields": fields})
        if path == "/composite" and asked.method == "POST":
            return self._composite(told)
        if (found := re.fullmatch(r"/composite/sobjects/(Lead|Contact)", path)) and asked.method == "POST":
            return self._retrieve(found[1], told)
        if asked.method != "PATCH":
            return Answered(405)
        if path == "/composite/sobjects":
            return self._many(told, self._update)
        if path == f"/composite/sobjects/Lead/{EXTERNAL}":
            return self._many(told, self._upsert)
        if found := re.fullmatch(rf"/sobjects/Lead/{EXTERNAL}/([0-9a-f]+)", path):
            return self._one(found[1], told)
        return _refused(404, "NOT_FOUND", "The requested resource does not exist")

    def end_sessions(self) -> None:
        self._tokens.clear()

    def add(self, kind: str = "Lead", **fields: Any) -> str:
        """A record that sales typed in; its id."""
        records = self.leads if kind == "Lead" else self.contacts
        number = f"{'00Q' if kind == 'Lead' else '003'}{len(records):012d}AAA"
        records[number] = {"Id": number, "IsConverted": False} | fields
        return number

    def _token(self, asked: Asked) -> Answered:
        given = {name: values[-1] for name, values in parse_qs(asked.body.decode()).items()}
        if (
            given.get("grant_type") != "client_credentials"
            or given.get("client_secret") != self.client_secret
        ):
            return Answered.of({"error": "invalid_client"}, 400)
        token = f"00D.{len(self.requests)}"
        self._tokens.add(token)
        return Answered.of({"access_token": token, "instance_url": "https://example.my.salesforce.com"})

    def _known(self, kind: str) -> set[str]:
        own = self.fields if kind == "Lead" or self.contact_fields is None else self.contact_fields
        return _STANDARD | own | {"attributes", "id"}

    def _retrieve(self, kind: str, told: Any) -> Answered:
        if unknown := set(told["fields"]) - self._known(kind):
            return _refused(400, "INVALID_FIELD", f"No such column '{min(unknown)}' on entity '{kind}'")
        records = self.leads if kind == "Lead" else self.contacts
        found = [records.get(number) for number in told["ids"]]
        return Answered.of([each and {name: each.get(name) for name in told["fields"]} for each in found])

    def _composite(self, told: Any) -> Answered:
        (asked,) = told["compositeRequest"]
        text = unquote(parse_qs(urlsplit(asked["url"]).query)["q"][0])
        found = re.fullmatch(r"SELECT (.+) FROM Lead WHERE (\w+) IN \((.+)\) ORDER BY CreatedDate", text)
        assert found is not None
        wanted = found[1].split(", ")
        if unknown := {*wanted, found[2]} - self._known("Lead"):
            body: Any = [{"errorCode": "INVALID_FIELD", "message": f"No such column '{min(unknown)}'"}]
            return _composed(body, 400)
        values = {each.replace("\\'", "'").lower() for each in re.findall(r"'((?:[^'\\]|\\.)*)'", found[3])}
        rows = [each for each in self.leads.values() if str(each.get(found[2])).lower() in values]
        records = [{name: each.get(name) for name in wanted} for each in rows]
        return _composed({"totalSize": len(records), "done": True, "records": records}, 200)

    def _many(self, told: Any, write: Any) -> Answered:
        rows = told["records"]
        if not 0 < len(rows) <= 200:
            return _refused(400, "EXCEEDED_ID_LIMIT", "200 records at most")
        results = []
        for row in rows:
            done = write(row)
            error = {name: each for name, each in done.items() if name != "duplicateResult"}
            results.append(done if "id" in done else {"success": False, "errors": [error]})
        return Answered.of(results)

    def _one(self, value: str, told: Any) -> Answered:
        done = self._upsert({**told, EXTERNAL: value})
        if "id" in done:
            return Answered.of(done, 201 if done["created"] else 200)
        return Answered.of([{**done, "errorCode": done["statusCode"]}], 400)

    def _fault(self, kind: str, row: Record) -> Record | None:
        if self.locked_for:
            self.locked_for -= 1
            return _fault("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
        if unknown := row.keys() - self._known(kind):
            return _fault("INVALID_FIELD", f"No such column '{min(unknown)}'", min(unknown))
        return None

    def _update(self, row: Record) -> Record:
        kind = row["attributes"]["type"]
        records = self.leads if kind == "Lead" else self.contacts
        if fault := self._fault(kind, row):
            return fault
        record = records.get(row["id"])
        if record is None:
            return _fault("ENTITY_IS_DELETED", "entity is deleted")
        if record.get("IsConverted"):
            return _fault("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        record.update({name: value for name, value in row.items() if name not in ("attributes", "id")})
        return {"id": record["Id"], "success": True, "errors": [], "created": False}

    def _upsert(self, row: Record) -> Record:
        value = row[EXTERNAL]
        same = [each for each in self.leads.values() if each.get(EXTERNAL) == value]
        if same:
            return self._update({**row, "attributes": {"type": "Lead"}, "id": same[0]["Id"]})
        if fault := self._fault("Lead", row):
            return fault
        if missing := [name for name in ("LastName", "Company") if not row.get(name)]:
            return _fault("REQUIRED_FIELD_MISSING", "Required fields are missing", *missing)
        if self.has_duplicate_rule and (twin := self._twin(row)):
            return twin
        number = self.add(**{name: each for name, each in row.items() if name != "attributes"})
        self.created[value] += 1
        return {"id": number, "success": True, "errors": [], "created": True}

    def _twin(self, row: Record) -> Record | None:
        for kind, records in (("Contact", self.contacts), ("Lead", self.leads)):
            for number, each in records.items():
                if row.get("Email") and each.get("Email") == row["Email"]:
                    record = {"attributes": {"type": kind}, "Id": number}
                    result = {"matchResults": [{"matchRecords": [{"record": record}]}]}
                    return {
                        **_fault("DUPLICATES_DETECTED", "Use one of these records?"),
                        "duplicateResult": result,
                    }
        return None


def _fault(code: str, message: str, *fields: str) -> Record:
    return {"statusCode": code, "message": message, "fields": list(fields)}


def _refused(status: int, code: str, message: str) -> Answered:
    return Answered.of([{"errorCode": code, "message": message}], status)


def _composed(body: Any, status: int) -> Answered:
    answer = {"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": "leads"}
    return Answered.of({"compositeResponse": [answer]})
