"""Bytes ↔ facts, messages and snapshots, by topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.closed_touchpoints import key_of_closed
from schemas.contents import SINGLE, UNIONS
from schemas.envelope import Fact
from schemas.handover import (
    ClickMentioned,
    FactsShared,
    FactsWanted,
    IdentityAssigned,
    MemberJoined,
    MemberLeft,
    Message,
)
from schemas.identity import IdentityLinked
from schemas.journey import ClosedTouchpoint, Journey, Opportunity
from schemas.said import said
from schemas.topics import (
    ASSIGNMENTS,
    HAND_OVER,
    JOURNEYS,
    LINKS,
    MENTIONS,
    OPPORTUNITIES,
)

_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    topic: TypeAdapter(held) for topic, held in (UNIONS | SINGLE).items()
}

_CLOSED: Final = TypeAdapter(ClosedTouchpoint)

# Anything that a step of the agents sends.
Emitted: TypeAlias = Message | IdentityLinked | ClosedTouchpoint | Journey | Opportunity


class DecodeError(ValueError):
    """A record that isn't what its topic holds; `reason` is a short code, the text names field and rule.

    The text never quotes the record: it may hold personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Encoded:
    """A record ready for a topic; `beside` is the key in whose partition it stands, if not its own's."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    beside: bytes | None = None


def decode(topic: str, value: bytes | None) -> Any:
    """Turn a record's value into what the topic holds; raise DecodeError if it is anything else."""
    return _read(_ADAPTERS[topic], value)


def _read(adapter: TypeAdapter[Any], value: bytes | None) -> Any:
    if value is None:
        raise DecodeError("empty", "the record has no value")
    try:
        return adapter.validate_json(value)
    except ValidationError as error:
        raise _explain(error) from None
    except RecursionError:
        raise DecodeError("json_invalid", "nested too deeply") from None


def encode(value: BaseModel | Journey | ClosedTouchpoint | Opportunity) -> bytes:
    """Turn a fact, a message or a snapshot into bytes: UTF-8 JSON, in schema order.

    Facts and messages name each field, snapshots only those that say something.
    """
    if isinstance(value, BaseModel):
        return value.__pydantic_serializer__.to_json(value)
    return orjson.dumps(said(value))


def decode_closed(value: bytes | None) -> ClosedTouchpoint:
    """Turn the value of a record of `journeys` into the touchpoint that its key says it is; raise DecodeError
    if it is anything else."""
    closed: ClosedTouchpoint = _read(_CLOSED, value)
    return closed


def key_of(value: Fact | Message) -> bytes:
    """Return the key under which a fact or a message belongs into its topic."""
    match value:
        case Fact():
            return value.subject.encode()
        case MemberJoined() | MemberLeft():
            return value.person.encode()
        case ClickMentioned():
            return value.key.encode()
        case IdentityAssigned() | FactsShared() | FactsWanted():
            return value.identifier.encode()
        case _:
            raise TypeError(f"{type(value).__name__} has no topic")


def record_of(fact: Fact, topic: str) -> Encoded:
    """Make the record of a fact for the topic that holds such facts."""
    return Encoded(topic, key_of(fact), encode(fact))


def message_record(message: Message) -> Encoded:
    """Make the record of a message between agents; its topic follows from what it is."""
    match message:
        case IdentityAssigned():
            topic = ASSIGNMENTS.name
        case ClickMentioned():
            topic = MENTIONS.name
        case _:
            topic = HAND_OVER.name
    return Encoded(topic, key_of(message), encode(message))


def snapshot_record(person: str, told: Mapping[str, Any]) -> Encoded:
    """Make the record of a snapshot of which is known what its JSON says."""
    return Encoded(JOURNEYS.name, person.encode(), orjson.dumps({**told, "person": person}))


def output_record(output: Emitted) -> Encoded:
    """Make the record of anything that a step sends."""
    match output:
        case Journey():
            return Encoded(JOURNEYS.name, output.person.encode(), encode(output))
        case ClosedTouchpoint():
            person = output.person.encode()
            return Encoded(JOURNEYS.name, key_of_closed(output), encode(output), beside=person)
        case Opportunity():
            return Encoded(OPPORTUNITIES.name, output.deal.encode(), encode(output))
        case IdentityLinked():
            return Encoded(LINKS.name, output.subject.encode(), encode(output))
        case _:
            return message_record(output)


def _explain(error: ValidationError) -> DecodeError:
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    # What another version of the schema holds otherwise is no fault of its own.
    first = next((fault for fault in faults if "schema_version" in fault["loc"]), faults[0])
    where = _where(first["type"], first["loc"])
    if first["type"] == "union_tag_invalid" or first["loc"] == ("type",):
        return DecodeError("unknown_type", f"{where}: a type of event that this topic does not hold")
    return DecodeError(_reason(first["type"], first["loc"]), f"{where}: {first['msg'][:160]}")


def _reason(fault: str, place: tuple[int | str, ...]) -> str:
    if fault == "json_invalid":
        return "json_invalid"
    return "unknown_version" if "schema_version" in place else "schema_invalid"


def _where(fault: str, place: tuple[int | str, ...]) -> str:
    """Name the field, as far as the schema knows its name: a key of the sender's own may be personal data."""
    if fault == "extra_forbidden":
        place = place[:-1]
    if "attributes" in place:
        place = place[: place.index("attributes") + 1]
    return ".".join(str(part) for part in place) or "the record"
