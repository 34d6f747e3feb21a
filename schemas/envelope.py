"""What every fact carries beside its payload, and how its id and fingerprint are made."""

import hashlib
import uuid
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from schemas.terms import Holds, Identifier, Millis

# Every deterministic id hangs below this one; changing it would double every import.
NAMESPACE = uuid.UUID("6f6e1c8e-3a5b-5d0c-9b1e-1d6d0f2c7a10")

EventId = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
    Holds.CLOSED,
]


class Fact(BaseModel):
    """One immutable event as recorded.

    `subject` names whose fact it is, and is the key of its record. `occurred_at` says when it happened,
    `received_at` when Leadtrace learnt it. `stated_at` is what the sender's clock said, where that can't be:
    then `occurred_at` was reckoned from when it was received.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: str
    event_id: EventId
    occurred_at: Millis
    received_at: Millis
    source: str = Field(min_length=1, max_length=64)
    schema_version: Literal[1] = 1
    subject: Identifier
    # Nearly every clock is believed: then it costs no byte.
    stated_at: int | None = Field(None, exclude_if=lambda at: at is None)


def natural_id(*parts: str | int) -> str:
    """Make the id of a fact whose source gives none: uuid5 of its natural key, in the given order."""
    # The length before each part keeps ("a", "bc") and ("ab", "c") apart.
    key = "|".join(f"{len(str(part))}:{part}" for part in parts)
    return str(uuid.uuid5(NAMESPACE, key))


def given_id(text: str, source: str) -> str:
    """Take over an id that a source gives: a UUID as it is, any other text as the natural key it is."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return natural_id("given", source, text)


def fingerprint(fact: Fact) -> str:
    """Return 32 hex digits that are equal for two facts of one content, however and whenever received."""
    content: dict[str, Any] = fact.model_dump(mode="json", exclude={"received_at"})
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(canonical, digest_size=16).hexdigest()


def precedence(fact: Fact) -> tuple[int, str]:
    """Order the copies of one event id; the smallest is the one that counts.

    It is the earliest received; of two contents received in the same millisecond, the smaller fingerprint.
    """
    return fact.received_at, fingerprint(fact)


def record_version(fact: Fact) -> int:
    """Express `precedence` as one number that is larger for the copy that counts.

    43 bits of received_at and 20 of the fingerprint, both turned round: ClickHouse keeps the largest version.
    """
    tie = int(fingerprint(fact)[:5], 16)
    return ((1 << 43) - 1 - fact.received_at) << 20 | (0xFFFFF - tie)
