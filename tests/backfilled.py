"""What reading from a fake CRM needs: a server on the loopback, places in memory, and what was published."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from tokens import TOKENISER

from producers.crm.backfill.asking import Asker, Patience
from producers.crm.backfill.running import Crm, Reached, Told, backfill
from producers.publishing.collected import record
from schemas.codec import decode
from schemas.envelope import Fact

HURRIED = Patience(seconds=2.0, most_bytes=8 << 20, attempts=3, first_wait=0.0, longest_wait=60.0)


@dataclass
class Run:
    """Runs of one CRM after another, and what they published; `kill_after` so many batches one ends."""

    places: dict[str, Reached] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    kill_after: int = -1
    waits: list[float] = field(default_factory=list)

    def read(self, part: str) -> Reached | None:
        return self.places.get(part)

    def write(self, part: str, reached: Reached) -> None:
        self.places[part] = reached

    async def publish(self, facts: Sequence[Fact]) -> None:
        if self.kill_after == 0:
            raise ConnectionError("the process is killed here")
        self.kill_after -= 1
        for fact in facts:
            encoded = record(fact, TOKENISER)
            stored = decode(encoded.topic, encoded.value)
            self.facts[stored.event_id] = stored

    def once(
        self,
        app: web.Application,
        made: Callable[[Asker], Crm],
        since: int | None,
        until: int,
        **headers: str,
    ) -> Told:
        """Read once, from a server that runs meanwhile."""

        async def waited(seconds: float) -> None:
            self.waits.append(seconds)

        async def run() -> Told:
            async with TestServer(app) as server, aiohttp.ClientSession() as session:
                url = str(server.make_url("")).rstrip("/")
                asker = Asker(session, url, headers, patience=HURRIED, sleep=waited)
                return await backfill(made(asker), since, until, self, self.publish)

        return asyncio.run(run())
