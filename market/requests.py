"""The website's visitors as HTTP requests to the collector, in the order of time."""

import heapq
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from market import manners, segment, tracker
from market.happening import Happening
from market.landing import link_of
from market.model import SITE, Market, Touch, Visit
from market.reading import happenings_of

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148 MicroMessenger/8.0.61",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Mobile Safari/537.36",
    # A brand of phones, and no machine.
    "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Mobile Safari/537.36",
)
# As a back end's library says what it is.
_BACK_END = "analytics-python/2.3.2"
_RETRIES = 0.01


@dataclass(frozen=True, slots=True, order=True)
class Request:
    """One HTTP request, sent at `at` (UTC ms)."""

    at: int
    number: int
    path: str
    body: str
    agent: str

    def line(self) -> bytes:
        """Return the request as one line of JSON."""
        headers = {"Content-Type": "application/json", "User-Agent": self.agent, "Origin": SITE}
        told = {"at": self.at, "method": "POST", "path": self.path, "headers": headers, "body": self.body}
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def requests_of(market: Market) -> Iterator[Request]:
    """Yield all requests in the order of time; only those of visits going on are held in memory."""
    waiting: list[Request] = []
    both: tuple[Iterable[Visit | Touch], ...] = (market.visits, market.touches)
    for begun in heapq.merge(*both, key=_start):
        while waiting and waiting[0].at < begun.at:
            yield heapq.heappop(waiting)
        made = _of_visit(begun, market.seed) if isinstance(begun, Visit) else _of_touch(begun, market.seed)
        for request in made:
            heapq.heappush(waiting, request)
    while waiting:
        yield heapq.heappop(waiting)


def _start(begun: Visit | Touch) -> int:
    return begun.at


def _of_visit(visit: Visit, seed: int) -> Iterator[Request]:
    rng = random.Random(seed * 2_147_483_647 + visit.number)
    agent = _agent_of(visit)
    happenings = happenings_of(visit, seed)
    off = manners.off_by(visit)
    number = 0
    while number < len(happenings):
        size = rng.choices((1, 2, 3, 4, 6), (10, 30, 30, 20, 10))[0]
        bundle = happenings[number : number + size]
        told = [replace(one, at=one.at + off) for one in bundle] if off else bundle
        yield from _sent(_encoded(visit, told, rng), bundle[-1].at, visit.number * 512 + number, agent, rng)
        number += size
    echo = manners.echo_of(visit, seed)
    if echo is not None:
        yield from _sent(_encoded(visit, [echo], rng), echo.at, visit.number * 512 + number, _BACK_END, rng)


def _of_touch(touch: Touch, seed: int) -> Iterator[Request]:
    rng = random.Random(seed * 2_147_483_647 + touch.number)
    event = tracker.touched(touch, link_of(touch), _event_id(rng))
    yield from _sent((tracker.PATH, event), touch.at, touch.number * 512, _AGENTS[0], rng)


def _encoded(visit: Visit, bundle: Iterable[Happening], rng: random.Random) -> tuple[str, Any]:
    if visit.sdk == "own":
        events = [
            event
            for happening in bundle
            for event in tracker.events(visit, happening, lambda: _event_id(rng))
        ]
        return tracker.PATH, events if len(events) > 1 else events[0]
    agent = _agent_of(visit)
    calls = [
        call
        for happening in bundle
        for call in segment.calls(visit, happening, agent, lambda: _event_id(rng))
    ]
    return segment.PATH, {"batch": calls, "writeKey": segment.WRITE_KEY}


def _sent(told: tuple[str, Any], at: int, number: int, agent: str, rng: random.Random) -> Iterator[Request]:
    path, content = told
    body = orjson.dumps(content).decode()
    sent_at = at + rng.randint(120, 900)
    yield Request(sent_at, number, path, body, agent)
    if rng.random() < _RETRIES:
        # The answer got lost, so the sender sends the same again.
        yield Request(sent_at + 3_000, number, path, body, agent)


def _agent_of(visit: Visit) -> str:
    return visit.agent or _AGENTS[int(visit.anon[:2], 16) % len(_AGENTS)]


def _event_id(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
