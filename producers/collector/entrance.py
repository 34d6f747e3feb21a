"""How a protocol is spoken: what `Intake` has to know of the requests at a path, and which paths it has."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson
from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.bodies import parsed
from producers.collector.keys import keys_in_body, user_in
from producers.outcomes.left_out import LeftOut, UnusableError
from producers.privacy.masking import masked
from producers.publishing.collected import Collected, Outcome, Steps, collected
from producers.website.facts import Reception
from producers.website.segment import LARGEST_EVENT
from producers.website.welcome import welcomed

SHOWN: Final = 100
BRINGS_EVENTS: Final = web.RequestKey("brings_events", bool)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as far as all kinds have it in common: what it holds, and how big that is."""

    body: Any
    size: int
    reception: Reception


Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def json_of(_: web.Request, plain: bytes) -> Any:
    """Return the JSON that a body holds; raises orjson.JSONDecodeError."""
    return parsed(plain)


def told_as_json(_: web.Request, told: Collected) -> web.Response:
    """Answer 200 with how many events were accepted, and which were not, and why."""
    answer = {"success": True, "accepted": told.accepted, "rejected": shown(told.rejected)}
    if told.ignored:
        answer["ignored"] = [
            {"index": each.at, "reason": masked(each.reason)} for each in told.ignored[:SHOWN]
        ]
    return json_answer(answer)


def shown(rejected: tuple[LeftOut, ...]) -> list[dict[str, Any]]:
    """Return the first of the events that were rejected, as answers name them."""
    return [{"index": each.at, "error": masked(each.reason)} for each in rejected[:SHOWN]]


@dataclass(frozen=True, slots=True)
class Entrance:
    """How requests of one kind are taken. Each part but the first two has what JSON of our own needs.

    largest        bytes of a body, packed or not; more is a 413
    understand     what the body holds → the steps in which it becomes facts; may raise UnusableError and
                   RefusedError
    read           request and unpacked body → what the body holds; whoever reads something else than JSON
                   raises UnusableError for what it can't read. A GET has its events in the request's query
    keys_before    where the head of a request shows a write key; None if it shows none, then the body has to
    keys_within    where the body shows it
    answer         what is said when the events are with the broker
    is_lenient     whether a request of which nothing could be used gets that answer too, and not a 400: for
                   trackers that lose others with it, or send the same for ever
    """

    largest: int
    understand: Callable[[Call], Steps]
    read: Callable[[web.Request, bytes], Any] = json_of
    keys_before: Callable[[web.Request], tuple[bytes, ...] | None] = user_in
    keys_within: Callable[[Any], tuple[bytes, ...]] = keys_in_body
    answer: Callable[[web.Request, Collected], web.Response] = told_as_json
    is_lenient: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One path of a protocol, with and without a slash at its end: events that come in, or a plain answer."""

    method: str
    path: str
    served: Entrance | Handler


def each_of(
    events: Iterable[Any],
    fact_of: Callable[[Any], Outcome],
    reception: Reception,
    may_be_large: bool = False,
) -> Steps:
    """Make of each event what `fact_of` makes of it; one that it can't use, or is too large, is left out."""

    def outcome(index: int, event: Any) -> Outcome:
        if may_be_large and (fault := too_much(event)):
            return LeftOut(index, "", f"the event {fault}")
        try:
            return welcomed(fact_of(event), reception)
        except UnusableError as error:
            return LeftOut(index, "", str(error))

    return collected((outcome(index, event) for index, event in enumerate(events)), reception.tokeniser)


def too_much(value: Any) -> str:
    """Say what keeps a value from being that of one event, "" if nothing does."""
    try:
        size = len(orjson.dumps(value))
    except TypeError:
        return "is nested too deeply"
    return f"is larger than {LARGEST_EVENT >> 10} KB" if size > LARGEST_EVENT else ""
