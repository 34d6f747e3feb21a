"""What each topic holds, as the type that reads and describes it; dead letters are bytes of any kind."""

from typing import Any, Final

from schemas.contacts import ContactSealed
from schemas.crm import CrmEvent
from schemas.handover import ClickMentioned, HandOver, IdentityAssigned
from schemas.identity import IdentityEvent
from schemas.journey import Journey, Opportunity
from schemas.outbox import OutboxEvent
from schemas.sem import SemEvent
from schemas.topics import (
    ASSIGNMENTS,
    CONTACTS,
    CRM,
    HAND_OVER,
    JOURNEYS,
    LINKS,
    MENTIONS,
    OPPORTUNITIES,
    OUTBOX,
    SEM,
    UTM,
    WEBSITE,
)
from schemas.utm import UtmEvent
from schemas.website import WebsiteEvent

# Topics of several types hold a union that `type` tells apart.
UNIONS: Final[dict[str, Any]] = {
    WEBSITE.name: WebsiteEvent,
    UTM.name: UtmEvent,
    SEM.name: SemEvent,
    CRM.name: CrmEvent,
    LINKS.name: IdentityEvent,
    HAND_OVER.name: HandOver,
    OUTBOX.name: OutboxEvent,
}
SINGLE: Final[dict[str, type]] = {
    ASSIGNMENTS.name: IdentityAssigned,
    MENTIONS.name: ClickMentioned,
    JOURNEYS.name: Journey,
    OPPORTUNITIES.name: Opportunity,
    CONTACTS.name: ContactSealed,
}
