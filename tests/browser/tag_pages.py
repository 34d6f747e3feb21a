"""Pages with our tag, and the collector that it tells, in the test's own process."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from memory_publisher import MemoryPublisher
from tokens import TOKENISER

from producers.collector.server import build_collector, listening
from schemas.codec import decode
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from settings import Settings

# Names that a browser with these options finds on this machine.
OPTIONS = ("--host-resolver-rules=MAP *.test 127.0.0.1",)


@dataclass
class Pages:
    """Pages on any host that ends with .test, and what their tags have told."""

    port: int
    collector: int
    publisher: MemoryPublisher

    def at(self, host: str, path: str = "/") -> str:
        """The address of a page."""
        return f"http://{host}.test:{self.port}{path}"

    def facts(self, kind: str = "") -> list[Any]:
        """What the collector has published, in its order; of a kind, if one is named."""
        facts = [decode(each.topic, each.value) for each in self.publisher.records]
        return [fact for fact in facts if kind in ("", fact.type)]

    async def told(self, kind: str, count: int = 1, within: float = 5.0) -> list[Any]:
        """Wait until so many facts of a kind are there, and return them."""
        async with asyncio.timeout(within):
            while len(self.facts(kind)) < count:
                await asyncio.sleep(0.02)
        return self.facts(kind)


@asynccontextmanager
async def pages(
    bodies: dict[str, str], collector_host: str = "collect.shop", **settings: Any
) -> AsyncIterator[Pages]:
    """Serve pages: of each path its body, in which TAG stands for the tag's script, with its attributes, and
    PORT for the port of all pages."""
    publisher = MemoryPublisher((WEBSITE.name, UTM.name, CRM.name, LINKS.name))
    given = Settings(**settings)
    async with AsyncExitStack() as stack:
        app = build_collector(given, publisher, TOKENISER, _now)
        collector = await stack.enter_async_context(listening(app, "127.0.0.1", 0))
        site = Pages(0, collector, publisher)
        source = f'src="http://{collector_host}.test:{collector}/leadtrace.js"'

        async def page(request: web.Request) -> web.Response:
            body = bodies.get(request.path, "<title>other</title>")
            text = body.replace("TAG", f"<script {source} ").replace("PORT", str(site.port))
            return web.Response(text=f"<!doctype html>{text}", content_type="text/html")

        pages_app = web.Application()
        pages_app.router.add_get("/{path:.*}", page)
        runner = web.AppRunner(pages_app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        place = web.TCPSite(runner, "127.0.0.1", 0)
        await place.start()
        site.port = runner.addresses[0][1]
        yield site


def _now() -> int:
    return time.time_ns() // 1_000_000
