"""The headers of a dead letter: why a record was put aside, where it stood, and the headers that it had."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.terms import END_OF_MILLIS

Headers = tuple[tuple[str, bytes], ...]

PREFIX = "x-dlq-"
ORIGINAL = "x-orig-"
LONGEST_DETAIL = 200
_PLACE = ("partition", "offset", "timestamp")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stood, and when it was written, UTC milliseconds."""

    partition: int
    offset: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Letter:
    """Why something is a dead letter; `place` is None for an output that its topic never took.

    `reason` is a short code; `detail` says more, but nothing of the record. The topic is without the prefix.
    """

    reason: str
    detail: str
    topic: str
    place: Place | None
    app_version: str


def headers_of(letter: Letter, own: Iterable[tuple[str, bytes | None]] = ()) -> Headers:
    """Return the headers of a dead letter; `own` are those that the record had."""
    place = letter.place
    stood = {} if place is None else {name: getattr(place, name) for name in _PLACE}
    told = {
        "reason": letter.reason,
        "error": letter.detail[:LONGEST_DETAIL],
        "topic": letter.topic,
        **stood,
        "app-version": letter.app_version,
    }
    return (
        *((f"{PREFIX}{name}", str(value).encode()) for name, value in told.items()),
        *((f"{ORIGINAL}{name}", value or b"") for name, value in own),
    )


def letter_of(headers: Sequence[tuple[str, bytes | None]]) -> Letter | None:
    """Read the headers of a dead letter again; None if they don't tell topic, reason and a possible place."""
    said = dict(headers)
    topic, reason = text_in(said, "topic"), text_in(said, "reason")
    if not topic or not reason:
        return None
    place = None
    if f"{PREFIX}offset" in said:
        place = _place_in(said)
        if place is None:
            return None
    return Letter(reason, text_in(said, "error"), topic, place, text_in(said, "app-version"))


def own_headers(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """Return the headers that the record of a dead letter had, as text."""
    return {
        name.removeprefix(ORIGINAL): as_text(value) for name, value in headers if name.startswith(ORIGINAL)
    }


def text_in(headers: Mapping[str, bytes | None], name: str) -> str:
    """Return what a header of ours says, such as "error"; '' if there is none."""
    return as_text(headers.get(PREFIX + name))


def as_text(value: bytes | None) -> str:
    """Return bytes as text; what is no UTF-8 is replaced."""
    return (value or b"").decode("utf-8", "replace")


def _place_in(headers: Mapping[str, bytes | None]) -> Place | None:
    try:
        place = Place(*(int(headers.get(PREFIX + name) or b"") for name in _PLACE))
    except ValueError:
        return None
    stood = 0 <= place.partition < 1 << 31 and 0 <= place.offset < 1 << 63
    return place if stood and 0 <= place.timestamp < END_OF_MILLIS else None
