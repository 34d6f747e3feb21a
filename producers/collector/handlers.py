"""What the collector answers at its own paths: that it is there, that it is well, and what a CRM posts."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from producers.collector.answering import json_answer
from producers.collector.entrance import Call, Entrance
from producers.collector.intake import AsyncPublisher, Intake
from producers.collector.refusals import RefusedError
from producers.collector.webhook_proofs import WebhookProofs
from producers.crm.webhook import Mappings, steps_of_webhook
from producers.privacy.personal_data import Tokeniser
from producers.publishing.collected import Steps

LARGEST_WEBHOOK: Final = 1 << 20
HEALTH_SECONDS: Final = 1.0


class Handlers:
    """The handlers; they share what was last heard of the broker's health."""

    def __init__(
        self,
        intake: Intake,
        proofs: WebhookProofs,
        publisher: AsyncPublisher,
        tokeniser: Tokeniser,
        mappings: Callable[[], Mappings],
        installation: str = "",
    ) -> None:
        self._intake = intake
        self._proofs = proofs
        self._publisher = publisher
        self._tokeniser = tokeniser
        self._mappings = mappings
        self._named = {"installation": installation} if installation else {}
        self._healthy = False
        self._health_until = 0.0
        self._asking = asyncio.Lock()

    async def hello(self, _: web.Request) -> web.Response:
        return web.Response(text="Leadtrace collector: POST events to /v1/events or /v1/batch.\n")

    async def health(self, _: web.Request) -> web.Response:
        async with self._asking:
            loop = asyncio.get_running_loop()
            if loop.time() >= self._health_until:
                self._healthy = await asyncio.to_thread(self._publisher.answers)
                self._health_until = loop.time() + HEALTH_SECONDS
        if not self._healthy:
            raise RefusedError(503, "the Kafka broker does not answer")
        return json_answer({"status": "ok", **self._named})

    async def crm(self, request: web.Request) -> web.Response:
        system = request.match_info["system"]

        def understand(call: Call) -> Steps:
            now = call.reception.received_at
            return steps_of_webhook(system, call.body, self._mappings(), self._tokeniser, now)

        proof = self._proofs.shown_before(request, system)
        return await self._intake.collect(request, Entrance(LARGEST_WEBHOOK, understand), proof)
