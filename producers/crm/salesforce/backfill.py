"""Salesforce's leads, contacts, opportunities and who is on them that changed since a time, and their stages.

They are asked by SOQL over REST, with those that were deleted. A record is read by the mapping of exports, so
that it is the same facts as a row of Data Loader's. Which fields there are is asked first: fields of one's
own that tell how a lead came are read by their names. The history of leads is there only if the company keeps
one; that of opportunities always is.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from producers.cells.headers import column_key
from producers.cells.json_values import object_of, text_of
from producers.cells.tabular import NotUnderstoodError, Row, Table
from producers.cells.times import parse_time
from producers.crm.backfill.asking import Answer, Asker, BackfillError, words
from producers.crm.backfill.running import Batch
from producers.crm.cells import salesforce_id
from producers.crm.mapping import CrmMapping, parse_mapping
from producers.crm.row import facts_of_row
from producers.crm.salesforce.history import SYSTEM, read_field_history
from producers.crm.shipped import shipped_mapping
from producers.crm.taken_back import moved_on_deal
from producers.crm.told_sources import meaning_of
from producers.outcomes.left_out import LeftOut
from producers.privacy.personal_data import Tokeniser
from schemas.envelope import Fact
from schemas.terms import Millis

VERSION: Final = "v60.0"
# Which field says when a record of a part changed; what is history is only added to.
_CHANGED: Final = {
    "Lead": "SystemModstamp", "Contact": "SystemModstamp", "Opportunity": "SystemModstamp",
    "OpportunityContactRole": "SystemModstamp", "OpportunityHistory": "CreatedDate",
    "LeadHistory": "CreatedDate",
}  # fmt: skip
_MAPPINGS: Final = {
    "Lead": "salesforce-export",
    "Contact": "salesforce-export",
    "Opportunity": "salesforce-deals",
}
_FIELDS: Final = {
    "OpportunityContactRole": ("Id", "OpportunityId", "ContactId", "IsDeleted", "SystemModstamp"),
    "OpportunityHistory": ("OpportunityId", "StageName", "CreatedDate"),
    "LeadHistory": ("LeadId", "Field", "OldValue", "NewValue", "CreatedDate"),
}
# A day without a time would double what its change event tells exactly.
_LEFT_TO_EVENTS: Final = frozenset({"lastactivitydate"})
_RECORD_TYPE: Final = {"Lead": "Lead Record Type", "Opportunity": "Opportunity Record Type"}
_HEARD: Final = "How_did_you_hear_about_us__c"


@dataclass(slots=True)
class SalesforceRecords:
    """The records of one organisation. `secrets` are the id and secret of a connected app, whose token
    `asker` gets; none if it has one already.
    """

    asker: Asker
    tokeniser: Tokeniser
    received_at: Millis
    secrets: tuple[str, str] | None = field(default=None, repr=False)
    name: str = SYSTEM
    parts: tuple[str, ...] = tuple(_CHANGED)

    async def read(self, part: str, since: Millis, until: Millis) -> AsyncIterator[Batch]:
        """Yield what changed, the oldest first."""
        fields = await self._fields(part)
        if not fields:
            note = f"{part} isn't kept in this organisation: a stage counts since its record's last change"
            yield Batch((), (), 0, until, (note,))
            return
        changed = _CHANGED[part]
        span = f"{changed} >= {_iso(since)} AND {changed} < {_iso(until)}"
        listed = ", ".join(fields)
        query = f"SELECT {listed} FROM {part} WHERE {span} ORDER BY {changed} ASC, Id ASC"  # noqa: S608 - our names, and those that Salesforce describes
        asked = {"q": query}
        path = f"/services/data/{VERSION}/queryAll"
        while True:
            body = object_of((await self._ask(path, asked)).body)
            records = body.get("records")
            if not isinstance(records, list):
                raise BackfillError("Salesforce answers a query with something that holds no records")
            found = [object_of(each) for each in records]
            ends = body.get("done") is not False
            reached = until if ends or not found else parse_time(found[-1].get(changed)) or since
            yield self._told(part, fields, found, reached)
            if ends:
                return
            path, asked = text_of(body.get("nextRecordsUrl")), {}
            if not path.startswith("/services/data/"):
                raise BackfillError("Salesforce says that there is more, and not where")

    async def _fields(self, part: str) -> list[str]:
        """Return the fields to ask for, those that there are; none if there is no such object."""
        answer = await self._ask(f"/services/data/{VERSION}/sobjects/{part}/describe", {}, may_lack=True)
        if answer.status == 404:
            return []
        told = object_of(answer.body).get("fields")
        if not isinstance(told, list) or not told:
            raise BackfillError(f"Salesforce describes {part} by something that holds no fields")
        named = [text_of(object_of(each).get("name")) for each in told]
        there = [name for name in named if name.isidentifier()]
        if part in _FIELDS:
            return [name for name in _FIELDS[part] if name in there]
        known = {column_key(name) for _, names in _mapping(part).fields() for name in names} - _LEFT_TO_EVENTS
        known |= {column_key(name) for name in (_HEARD, "AccountId")}
        fields = [name for name in there if column_key(name) in known or meaning_of(name)[0]]
        return [*fields, "RecordType.Name"] if "RecordTypeId" in there and part in _RECORD_TYPE else fields

    def _told(
        self, part: str, fields: Sequence[str], records: Sequence[Mapping[str, Any]], reached: Millis
    ) -> Batch:
        if part in ("LeadHistory", "OpportunityHistory"):
            facts, faults = self._stages(fields, records)
        else:
            facts, faults = [], []
            for record in records:
                made = self._people(record) if part == "OpportunityContactRole" else self._row(part, record)
                facts += made[0]
                faults += [LeftOut(0, f"{part} {text_of(record.get('Id'))}", str(each)) for each in made[1]]
        distinct = {fact.event_id: fact for fact in facts}
        return Batch(tuple(distinct.values()), tuple(faults), len(records), reached)

    def _row(self, part: str, record: Mapping[str, Any]) -> tuple[list[Fact], list[LeftOut]]:
        row = {name: text_of(value) for name, value in record.items() if not isinstance(value, dict)}
        if kind := text_of(object_of(record.get("RecordType")).get("Name")):
            row[_RECORD_TYPE.get(part, "Record Type")] = kind
        if heard := row.pop(_HEARD, ""):
            row["How did you hear about us?"] = heard
        if part == "Contact":
            row["ConvertedAccountId"] = row.pop("AccountId", "")
        result = facts_of_row(row, _mapping(part), self.tokeniser, self.received_at)
        return [*result.facts], [*result.problems]

    def _people(self, record: Mapping[str, Any]) -> tuple[list[Fact], list[LeftOut]]:
        at = parse_time(record.get("SystemModstamp"))
        deal, who = (salesforce_id(text_of(record.get(name))) for name in ("OpportunityId", "ContactId"))
        if at is None or len(deal) != 18 or len(who) != 18:
            return [], [LeftOut(0, "", "names no opportunity, no contact or no time")]
        moved = {"left" if record.get("IsDeleted") is True else "joined": (f"crm:{SYSTEM}:{who}",)}
        return [moved_on_deal(f"deal:{SYSTEM}:{deal}", at, self.received_at, **moved)], []

    def _stages(
        self, fields: Sequence[str], records: Sequence[Mapping[str, Any]]
    ) -> tuple[list[Fact], list[LeftOut]]:
        if not records:
            return [], []
        rows = [Row(0, tuple(fields))]
        rows += [
            Row(number, tuple(text_of(record.get(name)) for name in fields))
            for number, record in enumerate(records, start=1)
        ]
        try:
            result = read_field_history(Table(tuple(rows), "", ""), self.tokeniser, self.received_at, "")
        except NotUnderstoodError as error:
            raise BackfillError(f"Salesforce's history is not as it is known: {error}") from None
        return [*result.facts], [*result.rejects]

    async def _ask(self, path: str, parameters: Mapping[str, str], may_lack: bool = False) -> Answer:
        if self.secrets and "Authorization" not in self.asker.headers:
            await self._log_in()
        answer = await self.asker.ask(path, parameters=parameters)
        if answer.status == 401 and self.secrets:
            await self._log_in()
            answer = await self.asker.ask(path, parameters=parameters)
        if answer.status == 200 or (may_lack and answer.status == 404):
            return answer
        raise BackfillError(_refusal(answer))

    async def _log_in(self) -> None:
        own, secret = self.secrets or ("", "")
        self.asker.headers = {}
        form = {"grant_type": "client_credentials", "client_id": own, "client_secret": secret}
        answer = await self.asker.ask("/services/oauth2/token", form=form)
        token = text_of(object_of(answer.body).get("access_token"))
        if not token:
            why = words(object_of(answer.body).get("error_description") or f"HTTP {answer.status}")
            raise BackfillError(f"Salesforce gives the app no token: {why}")
        self.asker.headers = {"Authorization": f"Bearer {token}"}


def hopeless(answer: Answer) -> str:
    """Return why Salesforce will not answer today, "" if it may soon: what may pass is told by its status."""
    return _refusal(answer) if "REQUEST_LIMIT_EXCEEDED" in _codes(answer) else ""


def _refusal(answer: Answer) -> str:
    codes = _codes(answer)
    if "REQUEST_LIMIT_EXCEEDED" in codes:
        return "Salesforce's requests of today are spent: run it again tomorrow, and it goes on from there"
    if answer.status == 401:
        return "Salesforce refuses the session: set what LEADTRACE_BACKFILL_SALESFORCE_… names anew"
    told = answer.body[0] if isinstance(answer.body, list) and answer.body else answer.body
    why = words(object_of(told).get("message"))
    return f"Salesforce refuses (HTTP {answer.status} {' '.join(codes)}): {why}"


def _codes(answer: Answer) -> list[str]:
    told = answer.body if isinstance(answer.body, list) else [answer.body]
    return [text_of(object_of(each).get("errorCode")) for each in told]


@cache
def _mapping(part: str) -> CrmMapping:
    return parse_mapping(shipped_mapping(_MAPPINGS[part]))


def _iso(at: Millis) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
