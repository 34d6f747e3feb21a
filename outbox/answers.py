"""From what came back, or didn't, to what is said of each order: pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from outbox.destination import Answer, Outcome, Request, Understood
from producers.privacy.masking import masked

_LONGEST: Final = 400
_NOT_TAKEN: Final = frozenset({408, 425, 429, 503})


def outcomes_of(request: Request, understood: Understood, answer: Answer) -> dict[str, Outcome]:
    """The outcome of each order of a request that needs no further request."""
    going_on = {key for each in understood.then for key in each.keys}
    told = {each.key: each for each in understood.outcomes}
    for_all = told.get("")
    found = {}
    for key in request.keys:
        if key not in going_on:
            found[key] = told.get(key) or for_all or usual(request, answer)
    return found


def usual(request: Request, answer: Answer) -> Outcome:
    """What a status means where the destination says nothing of an order."""
    code = str(answer.status)
    if answer.status in _NOT_TAKEN:
        return Outcome(state="later", code=code, why=f"it answers with status {code}")
    if answer.status >= 500 and request.is_repeatable:
        return Outcome(state="later", code=code, why=f"it answers with status {code}")
    if 400 <= answer.status < 500:
        return Outcome(state="refused", code=code, why=f"it answers with status {code}")
    if request.is_repeatable:
        return Outcome(state="later", code=code, why="its answer says nothing of the order")
    return Outcome(state="unknown", code=code, why="its answer says nothing of the order")


def lost(request: Request, why: str) -> Outcome:
    """What is said of each order when no answer came."""
    return Outcome(state="later" if request.is_repeatable else "unknown", code="no_answer", why=why)


def same_for(keys: Sequence[str], outcome: Outcome) -> Mapping[str, Outcome]:
    """One outcome for all of these orders."""
    return dict.fromkeys(keys, outcome)


def in_short(text: str) -> str:
    """What a platform said, cut, on one line and without addresses and numbers of people."""
    return masked(" ".join(text.split())[:_LONGEST])
