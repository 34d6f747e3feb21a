"""One step of the click agent: what the platform tells of a click meets who carried it, in either order."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, TypeAdapter

from attribution.facts import union
from schemas.handover import ClickMentioned, FactsShared
from schemas.sem import AdClicked
from schemas.terms import Identifier


class Click(BaseModel):
    """What is known of one click id: the platform's records of it, and the identifiers that carried it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    details: tuple[AdClicked, ...] = ()
    carriers: tuple[Identifier, ...] = ()


_ADAPTER = TypeAdapter(Click)


@dataclass(frozen=True, slots=True)
class ClickStep:
    """The new state of the click id, and what must be sent before it is remembered."""

    click: Click
    outputs: tuple[FactsShared, ...]


def load_click(data: bytes | None) -> Click:
    """Read a click from its bytes; nothing is a click never heard of."""
    return Click() if data is None else _ADAPTER.validate_json(data)


def dump_click(click: Click) -> bytes:
    """Write a click as bytes: JSON."""
    return _ADAPTER.dump_json(click)


def resolve_click(click: Click, arrivals: Sequence[AdClicked | ClickMentioned]) -> ClickStep:
    """Take in details and mentions of one click id; every carrier learns of details that are new to it."""
    told = [detail for detail in arrivals if isinstance(detail, AdClicked)]
    named = {mention.identifier for mention in arrivals if isinstance(mention, ClickMentioned)}
    known = union({detail.event_id: detail for detail in click.details}, told)
    details = tuple(sorted(known.values(), key=lambda detail: detail.event_id))
    carriers = tuple(sorted({*click.carriers, *named}))
    changed = details != click.details
    outputs = tuple(
        FactsShared(identifier=carrier, facts=details)
        for carrier in carriers
        if details and (changed or carrier not in click.carriers)
    )
    return ClickStep(Click.model_validate({"details": details, "carriers": carriers}), outputs)
