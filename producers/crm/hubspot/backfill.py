"""HubSpot's contacts and deals that changed since a time, with the history of their properties.

Search tells which changed, in pages that follow one another by time and id, so that its limit of 10,000
results never counts. Its own pages may shift while they are read. Reading by id tells the histories, which
search doesn't; the associations of a deal are its people. Paths and limits are those of the CRM interface v3,
associations v4. How many values of a property HubSpot keeps (about 20, of contacts 45) isn't said there.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from producers.cells.json_values import object_of, text_of
from producers.cells.times import parse_time
from producers.crm.backfill.asking import Answer, Asker, BackfillError, words
from producers.crm.backfill.running import Batch
from producers.crm.hubspot.events import HUBSPOT
from producers.crm.hubspot.history import facts_of_object
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.privacy.personal_data import Tokeniser
from schemas.envelope import Fact
from schemas.terms import Millis

PAGE: Final = 100
HISTORIES: Final = 50  # records of one request, with the history of their properties
_CHANGED: Final = {"contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}
_KIND: Final = {"contacts": "contact", "deals": "deal"}
# What webhooks tell of each, with its time; a change is the same fact by either way.
_TOLD: Final = {
    "contacts": (
        "lifecyclestage", "hs_lead_status", "email", "phone", "mobilephone", "notes_last_contacted",
        "company",
        "website", "hubspot_owner_id", "leadtrace_visitor_id", "industry", "country", "state", "city",
        "jobtitle", "numemployees", "hs_analytics_source", "how_did_you_hear_about_us",
    ),
    "deals": (
        "dealstage", "amount", "deal_currency_code", "dealname", "hubspot_owner_id", "closed_lost_reason",
        "closed_won_reason", "dealtype", "pipeline", "industry",
    ),
}  # fmt: skip
# What is told once, or is no change.
_STANDING: Final = {
    "contacts": (
        "createdate", "hs_merged_object_ids", "hs_calculated_merged_vids", "hs_analytics_first_url",
        "hs_analytics_first_referrer", "hs_analytics_first_timestamp", "hs_analytics_source_data_1",
        "hs_analytics_source_data_2", "hs_google_click_id", "hs_facebook_click_id", "utm_source",
        "utm_medium",
        "utm_campaign", "utm_term", "utm_content",
    ),
    "deals": ("createdate",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HubSpotRecords:
    """The contacts and deals of one account; `asker` has its token."""

    asker: Asker
    tokeniser: Tokeniser
    received_at: Millis
    name: str = HUBSPOT
    parts: tuple[str, ...] = ("contacts", "deals")

    async def read(self, part: str, since: Millis, until: Millis) -> AsyncIterator[Batch]:
        """Yield what changed, the oldest first; at last what was archived, which search doesn't tell."""
        before = since
        async for ids, reached in self._changed(part, since, until):
            for begin in range(0, len(ids), HISTORIES):
                yield await self._batch(part, ids[begin : begin + HISTORIES], before)
            before = reached
        async for records in self._archived(part, since):
            yield self._told(part, records, (), until)

    async def _changed(
        self, part: str, since: Millis, until: Millis
    ) -> AsyncIterator[tuple[list[str], Millis]]:
        """Yield ids by the time of their change, and up to when all of them are told."""
        changed = _CHANGED[part]
        while True:
            span = [_filter(changed, "GTE", since), _filter(changed, "LT", until)]
            found = await self._search(part, span, changed)
            if len(found) < PAGE:
                yield [own for own, _ in found], until
                return
            last = found[-1][1]
            if found[0][1] < last:
                # Of the last moment there may be more.
                yield [own for own, at in found if at < last], last
                since = last
                continue
            async for some in self._of_moment(part, last):
                yield some, last
            since = last + 1

    async def _of_moment(self, part: str, at: Millis) -> AsyncIterator[list[str]]:
        """Yield all that changed in one millisecond, as an import into HubSpot does, by their ids."""
        above = 0
        while True:
            moment = [_filter(_CHANGED[part], "EQ", at), _filter("hs_object_id", "GT", above)]
            found = await self._search(part, moment, "hs_object_id")
            yield [own for own, _ in found]
            if len(found) < PAGE:
                return
            above = max(int(own) for own, _ in found)

    async def _search(
        self, part: str, filters: list[dict[str, str]], sorted_by: str
    ) -> list[tuple[str, Millis]]:
        document = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": sorted_by, "direction": "ASCENDING"}],
            "properties": [_CHANGED[part], "hs_object_id"],
            "limit": PAGE,
        }
        body = _body(await self.asker.ask(f"/crm/v3/objects/{part}/search", document))
        found = []
        for each in _results(body):
            own, at = text_of(each.get("id")), object_of(each.get("properties")).get(_CHANGED[part])
            try:
                changed_at = parse_time(at)
            except UnusableError:
                changed_at = None
            if not own.isdigit() or changed_at is None:
                raise BackfillError("HubSpot's search tells a record without its id or time of change")
            found.append((own, changed_at))
        return found

    async def _batch(self, part: str, ids: Sequence[str], reached: Millis) -> Batch:
        document = {
            "inputs": [{"id": own} for own in ids],
            "properties": [*_TOLD[part], *_STANDING[part]],
            "propertiesWithHistory": [*_TOLD[part]],
        }
        body = _body(await self.asker.ask(f"/crm/v3/objects/{part}/batch/read", document))
        records = [dict(each) for each in _results(body)]
        if part == "deals":
            people = await self._people([text_of(each.get("id")) for each in records])
            for record in records:
                contacts = [{"id": who} for who in people.get(text_of(record.get("id")), ())]
                record["associations"] = {"contacts": {"results": contacts}}
        told = {text_of(each.get("id")) for each in records}
        missing = [
            LeftOut(0, part, f"the record {own} is gone since it was found") for own in ids if own not in told
        ]
        return self._told(part, records, tuple(missing), reached)

    async def _people(self, deals: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        wanted: list[dict[str, str]] = [{"id": own} for own in deals]
        while wanted:
            path = "/crm/v4/associations/deals/contacts/batch/read"
            body = _body(await self.asker.ask(path, {"inputs": wanted}))
            wanted = []
            for each in _results(body):
                own = text_of(object_of(each.get("from")).get("id"))
                named = [text_of(object_of(one).get("toObjectId")) for one in each.get("to") or ()]
                found.setdefault(own, []).extend(filter(None, named))
                after = text_of(object_of(object_of(each.get("paging")).get("next")).get("after"))
                if after:
                    wanted.append({"id": own, "after": after})
        return found

    async def _archived(self, part: str, since: Millis) -> AsyncIterator[list[Mapping[str, Any]]]:
        after = ""
        while True:
            asked = {"archived": "true", "limit": str(PAGE)} | ({"after": after} if after else {})
            body = _body(await self.asker.ask(f"/crm/v3/objects/{part}", parameters=asked))
            gone: list[Mapping[str, Any]] = []
            for each in _results(body):
                at = parse_time(each.get("archivedAt") or each.get("updatedAt"))
                if at is not None and at >= since:
                    # Of what is gone its end is told, and nothing else.
                    gone.append({"id": each.get("id"), "archived": True, "archivedAt": at, "properties": {}})
            yield gone
            after = text_of(object_of(object_of(body.get("paging")).get("next")).get("after"))
            if not after:
                return

    def _told(
        self, part: str, records: Sequence[Mapping[str, Any]], faults: tuple[LeftOut, ...], reached: Millis
    ) -> Batch:
        facts: dict[str, Fact] = {}
        left = [*faults]
        for record in records:
            made, wrong = facts_of_object(record, self.tokeniser, self.received_at, _KIND[part])
            facts.update((fact.event_id, fact) for fact in made)
            left += [LeftOut(0, f"{part} {text_of(record.get('id'))}", str(each)) for each in wrong]
        return Batch(tuple(facts.values()), tuple(left), len(records), reached)


def hopeless(answer: Answer) -> str:
    """Return why HubSpot will not answer today, "" if it may soon."""
    told = object_of(answer.body)
    if answer.status == 429 and text_of(told.get("policyName")).upper() == "DAILY":
        return "HubSpot's requests of today are spent: go on tomorrow, it continues where it stopped"
    return ""


def _filter(name: str, operator: str, value: int) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _body(answer: Answer) -> Mapping[str, Any]:
    told = object_of(answer.body)
    if answer.status in (200, 207):
        return told
    if answer.status == 401:
        raise BackfillError(
            "HubSpot refuses the token: set LEADTRACE_BACKFILL_HUBSPOT_TOKEN to one that holds"
        )
    if answer.status == 403:
        raise BackfillError(
            "HubSpot lets the token not read this: give its app crm.objects.contacts.read and "
            "crm.objects.deals.read",
        )
    raise BackfillError(f"HubSpot refuses (HTTP {answer.status}): {words(told.get('message'))}")


def _results(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    results = body.get("results")
    if not isinstance(results, list):
        raise BackfillError("HubSpot answers with something that holds no results")
    return [object_of(each) for each in results]
