"""What HubSpot posts: the events of its apps, and whole records from the webhook action of a workflow."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from producers.cells.json_values import object_of, text_of
from producers.crm.hubspot.events import HUBSPOT, hubspot_event, kind_of_event
from producers.crm.hubspot.history import STAGES, facts_of_object, kind_of_object
from producers.crm.vendor import About, Told, Vendor
from producers.privacy.personal_data import Tokeniser

_IDS: Final = ("objectId", "vid", "canonical-vid", "id")
_KINDS: Final = {"contact": "contact", "0-1": "contact", "deal": "deal", "0-3": "deal"}
_ABOUT: Final[Mapping[str, About]] = {"contact": "lead", "deal": "deal"}
_UPDATED: Final = ("lastmodifieddate", "hs_lastmodifieddate")


def _is_event(row: Mapping[str, Any]) -> bool:
    return "subscriptionType" in row


def _is_record(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("properties"), dict) and any(name in row for name in _IDS)


def _is_mine(row: Mapping[str, Any]) -> bool:
    return _is_event(row) or _is_record(row)


def _about(row: Mapping[str, Any]) -> About:
    return _ABOUT.get(kind_of_event(row) if _is_event(row) else _kind(row), "")


def _read(row: Mapping[str, Any], tokeniser: Tokeniser, received_at: int) -> Told:
    if _is_event(row):
        return hubspot_event(row, tokeniser, received_at)
    kind = _kind(row)
    if not kind:
        return Told(ignored="it is a record of a kind that no journey knows, or doesn't tell which")
    facts, faults = facts_of_object(_as_of_the_api(row), tokeniser, received_at, kind)
    return Told(tuple({fact.event_id: fact for fact in facts}.values()), tuple(faults))


def _kind(row: Mapping[str, Any]) -> str:
    said = text_of(row.get("objectTypeId") or row.get("objectType")).lower()
    if said:
        return _KINDS.get(said, "")
    if row.get("is-contact") is True or "vid" in row:
        return "contact"
    return kind_of_object(row)


def _as_of_the_api(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record that a workflow posts in the form in which HubSpot's API returns it with its history.

    The older form has each property as an object with its value and versions, the newer one as a plain value.
    """
    told = {name: _value(each) for name, each in object_of(row["properties"]).items()}
    record: dict[str, Any] = {
        "id": next((row[name] for name in _IDS if row.get(name)), None),
        "createdAt": row.get("createdAt") or told.get("createdate"),
        "updatedAt": row.get("updatedAt") or next((told[name] for name in _UPDATED if told.get(name)), None),
        "properties": told,
        "propertiesWithHistory": dict(_histories(object_of(row["properties"]), row)),
        "archived": row.get("archived") is True or row.get("isDeleted") is True,
        "archivedAt": row.get("archivedAt"),
        "associations": row.get("associations"),
    }
    for name in STAGES:
        if told.get(name) and not record["propertiesWithHistory"].get(name):
            entered = {"value": told[name], "timestamp": _entered(name, told) or record["updatedAt"]}
            record["propertiesWithHistory"][name] = [entered]
    return record


def _value(told: Any) -> Any:
    return told.get("value") if isinstance(told, dict) else told


def _histories(properties: Mapping[str, Any], row: Mapping[str, Any]) -> Iterable[tuple[str, list[Any]]]:
    for name, told in properties.items():
        versions = object_of(told).get("versions")
        if isinstance(versions, list) and versions:
            yield name, versions
        elif object_of(told).get("timestamp"):
            yield name, [told]
    for name, versions in object_of(row.get("propertiesWithHistory")).items():
        yield name, versions


def _entered(stage: str, told: Mapping[str, Any]) -> Any:
    """When a record came into its stage, if one of HubSpot's own properties says so."""
    value = text_of(told[stage])
    names = [f"hs_v2_date_entered_{value}", f"hs_date_entered_{value}"]
    if stage == "lifecyclestage":
        names.append(f"hs_lifecyclestage_{value}_date")
    if stage == "dealstage":
        names.append("hs_v2_date_entered_current_stage")
        # A close date is a plan, until the deal is closed.
        names += ["closedate"] if text_of(told.get("hs_is_closed")).lower() == "true" else []
    return next((told[name] for name in names if told.get(name)), None)


HUBSPOT_WEBHOOKS: Final = Vendor(HUBSPOT, _is_mine, _about, _read, _is_record)
