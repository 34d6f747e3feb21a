"""One step of the click agent: what a platform tells of a click or keyword meets who carried its id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from attribution.facts import union
from schemas.handover import ClickMentioned, FactsShared
from schemas.sem import AdClicked, AdKeywordListed
from schemas.terms import Identifier

# A keyword has more carriers than a record should hold: full shelves of them are kept apart.
SHELF = 200

Detail = Annotated[AdClicked | AdKeywordListed, Field(discriminator="type")]


class Click(BaseModel):
    """What is known of one click id or keyword: what the platform told of it, and who carried it.

    `shelves` counts the full shelves of carriers that are kept apart; `carriers` are those that came since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    details: tuple[Detail, ...] = ()
    carriers: tuple[Identifier, ...] = ()
    shelves: int = 0


_ADAPTER = TypeAdapter(Click)


@dataclass(frozen=True, slots=True)
class ClickStep:
    """The new state, the shelves that became full, by number, and what must be sent before both are kept."""

    click: Click
    outputs: tuple[FactsShared, ...]
    shelved: Mapping[int, Click] = field(default_factory=dict)


def load_click(data: bytes | None) -> Click:
    """Read a click from its bytes; nothing is a click never heard of."""
    return Click() if data is None else _ADAPTER.validate_json(data)


def dump_click(click: Click) -> bytes:
    """Write a click as bytes: JSON."""
    return _ADAPTER.dump_json(click)


def shelf_key(key: str, number: int) -> str:
    """Return the key under which a shelf of carriers is kept; no click or keyword has such a key."""
    return f"{key}\x1f{number}"


def _no_shelf(_number: int) -> Click:
    return Click()


def resolve_click(
    click: Click,
    arrivals: Sequence[AdClicked | AdKeywordListed | ClickMentioned],
    shelf: Callable[[int], Click] = _no_shelf,
) -> ClickStep:
    """Take in details and mentions of one key; every carrier learns of details that are new to it.

    `shelf` reads a shelf of carriers by its number. Who comes again is told again: it may have forgotten.
    """
    told = [detail for detail in arrivals if not isinstance(detail, ClickMentioned)]
    named = {mention.identifier for mention in arrivals if isinstance(mention, ClickMentioned)}
    known = union({detail.event_id: detail for detail in click.details}, told)
    details = tuple(sorted(known.values(), key=lambda detail: detail.event_id))
    carriers = sorted({*click.carriers, *named})
    if details == click.details:
        to_tell = sorted(named)
    else:
        shelved = (name for number in range(click.shelves) for name in shelf(number).carriers)
        to_tell = sorted({*carriers, *shelved})
    full = len(carriers) // SHELF
    shelves = {
        click.shelves + number: Click(carriers=tuple(carriers[number * SHELF : (number + 1) * SHELF]))
        for number in range(full)
    }
    after = {"details": details, "carriers": tuple(carriers[full * SHELF :]), "shelves": click.shelves + full}
    outputs = tuple(FactsShared(identifier=name, facts=details) for name in to_tell if details)
    return ClickStep(Click.model_validate(after), outputs, shelves)
