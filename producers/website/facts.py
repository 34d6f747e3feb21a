"""The envelope around what a website's tracker said: ids, times, texts that fit and hold no personal data."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import orjson
from pydantic import ValidationError

from producers.cells.json_values import text_of
from producers.cells.times import Moment, parse_time, sent_by_their_own
from producers.outcomes.left_out import UnusableError, sentence
from producers.privacy.personal_data import Tokeniser
from schemas.envelope import Fact, given_id, natural_id
from schemas.terms import Identifier

AnyFact = TypeVar("AnyFact", bound=Fact)
URL_LENGTH: Final = 8192
TEXT_LENGTH: Final = 512
_LONGEST_MESSAGE_ID: Final = 256


@dataclass(frozen=True, slots=True)
class Reception:
    """What is the same for all events of one request: who tokenises, when it came, what sent it.

    `sent_at` is the sender's clock at that moment, None if it didn't say; `user_agent` that of the browser,
    "" if no browser sent it. `recipients` says who got a link of his own under a code, None if nobody did.
    """

    tokeniser: Tokeniser
    received_at: int
    sent_at: int | None = None
    user_agent: str = ""
    historical: bool = False
    recipients: Callable[[str], Identifier | None] = lambda _code: None


def by_their_own_clock(reception: Reception, events: Iterable[Any], names: Sequence[str]) -> Reception:
    """Return the reception with when it was sent by a clock that can't be right, unless that is said.

    `names` are the fields of an event that may hold its time, the first that has one counts.
    """
    if reception.sent_at is not None or reception.historical:
        return reception
    times: list[int | None] = []
    for event in events:
        if not isinstance(event, dict):
            continue
        if event.get("sentAt"):
            return reception
        try:
            times.append(parse_time(next((event[name] for name in names if event.get(name)), None)))
        except UnusableError:
            continue  # the event itself is rejected for it
    return replace(reception, sent_at=sent_by_their_own(times, reception.received_at))


def envelope(
    source: str, message_id: Any, subject: Identifier, moment: Moment, reception: Reception
) -> dict[str, Any]:
    """Return the fields that every fact has; the event id is "" if the sender gave none."""
    text = text_of(message_id)
    usable = 0 < len(text) <= _LONGEST_MESSAGE_ID
    # Of a mere hash of a phone number, the number could be found by trying all.
    event_id = given_id(reception.tokeniser.scrub(text), source) if usable else ""
    return enveloped(source, event_id, subject, moment, reception)


def enveloped(
    source: str, event_id: str, subject: Identifier, moment: Moment, reception: Reception
) -> dict[str, Any]:
    """Return the fields that every fact has, with an id that is one already, as `id_of` makes it."""
    return {
        "event_id": event_id,
        "occurred_at": moment.occurred_at,
        "stated_at": moment.stated_at,
        "received_at": reception.received_at,
        "source": source,
        "subject": subject,
    }


def id_of(source: str, reception: Reception, *parts: Any) -> str:
    """Make the id of an event whose tracker gives none, of what is the same each time that it is sent.

    Whoever knows the parts can't find it without the key: they may hold addresses and numbers.
    """
    try:
        told = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise UnusableError("the event is nested too deeply") from None
    return natural_id("told", source, reception.tokeniser.fingerprint(told))


def build(kind: type[AnyFact], fields: dict[str, Any]) -> AnyFact:
    """Make a fact; raise UnusableError, with field and rule, if the fields can't be one.

    Without an id of its own it gets one from its content, so that the same event sent twice is one.
    """
    if not fields["event_id"]:
        # What was reckoned from the receipt differs each time that the event is sent.
        unlike = {"event_id", "received_at", "stated_at" if fields["stated_at"] is None else "occurred_at"}
        content = {name: value for name, value in fields.items() if name not in unlike}
        told = orjson.dumps([kind.__name__, content], option=orjson.OPT_SORT_KEYS)
        fields = fields | {"event_id": natural_id("content", told.decode())}
    try:
        return kind(**fields)
    except ValidationError as error:
        raise UnusableError(sentence(error)) from None


def scrubbed(value: Any, reception: Reception, length: int = TEXT_LENGTH) -> str:
    """Return a text without personal data, cut to what its field takes."""
    return reception.tokeniser.scrub_to(text_of(value), length)
