"""A collector that listens within the test, with a publisher that keeps what it gets, and a client of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from memory_publisher import MemoryPublisher
from pydantic import SecretStr

from producers.collector.connections import Guard
from producers.collector.server import build_collector, listening
from producers.crm.signatures import secrets_of
from producers.privacy.personal_data import Tokeniser
from schemas.codec import decode
from schemas.topics import CRM, LINKS, UTM, WEBSITE
from settings import Settings

TOKENISER = Tokeniser("a key that only tests use")
NOW = 1_795_299_200_000
WEBHOOK_KEY = "a key that only the webhooks of tests use"
WEBSITE_KEY, CRM_KEY, ADMIN_KEY = ("key-in-a-web-page", "key-of-our-own-programs", "key-of-who-runs-all-this")
KEYS: dict[str, Any] = {
    "collector_write_keys": (SecretStr(WEBSITE_KEY),),
    "collector_crm_keys": (SecretStr(CRM_KEY),),
    "collector_admin_keys": (SecretStr(ADMIN_KEY),),
}


def secret_of(system: str) -> str:
    """The secret of a system that chose none."""
    return secrets_of(system, (), WEBHOOK_KEY)[0].decode()


class Site:
    """A collector that listens, its publisher, and a client."""

    def __init__(self, port: int, publisher: MemoryPublisher, client: aiohttp.ClientSession) -> None:
        self.port = port
        self.publisher = publisher
        self._client = client

    async def request(self, method: str, path: str, **more: Any) -> tuple[int, Any, Any]:
        """Send a request, return status, headers and the body, parsed if it is JSON."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self._client.request(method, url, **more) as response:
            body: Any = await response.read()
            is_json = response.content_type == "application/json"
            return (
                response.status,
                response.headers,
                json.loads(body) if is_json else body.decode("utf-8", "replace"),
            )

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, _, told = await self.request("POST", path, data=data, headers=headers)
        return status, told

    async def hook(self, system: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Post a webhook that shows its system's secret."""
        bearer = {"Authorization": f"Bearer {secret_of(system)}"}
        return await self.post(f"/webhooks/crm/{system}", body, **bearer, **headers)

    def facts(self) -> list[Any]:
        return [decode(record.topic, record.value) for record in self.publisher.records]


def collecting(
    story: Callable[[Site], Awaitable[None]],
    most: int = 100,
    patience: float = 5.0,
    clock: Callable[[], int] = lambda: NOW,
    **settings: Any,
) -> None:
    """Play a story against a collector that listens."""

    async def play() -> None:
        publisher = MemoryPublisher((WEBSITE.name, UTM.name, CRM.name, LINKS.name))
        guard = Guard(most, patience)
        given = Settings(**{"webhook_key": SecretStr(WEBHOOK_KEY), **settings})
        app = build_collector(given, publisher, TOKENISER, clock, dict, guard)
        async with listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
            await story(Site(port, publisher, client))

    asyncio.run(play())
