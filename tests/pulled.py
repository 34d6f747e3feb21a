"""What pulling from a fake platform needs: a store that keeps days as ClickHouse does, and a server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from itertools import count
from typing import Any

import aiohttp
from aiohttp import web
from tokens import TOKENISER

from producers.privacy.facts import scrubbed
from producers.sem.amounts import Amounts
from producers.sem.facts import Place
from producers.sem.pull.accounts import Means, Outcome, Wishes, pull_all
from producers.sem.pull.platform import Platform
from producers.sem.pull.web import Patience, Web
from schemas.envelope import Fact
from schemas.sem import AdClicked, AdPerformanceReported

NOW = 1_795_651_200_000
HURRIED = Patience(
    seconds=1.0, most_bytes=1 << 20, attempts=3, first_wait=0.0, longest_wait=60.0, file_seconds=2.0
)
IMPATIENT = replace(HURRIED, seconds=0.4, attempts=1, file_seconds=0.4)
WAITS: web.AppKey[list[float]] = web.AppKey("waits", list)
_KEY = ("platform", "account", "campaign", "ad_group", "keyword", "keyword_id", "match_type", "device", "day")


class Kept(dict[str, str]):
    """Refresh tokens that were exchanged."""

    def read(self, name: str) -> str:
        return self.get(name, "")

    def write(self, name: str, token: str) -> None:
        self[name] = token


@dataclass
class Store:
    """Keeps the newest report of each place and day, as the table of costs does, and every fact by its id."""

    facts: dict[str, Fact] = field(default_factory=dict)
    published: list[Fact] = field(default_factory=list)
    kill_after: int = -1  # facts; none: -1
    days: dict[tuple[str, ...], AdPerformanceReported] = field(default_factory=dict)

    def publish(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            if self.kill_after == 0:
                raise ConnectionError("the process is killed here")
            self.kill_after -= 1
            fact = scrubbed(fact, TOKENISER)
            self.published.append(fact)
            self.facts[fact.event_id] = fact
            if isinstance(fact, AdPerformanceReported):
                key = tuple(getattr(fact, name) for name in _KEY)
                if key not in self.days or self.days[key].reported_at <= fact.reported_at:
                    self.days[key] = fact

    def newest_day(self, platform: str, account: str) -> date | None:
        told = [fact.day for fact in self._of(platform, account)]
        return date.fromisoformat(max(told)) if told else None

    def rows(self, platform: str, account: str, first: date, last: date) -> Iterator[tuple[Place, Amounts]]:
        for fact in self._of(platform, account):
            if first.isoformat() <= fact.day <= last.isoformat():
                names = {name: getattr(fact, name) for name in Place.__dataclass_fields__ if name != "day"}
                yield (
                    Place(**names, day=date.fromisoformat(fact.day)),
                    Amounts(fact.impressions, fact.clicks, fact.cost_micros),
                )

    def unnamed(self, platform: str, first: date, last: date) -> int:
        return sum(1 for _ in self.rows(platform, "", first, last))

    def cost(self, **names: str) -> float:
        """What all rows with these names cost, in currency units."""
        return (
            sum(
                fact.cost_micros
                for fact in self.days.values()
                if all(getattr(fact, name) == value for name, value in names.items())
            )
            / 1_000_000
        )

    def clicks(self) -> list[AdClicked]:
        return [fact for fact in self.facts.values() if isinstance(fact, AdClicked)]

    def _of(self, platform: str, account: str) -> list[AdPerformanceReported]:
        return [each for each in self.days.values() if (each.platform, each.account) == (platform, account)]


def pulled(
    app: web.Application,
    platform: Callable[[Web, str], Platform | list[Platform]],
    store: Store,
    patience: Patience = HURRIED,
    **wishes: Any,
) -> list[Outcome]:
    """Pull from a fake that listens on loopback; `platform` makes the puller of a client and a URL."""
    clock = count(NOW + 1000 * len(store.published))
    means = Means(
        known=store, publish=store.publish, clean=TOKENISER.scrub, now=lambda: next(clock), zone=UTC
    )

    async def go(web_: Web, url: str) -> list[Outcome]:
        made = platform(web_, url)
        return await pull_all(made if isinstance(made, list) else [made], Wishes(**wishes), means)

    return asked(app, go, patience)


def asked(
    app: web.Application, story: Callable[[Web, str], Awaitable[Any]], patience: Patience = HURRIED
) -> Any:
    """Play a story against a fake that listens on loopback; its app[WAITS] are not waited."""

    async def play() -> Any:
        app[WAITS] = []
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]

        async def noted(seconds: float) -> None:
            app[WAITS].append(seconds)
            await asyncio.sleep(0)

        try:
            async with aiohttp.ClientSession() as session:
                return await story(Web(session, patience, noted), f"http://127.0.0.1:{port}")
        finally:
            await runner.cleanup()

    return asyncio.run(play())
