"""One step of the click agent: what a platform tells of a click or keyword meets who carried its id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from attribution.facts import union
from schemas.handover import ClickMentioned, FactsShared
from schemas.sem import AdClicked, AdKeywordListed
from schemas.terms import Identifier

# A keyword has more carriers than a record should hold: full buckets of them are kept apart.
BUCKET = 200

Detail = Annotated[AdClicked | AdKeywordListed, Field(discriminator="type")]


class Click(BaseModel):
    """What is known of one click id or keyword: what the platform told of it, and who carried it.

    `buckets` counts the full buckets of carriers that are kept apart; `carriers` are those that came since.
    """

    # A key of the JSON that has an older name keeps it.
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    details: tuple[Detail, ...] = ()
    carriers: tuple[Identifier, ...] = ()
    buckets: int = Field(0, alias="shelves")


_ADAPTER = TypeAdapter(Click)


@dataclass(frozen=True, slots=True)
class ClickStep:
    """The new state, the buckets that became full, by number, and what must be sent before both are kept."""

    click: Click
    outputs: tuple[FactsShared, ...]
    filled: Mapping[int, Click] = field(default_factory=dict)


def load_click(data: bytes | None) -> Click:
    """Read a click from its bytes; nothing is a click never heard of."""
    return Click() if data is None else _ADAPTER.validate_json(data)


def dump_click(click: Click) -> bytes:
    """Write a click as bytes: JSON."""
    return _ADAPTER.dump_json(click)


def bucket_key(key: str, number: int) -> str:
    """Return the key under which a bucket of carriers is kept; no click or keyword has such a key."""
    return f"{key}\x1f{number}"


def _no_bucket(_number: int) -> Click:
    return Click()


def resolve_click(
    click: Click,
    arrivals: Sequence[AdClicked | AdKeywordListed | ClickMentioned],
    bucket: Callable[[int], Click] = _no_bucket,
) -> ClickStep:
    """Take in details and mentions of one key; every carrier learns of details that are new to it.

    `bucket` reads a bucket of carriers by its number. Who comes again is told again: it may have forgotten.
    """
    arrived = [detail for detail in arrivals if not isinstance(detail, ClickMentioned)]
    named = {mention.identifier for mention in arrivals if isinstance(mention, ClickMentioned)}
    known = union({detail.event_id: detail for detail in click.details}, arrived)
    details = tuple(sorted(known.values(), key=lambda detail: detail.event_id))
    carriers = sorted({*click.carriers, *named})
    if details == click.details:
        to_tell = sorted(named)
    else:
        filled = (name for number in range(click.buckets) for name in bucket(number).carriers)
        to_tell = sorted({*carriers, *filled})
    full = len(carriers) // BUCKET
    buckets = {
        click.buckets + number: Click(carriers=tuple(carriers[number * BUCKET : (number + 1) * BUCKET]))
        for number in range(full)
    }
    after = {
        "details": details,
        "carriers": tuple(carriers[full * BUCKET :]),
        "buckets": click.buckets + full,
    }
    outputs = tuple(FactsShared(identifier=name, facts=details) for name in to_tell if details)
    return ClickStep(Click.model_validate(after), outputs, buckets)
