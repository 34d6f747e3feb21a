"""What comes of one event that a caller sent: a fact for a topic, or the reason why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.codec import Encoded, record_of
from schemas.envelope import Fact
from schemas.topics import CRM, UTM, WEBSITE
from schemas.utm import CampaignTouched, EventAttended
from schemas.website import WebsiteFact


class UnusableError(ValueError):
    """An event that becomes no fact; the text is a sentence for its sender and quotes no value."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The `index`-th event of a request, and why it became no fact."""

    index: int
    error: str


@dataclass(frozen=True, slots=True)
class Collected:
    """What one request yields: records for topics, and the events that are none.

    `accepted` counts events, which is not the number of records: a row of a CRM may be several facts.
    """

    records: tuple[Encoded, ...] = ()
    accepted: int = 0
    rejected: tuple[Rejected, ...] = ()


def record(fact: Fact) -> Encoded:
    """Make the record of a fact, for the topic that holds its kind."""
    match fact:
        case WebsiteFact():
            return record_of(fact, WEBSITE.name)
        case CampaignTouched() | EventAttended():
            return record_of(fact, UTM.name)
        case _:
            return record_of(fact, CRM.name)


def collected(outcomes: Iterable[Fact | Rejected | None]) -> Collected:
    """Sort outcomes; None stands for an event that is understood and not kept."""
    told = tuple(outcomes)
    rejected = tuple(outcome for outcome in told if isinstance(outcome, Rejected))
    records = tuple(record(outcome) for outcome in told if isinstance(outcome, Fact))
    return Collected(records, len(told) - len(rejected), rejected)


def sentence(error: ValidationError) -> str:
    """Say what is wrong with a fact, by field and rule, without its value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the event"
    return f"{where}: {first['msg'][:160]}"


def text_of(value: Any) -> str:
    """Return a scalar of JSON as trimmed text without control characters; "" for anything else."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = value
        case int() | float():
            text = str(value)
        case _:
            return ""
    return text.strip() if text.isprintable() else "".join(c if c >= " " else " " for c in text).strip()
