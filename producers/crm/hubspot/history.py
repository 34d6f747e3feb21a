"""HubSpot's contacts and deals, with the history of their properties, to the facts of its webhooks."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from producers.cells.json_values import object_of, text_of
from producers.cells.times import is_plausible, parse_time
from producers.crm.hubspot.events import HUBSPOT, hubspot_event, hubspot_fact
from producers.crm.stated import stated
from producers.crm.told_sources import told_fields
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.privacy.personal_data import Tokeniser
from schemas.crm import DealRecorded, SourceTold
from schemas.envelope import Fact

# Their current value says nothing of when it became so.
STAGES: Final = ("lifecyclestage", "hs_lead_status", "dealstage")
_OF_DEALS: Final = frozenset({"dealstage", "dealname", "pipeline", "closedate", "amount"})
_OF_CONTACTS: Final = frozenset({"lifecyclestage", "hs_lead_status", "email", "firstname", "lastname"})
_OF_COMPANIES: Final = frozenset({"domain", "name"})


def is_hubspot(record: Mapping[str, Any]) -> bool:
    """Whether this is an object as HubSpot's API returns it."""
    return "id" in record and ("properties" in record or "propertiesWithHistory" in record)


def facts_of_object(
    record: Mapping[str, Any], tokeniser: Tokeniser, received_at: int, kind: str = ""
) -> tuple[list[Fact], list[LeftOut]]:
    """Return what an object's history states; an entry that can't be used keeps no other one out.

    A change that a webhook told too has the same id there. Of properties without history the current value
    counts since the object's last change, but for stages: when it came into one is not known. `kind` is
    "contact" or "deal", if it isn't told by the properties.
    """
    facts: list[Fact] = []
    faults: list[LeftOut] = []
    kind = kind or kind_of_object(record)
    if not text_of(record["id"]):
        return [], [LeftOut(0, "id", "is no id: a record without one can't be told from others")]
    if not kind:
        reason = "doesn't tell whether it is a contact or a deal: request lifecyclestage, or dealstage"
        return [], [LeftOut(0, "", reason)]
    try:
        events = [*_events(record, kind)]
        facts += _people(record, received_at) if kind == "deal" else _source(record, tokeniser, received_at)
    except UnusableError as error:
        return [], [LeftOut(0, "", str(error))]
    for where, event in events:
        try:
            made = hubspot_event(event, tokeniser, received_at).facts
        except UnusableError as error:
            faults.append(LeftOut(0, where, str(error)))
            continue
        for fact in made:
            if is_plausible(fact.occurred_at, received_at):
                facts.append(fact)
            else:
                faults.append(LeftOut(0, where, "is dated before 2000 or more than a year ahead"))
    return facts, faults


def stages_without_history(record: Mapping[str, Any]) -> bool:
    """Whether the object names a stage, and nothing says since when."""
    history = object_of(record.get("propertiesWithHistory"))
    return any(
        value and name in STAGES for name, value in object_of(record.get("properties")).items()
    ) and not any(history.get(name) for name in STAGES)


def kind_of_object(record: Mapping[str, Any]) -> str:
    """Return "contact" or "deal", by the properties that the object has; "" if they don't tell."""
    names = {*object_of(record.get("properties")), *object_of(record.get("propertiesWithHistory"))}
    if names & _OF_DEALS:
        return "deal"
    return "contact" if names & _OF_CONTACTS and not names & _OF_COMPANIES else ""


def _events(record: Mapping[str, Any], kind: str) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield the events that webhooks would have sent, each with its place in the object."""
    current = object_of(record.get("properties"))
    history = object_of(record.get("propertiesWithHistory"))
    about = {"objectId": record["id"]}
    changed = about | {"subscriptionType": f"{kind}.propertyChange"}
    if created := record.get("createdAt") or current.get("createdate"):
        yield "createdAt", about | {"subscriptionType": f"{kind}.creation", "occurredAt": created}
    for name, entries in history.items():
        if not isinstance(entries, list):
            raise UnusableError("propertiesWithHistory: a property's history is not a list")
        for number, entry in enumerate(entries):
            told = object_of(entry)
            said = {
                "propertyName": name,
                "propertyValue": told.get("value"),
                "occurredAt": told.get("timestamp"),
            }
            yield f"propertiesWithHistory.{name}[{number}]", changed | said
    updated = record.get("updatedAt")
    for name, value in current.items():
        if updated and value and name not in history and name not in STAGES:
            said = {"propertyName": name, "propertyValue": value, "occurredAt": updated}
            yield f"properties.{name}", changed | said
    for loser, at in _merged(current, updated):
        merge = {"subscriptionType": f"{kind}.merge", "occurredAt": at}
        yield "properties.hs_merged_object_ids", merge | {
            "newObjectId": record["id"], "primaryObjectId": record["id"], "mergedObjectIds": [loser],
        }  # fmt: skip
    if record.get("archived") is True:
        gone_at = record.get("archivedAt") or updated
        yield "archived", about | {"subscriptionType": f"{kind}.deletion", "occurredAt": gone_at}


def _merged(current: Mapping[str, Any], updated: Any) -> Iterable[tuple[str, Any]]:
    """Yield the records that were merged into this one, with the time if it is told."""
    dated = text_of(current.get("hs_calculated_merged_vids"))
    for each in filter(None, (part.strip() for part in dated.split(";"))):
        loser, _, at = each.partition(":")
        yield loser, at or updated
    if not dated:
        for loser in text_of(current.get("hs_merged_object_ids")).split(";"):
            if loser.strip():
                yield loser.strip(), updated


def _source(record: Mapping[str, Any], tokeniser: Tokeniser, received_at: int) -> Iterable[Fact]:
    """Yield how a contact came, as its own properties say: first page, referrer, click id, campaign tags."""
    current = {name: text_of(value) for name, value in object_of(record.get("properties")).items()}
    created = parse_time(record.get("createdAt") or current.get("createdate") or None)
    at = parse_time(record.get("updatedAt") or None) or created
    came_at = parse_time(current.get("hs_analytics_first_timestamp") or None) or created
    for which, told in told_fields(current, tokeniser).items():
        if at is None or came_at is None or not is_plausible(came_at, received_at):
            return
        yield stated(
            SourceTold,
            HUBSPOT,
            f"crm:{HUBSPOT}:{text_of(record['id'])}",
            at,
            received_at,
            {
                "touched_at": came_at - (which == "first"),
                "which": which,
                "landing_url": told.landing_url,
                "referrer": told.referrer,
                "tags": told.tags,
            },
        )


def _people(record: Mapping[str, Any], received_at: int) -> Iterable[Fact]:
    contacts = object_of(object_of(record.get("associations")).get("contacts")).get("results")
    named = [text_of(object_of(each).get("id")) for each in contacts] if isinstance(contacts, list) else []
    at = parse_time(record.get("updatedAt") or record.get("createdAt"))
    if at is None or not any(named):
        return ()
    about = {
        "occurred_at": at, "received_at": received_at, "source": f"crm:{HUBSPOT}", "system": HUBSPOT,
        "subject": f"deal:{HUBSPOT}:{text_of(record['id'])}",
    }  # fmt: skip
    people = tuple(sorted({f"crm:{HUBSPOT}:{name}" for name in named if name}))
    return (hubspot_fact(DealRecorded, about, people=people),)
