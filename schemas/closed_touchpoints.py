"""Touchpoints in records of their own: what they are called, and how a snapshot is whole again."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Final

import orjson

from schemas.journey import ClosedTouchpoint, Journey, Touchpoint
from schemas.said import said

REF_LENGTH: Final = 12
# No identifier has a line break.
_SEPARATOR: Final = b"\n"


def close(person: str, touchpoint: Touchpoint) -> ClosedTouchpoint:
    """Return what stands in the record of a touchpoint of this person."""
    digest = blake2b(orjson.dumps(said(touchpoint)), digest_size=REF_LENGTH * 6 // 8).digest()
    return ClosedTouchpoint(person=person, ref=urlsafe_b64encode(digest).decode(), touchpoint=touchpoint)


def key_of_closed(closed: ClosedTouchpoint) -> bytes:
    """Return the key of its record, which stands in the partition of its person's snapshots."""
    return closed.person.encode() + _SEPARATOR + closed.ref.encode()


def person_in(key: bytes) -> bytes:
    """Return the person of a record of the topic of snapshots, whether it is a snapshot or a touchpoint."""
    return key.partition(_SEPARATOR)[0]


def is_closed_touchpoint(key: bytes) -> bool:
    """Whether a record of that topic with this key is a touchpoint."""
    return _SEPARATOR in key


def refs_of(journey: Journey) -> tuple[str, ...]:
    """Return the names of the touchpoints that stand in records of their own, in their order."""
    return split_refs(journey.closed)


def split_refs(text: str) -> tuple[str, ...]:
    """Return the names that stand one after the other in a text."""
    return tuple(text[at : at + REF_LENGTH] for at in range(0, len(text), REF_LENGTH))


def whole(journey: Journey, closed: Mapping[str, Touchpoint]) -> Journey:
    """Return a snapshot with all its touchpoints, in the order of (time, id); raise KeyError if one is
    missing."""
    refs = refs_of(journey)
    if not refs:
        return journey
    touchpoints = [*(closed[ref] for ref in refs), *journey.touchpoints]
    return replace(journey, touchpoints=tuple(sorted(touchpoints, key=_order)), closed="")


def _order(touchpoint: Touchpoint) -> tuple[int, str]:
    return touchpoint.at, touchpoint.id
