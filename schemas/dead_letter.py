"""Dead letters as records: why a record was put aside, where it stood, and what of it there is room for."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.terms import END_OF_MILLIS
from schemas.topics import MAX_RECORD_BYTES

Headers = tuple[tuple[str, bytes | None], ...]

PREFIX = "x-dlq-"
ORIGINAL = "x-orig-"
LONGEST_DETAIL = 200
PARTS = ("value", "key", "headers")
UNREADABLE = "unreadable_record"
LARGEST_LETTER = MAX_RECORD_BYTES - (64 << 10)
# So much of each part of a record stays in a letter that can't hold all of it.
SMALL = 64 << 10
_HEADER_OVERHEAD = 16
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
    `left_out` names the parts of the record, value, key or headers, that the letter has no room for: they
    are where the record stands. Of such a value it knows the length in bytes and the SHA-256, in hex.
    """

    reason: str
    detail: str
    topic: str
    place: Place | None
    app_version: str
    left_out: tuple[str, ...] = ()
    length: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class LetterRecord:
    """What a dead letter is as a record."""

    key: bytes | None
    value: bytes | None
    headers: Headers


def letter_record(
    letter: Letter,
    key: bytes | None,
    value: bytes | None,
    own: Iterable[tuple[str, bytes | None]] = (),
    largest: int = LARGEST_LETTER,
) -> LetterRecord:
    """Make the letter of a record with this key, this value and `own` headers.

    What would become larger than `largest` bytes holds only the small parts of the record, and says so.
    """
    own = tuple(own)
    whole = LetterRecord(key, value, headers_of(letter, own))
    if size_of(whole) <= largest:
        return whole
    left_out = []
    length, digest = None, ""
    if value is not None and len(value) > SMALL:
        length, digest, value = len(value), sha256(value), None
        left_out.append("value")
    if key is not None and len(key) > SMALL:
        key = None
        left_out.append("key")
    if size_of(LetterRecord(None, None, own)) > SMALL:
        own = ()
        left_out.append("headers")
    brief = Letter(
        *(letter.reason, letter.detail, letter.topic, letter.place, letter.app_version),
        *(tuple(left_out), length, digest),
    )
    return LetterRecord(key, value, headers_of(brief, own))


def size_of(record: LetterRecord) -> int:
    """Return how many bytes a record takes, or a few more."""
    headers = sum(len(name.encode()) + len(value or b"") + _HEADER_OVERHEAD for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


def sha256(value: bytes) -> str:
    """Return the SHA-256 of bytes, in hex, as `sha256sum` says it."""
    return hashlib.sha256(value).hexdigest()


def headers_of(letter: Letter, own: Iterable[tuple[str, bytes | None]] = ()) -> Headers:
    """Return the headers of a dead letter; `own` are those that the record had."""
    place = letter.place
    stood = {} if place is None else {name: getattr(place, name) for name in _PLACE}
    told: dict[str, str | int] = {
        "reason": letter.reason,
        "error": letter.detail[:LONGEST_DETAIL],
        "topic": letter.topic,
        **stood,
        "app-version": letter.app_version,
    }
    if letter.left_out:
        told["left-out"] = ",".join(letter.left_out)
    if letter.length is not None:
        told |= {"length": letter.length, "sha256": letter.sha256}
    return (
        *((f"{PREFIX}{name}", str(value).encode()) for name, value in told.items()),
        *((f"{ORIGINAL}{name}", value) for name, value in own),
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
    length = text_in(said, "length")
    return Letter(
        *(reason, text_in(said, "error"), topic, place, text_in(said, "app-version")),
        tuple(filter(None, text_in(said, "left-out").split(","))),
        int(length) if length.isdecimal() and len(length) < 16 else None,
        text_in(said, "sha256"),
    )


def own_headers(headers: Sequence[tuple[str, bytes | None]]) -> Headers:
    """Return the headers that the record of a dead letter had, as they were."""
    return tuple((name.removeprefix(ORIGINAL), value) for name, value in headers if name.startswith(ORIGINAL))


def text_in(headers: Mapping[str, bytes | None], name: str) -> str:
    """Return what a header of ours says, such as "error"; '' if there is none."""
    return as_text(headers.get(PREFIX + name))


def as_text(value: bytes | None) -> str:
    """Return bytes as text; what is no UTF-8 is replaced."""
    return (value or b"").decode("utf-8", "replace")


def _place_in(headers: Mapping[str, bytes | None]) -> Place | None:
    try:
        partition, offset, timestamp = (int(headers.get(PREFIX + name) or b"") for name in _PLACE)
    except ValueError:
        return None
    if 0 <= partition < 1 << 31 and 0 <= offset < 1 << 63:
        return Place(partition, offset, possible_time(timestamp))
    return None


def possible_time(timestamp: int) -> int:
    """Return the time of a record, UTC milliseconds, or the nearest that a column can hold: any client may
    write any number."""
    return min(max(timestamp, 0), END_OF_MILLIS - 1)
