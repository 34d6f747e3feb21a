"""Bodies of requests and answers: the same bytes for the same content; sentences without personal data."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from outbox.destination import Answer, Outcome, State
from outbox.orders import Order
from producers.privacy.masking import masked

JSON: Final = {"content-type": "application/json; charset=utf-8"}
_LONGEST: Final = 200  # characters of a platform's own words


class NonsenseError(Exception):
    """An answer is not what the platform says that it answers, so nothing may be concluded from it."""


def as_json(content: object) -> bytes:
    """UTF-8 without blanks, its fields in the order in which they stand."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "replace"
    )


def from_json(answer: Answer) -> Any:
    """What an answer says; None for nonsense."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """An object of an answer; an empty one if something else stands there."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list of an answer."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def listed(value: object) -> list[Any]:
    """A list that has to be there. Raises NonsenseError."""
    if not isinstance(value, list):
        raise NonsenseError
    return value


def words(told: object) -> str:
    """What a platform said, for people: one short line without addresses and phone numbers in it."""
    text = " ".join(str(told if told is not None else "").split())
    return masked(text[: 4 * _LONGEST])[:_LONGEST]


def each_of(keys: Sequence[str], state: State, code: str = "", why: str = "") -> tuple[Outcome, ...]:
    """The same outcome for each of these orders."""
    return tuple(Outcome(state=state, key=key, code=code, why=why) for key in keys)


def in_parts(orders: Sequence[Order], size: int) -> Iterator[Sequence[Order]]:
    """Orders in parts of at most so many, in their order."""
    for start in range(0, len(orders), size):
        yield orders[start : start + size]


def code_of(value: object) -> str:
    """A code that a platform gave, for people and for filters: short, and nothing but a word or a number."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text[:64] if text.isprintable() else ""
