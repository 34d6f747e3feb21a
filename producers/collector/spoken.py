"""Which protocols the collector speaks: each brings its own paths, and none knows of another."""

from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web

from producers.collector import tag
from producers.collector.entrance import BRINGS_EVENTS, Entrance, Handler, Route
from producers.collector.intake import Intake
from producers.collector.protocols import (
    ga4,
    jitsu,
    matomo,
    native,
    posthog,
    rudderstack,
    segment,
    sensors,
    snowplow,
)
from settings import Settings

FORGETTING: Final = frozenset(posthog.EVENTS)  # paths whose SDKs send again after a 5xx, but not after a 429


def spoken(settings: Settings) -> tuple[Route, ...]:
    """Return the paths of all protocols."""
    snowplow_ms = round(settings.collector_snowplow_ping_seconds * 1000)
    return (
        *tag.routes(),
        *native.routes(),
        *segment.routes(),
        *rudderstack.routes(),
        *jitsu.routes(),
        *posthog.routes(),
        *snowplow.routes(snowplow_ms, settings.collector_network_cookie),
        *matomo.routes(round(settings.collector_matomo_ping_seconds * 1000)),
        *sensors.routes(f"${settings.collector_sensors_engagement}"),
        *ga4.routes(),
    )


def served(routes: Iterable[Route], intake: Intake) -> Iterator[tuple[str, str, Handler]]:
    """Yield method, path and handler of each route; the slash that some trackers end a path with is none.

    There is no HEAD of a path whose GET brings events.
    """
    for route in routes:
        handler = _taking(route.served, intake) if isinstance(route.served, Entrance) else route.served
        yield route.method, route.path, handler
        if not route.path.endswith("/"):
            yield route.method, f"{route.path}/", handler


def _taking(entrance: Entrance, intake: Intake) -> Handler:
    async def take(request: web.Request) -> web.StreamResponse:
        request[BRINGS_EVENTS] = True
        return await intake.collect(request, entrance)

    return take
