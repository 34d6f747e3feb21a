"""The types on each topic, and the JSON Schema of each, made from the same classes that decode them."""

from typing import Any, Final, get_args

import orjson
from pydantic import TypeAdapter

from schemas.crm import CrmEvent
from schemas.handover import ClickMentioned, HandOver, IdentityAssigned
from schemas.identity import IdentityEvent
from schemas.journey import Journey, Opportunity
from schemas.sem import SemEvent
from schemas.topics import (
    ASSIGNMENTS,
    CRM,
    HAND_OVER,
    JOURNEYS,
    LINKS,
    MENTIONS,
    OPPORTUNITIES,
    SEM,
    UTM,
    WEBSITE,
)
from schemas.utm import UtmEvent
from schemas.website import WebsiteEvent

VERSION: Final = "v1"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_EVENTS: Final[dict[str, Any]] = {
    WEBSITE.name: WebsiteEvent,
    UTM.name: UtmEvent,
    SEM.name: SemEvent,
    CRM.name: CrmEvent,
    LINKS.name: IdentityEvent,
    HAND_OVER.name: HandOver,
}
_SINGLE: Final[dict[str, dict[str, type]]] = {
    ASSIGNMENTS.name: {"identity_assigned": IdentityAssigned},
    MENTIONS.name: {"click_mentioned": ClickMentioned},
    JOURNEYS.name: {"journey": Journey},
    OPPORTUNITIES.name: {"opportunity": Opportunity},
}


def types_of(topic: str) -> dict[str, type]:
    """Return the classes of what a topic holds, by their type's name; a topic of raw bytes has none."""
    if topic in _EVENTS:
        members = get_args(get_args(_EVENTS[topic])[0])
        return {member.model_fields["type"].default: member for member in members}
    return dict(_SINGLE.get(topic, {}))


def json_schema(name: str, held: type) -> dict[str, Any]:
    """Make the JSON Schema of one type; `name` is the type's name."""
    schema = TypeAdapter(held).json_schema(mode="validation")
    if "type" in schema["properties"]:
        # Readers in other languages tell the types of a topic apart by it.
        schema["required"] = ["type", *schema["required"]]
    return {"$schema": DIALECT, "$id": f"urn:leadtrace:{name}.{VERSION}"} | schema


def json_schema_texts() -> dict[str, str]:
    """Return the text of each JSON Schema by file name, such as "page_viewed.v1.json"."""
    texts: dict[str, str] = {}
    for topic in (*_EVENTS, *_SINGLE):
        for name, held in types_of(topic).items():
            text = orjson.dumps(json_schema(name, held), option=orjson.OPT_INDENT_2)
            texts[f"{name}.{VERSION}.json"] = text.decode() + "\n"
    return texts
