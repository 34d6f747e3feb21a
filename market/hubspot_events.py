"""The overseas team's CRM as HubSpot's webhooks: arrays of events, each of one property or one merge."""

from collections.abc import Iterable, Iterator
from typing import Any

from market.contacts import as_typed
from market.model import OVERSEAS_CRM, Lead, Market, Merge, StageChange, system_of

_PORTAL = 4_100_200

Event = dict[str, Any]


def hubspot_webhooks(market: Market) -> Iterator[tuple[int, list[Event]]]:
    """Yield the body of each request, with the time at which it was sent (UTC ms)."""
    for lead in market.leads:
        if system_of(lead.id) == OVERSEAS_CRM:
            yield lead.created_at, list(_entered(lead))
    for change in market.stages:
        if system_of(change.lead) == OVERSEAS_CRM:
            yield change.at, [_stage(change)]
    for merge in market.merges:
        if system_of(merge.into) == OVERSEAS_CRM:
            yield merge.at, [_merged(merge)]


def _entered(lead: Lead) -> Iterable[Event]:
    yield _event("contact.creation", lead.id, lead.created_at)
    contact = lead.contact
    said = {"email": contact.email, "phone": as_typed(contact.phone), "company": contact.company}
    for name, value in said.items():
        if value:
            yield _changed(lead.id, lead.created_at, name, value)


def _stage(change: StageChange) -> Event:
    return _changed(change.lead, change.at, "lifecyclestage", change.stage)


def _merged(merge: Merge) -> Event:
    merged = {"newObjectId": int(merge.into), "mergedObjectIds": [int(lead) for lead in merge.gone]}
    return _event("contact.merge", merge.into, merge.at) | {"primaryObjectId": int(merge.into), **merged}


def _changed(lead: str, at: int, name: str, value: str) -> Event:
    told = {"propertyName": name, "propertyValue": value, "changeSource": "CRM_UI"}
    return _event("contact.propertyChange", lead, at) | told


def _event(kind: str, lead: str, at: int) -> Event:
    return {"subscriptionType": kind, "objectId": int(lead), "occurredAt": at, "portalId": _PORTAL}
