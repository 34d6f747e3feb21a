"""The overseas team's CRM as HubSpot's webhooks: arrays of events, each of one property or one merge."""

from collections.abc import Iterable, Iterator
from typing import Any

from market.contacts import address_typed, as_typed
from market.model import OVERSEAS_CRM, DealChange, Lead, Market, Merge, StageChange, system_of

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
    yield from _deals(market)
    yield from _taken_back(market)


def _entered(lead: Lead) -> Iterable[Event]:
    yield _event("contact.creation", lead.id, lead.created_at)
    contact = lead.contact
    said = {
        "email": address_typed(contact.email, 1),
        "phone": as_typed(contact.phone),
        "company": contact.company,
    }
    for name, value in said.items():
        if value:
            yield _changed(lead.id, lead.created_at, name, value)


def _deals(market: Market) -> Iterator[tuple[int, list[Event]]]:
    before: dict[str, DealChange] = {}
    for change in market.deals:
        if system_of(change.deal) == OVERSEAS_CRM:
            yield change.at, list(_of_deal(change, before.get(change.deal)))
            before[change.deal] = change


def _of_deal(change: DealChange, before: DealChange | None) -> Iterator[Event]:
    """Yield what changed of a deal; at first, that it is there, who is on it, and all that is known."""
    if before is None:
        yield _event("deal.creation", change.deal, change.at)
        for lead in change.people:
            yield from _tied(change.deal, lead, change.at)
    for said, said_before in zip(_properties(change), _properties(before), strict=True):
        if said != said_before and said[1]:
            yield _changed(change.deal, change.at, *said, kind="deal")


def _properties(change: DealChange | None) -> list[tuple[str, str]]:
    if change is None:
        return [("", "")] * 6
    return [
        ("dealname", change.name),
        ("amount", f"{change.amount / 100:.2f}"),
        ("deal_currency_code", change.currency),
        ("hubspot_owner_id", change.owner),
        ("dealstage", change.stage),
        ("closed_lost_reason", change.reason),
    ]


def _tied(deal: str, lead: str, at: int, removed: bool = False) -> Iterator[Event]:
    """Both ends of a tie tell of it."""
    for kind, ends in (("deal", (deal, lead)), ("contact", (lead, deal))):
        yield {
            "subscriptionType": f"{kind}.associationChange",
            "associationType": "DEAL_TO_CONTACT" if kind == "deal" else "CONTACT_TO_DEAL",
            "fromObjectId": int(ends[0]),
            "toObjectId": int(ends[1]),
            "associationRemoved": removed,
            "occurredAt": at,
            "portalId": _PORTAL,
        }


def _taken_back(market: Market) -> Iterator[tuple[int, list[Event]]]:
    anew = {word.record: word.other for word in market.taken_back if word.kind == "renamed"}
    for word in market.taken_back:
        kind = "deal" if word.is_deal else "contact"
        if system_of(word.record) != OVERSEAS_CRM:
            continue
        match word.kind:
            case "deleted":
                yield word.at, [_event(f"{kind}.deletion", word.record, word.at)]
            case "restored":
                yield word.at, [_event(f"{kind}.restore", word.record, word.at)]
            case "joined" | "left":
                yield word.at, list(_tied(word.record, word.other, word.at, removed=word.kind == "left"))
            case "merged":
                into = anew.get(word.other, word.other)
                merged = {"newObjectId": int(into), "mergedObjectIds": [int(word.record)]}
                event = _event("deal.merge", into, word.at) | {"primaryObjectId": int(word.other)}
                yield word.at, [event | merged]
            case _:
                continue  # what a merged deal is called from then on is told by the merge


def _stage(change: StageChange) -> Event:
    return _changed(change.lead, change.at, "lifecyclestage", change.stage)


def _merged(merge: Merge) -> Event:
    merged = {"newObjectId": int(merge.into), "mergedObjectIds": [int(lead) for lead in merge.gone]}
    return _event("contact.merge", merge.into, merge.at) | {"primaryObjectId": int(merge.into), **merged}


def _changed(record: str, at: int, name: str, value: str, kind: str = "contact") -> Event:
    told = {"propertyName": name, "propertyValue": value, "changeSource": "CRM_UI"}
    return _event(f"{kind}.propertyChange", record, at) | told


def _event(kind: str, record: str, at: int) -> Event:
    return {"subscriptionType": kind, "objectId": int(record), "occurredAt": at, "portalId": _PORTAL}
