"""The requests that Salesforce is asked and told by: reads by id, by our id, by address; writes of many."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from outbox.destination import Account, Request, Sending
from outbox.destinations.bodies import JSON, as_json
from outbox.destinations.crm import Lead

LEADTRACE_ID: Final = "Leadtrace_Id__c"
PLANNED_AT: Final = "Leadtrace_Planned_At__c"
MOST_ROWS: Final = 200
_VERSION: Final = "v62.0"
# What an address is looked for by goes in a body, since addresses of URLs are written down on their way.
_CONVERTED: Final = ("IsConverted", "ConvertedContactId")

Row = Mapping[str, Any]


class Calls:
    """Requests to the instance that a session belongs to."""

    def __init__(self, sending: Sending) -> None:
        account, session = sending.account, sending.session
        self._host = account.base_url or session.values.get("instance_url") or f"https://{domain(account)}"
        self._root = f"/services/data/{account.options.get('version') or _VERSION}"
        self._headers = {**JSON, "authorization": f"Bearer {session.token}"}

    def read(self, step: str, leads: Sequence[Lead], ids: Sequence[str], kind: str = "Lead") -> Request:
        """Records by Salesforce's own ids, in their order."""
        body = {"ids": list(ids), "fields": _fields(leads, kind)}
        return self._request("POST", f"/composite/sobjects/{kind}", body, leads, step)

    def read_by(self, step: str, leads: Sequence[Lead], name: str, values: Sequence[str]) -> Request:
        """Leads by the values of a field."""
        listed = ", ".join(f"'{_quoted(each)}'" for each in values)
        fields = ", ".join(_fields(leads, "Lead"))
        text = f"SELECT {fields} FROM Lead WHERE {name} IN ({listed}) ORDER BY CreatedDate"  # noqa: S608 - quoted
        asked = {"method": "GET", "url": f"{self._root}/query?q={quote(text)}", "referenceId": "leads"}
        return self._request("POST", "/composite", {"compositeRequest": [asked]}, leads, step)

    def update(self, step: str, leads: Sequence[Lead], rows: Sequence[Row]) -> Request:
        """Records by their ids; each row has its attributes and its id."""
        body = {"allOrNone": False, "records": rows}
        return self._request("PATCH", "/composite/sobjects", body, leads, step)

    def upsert(self, step: str, leads: Sequence[Lead], rows: Sequence[Row]) -> Request:
        """Leads by our id: made if there is none."""
        body = {"allOrNone": False, "records": rows}
        return self._request("PATCH", f"/composite/sobjects/Lead/{LEADTRACE_ID}", body, leads, step)

    def upsert_one(self, step: str, lead: Lead, row: Row) -> Request:
        """One lead by our id: of duplicates the answer says which record is there already."""
        fields = {name: value for name, value in row.items() if name not in ("attributes", LEADTRACE_ID)}
        return self._request("PATCH", f"/sobjects/Lead/{LEADTRACE_ID}/{lead.id}", fields, [lead], step)

    def describe(self) -> Request:
        """What fields leads have."""
        headers = self._headers
        return Request(
            method="GET",
            url=f"{self._host}{self._root}/sobjects/Lead/describe",
            headers=headers,
            step="fields",
        )

    def _request(self, method: Any, path: str, body: object, leads: Sequence[Lead], step: str) -> Request:
        return Request(
            method=method,
            url=f"{self._host}{self._root}{path}",
            headers=self._headers,
            body=as_json(body),
            keys=tuple(key for each in leads for key in each.keys),
            step=step,
        )


def domain(account: Account) -> str:
    """The host of the company's own domain."""
    return account.options.get("domain", "")


def rows_of(request: Request) -> list[dict[str, Any]]:
    """The records that a request wrote."""
    rows: list[dict[str, Any]] = json.loads(request.body)["records"]
    return rows


def _fields(leads: Sequence[Lead], kind: str) -> list[str]:
    own = sorted({name for each in leads for name in each.own})
    return ["Id", "Email", LEADTRACE_ID, PLANNED_AT, *(_CONVERTED if kind == "Lead" else ()), *own]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
