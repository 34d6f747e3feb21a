"""The HTTP collector: what browsers, SDKs and CRMs send becomes records, confirmed before it is accepted."""

import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import uvloop
from aiohttp import web

import settings as environment
from attribution.bots import is_crawler
from attribution.policy import PolicyError, parse_policy
from background import notice_ends_in_libraries
from producers.collector.admission import Admission
from producers.collector.answering import GUARD, LOST_BY_429, TALLY, WEBHOOKS, Speaking, answering
from producers.collector.connections import (
    MOST_CONNECTIONS,
    SHARE_OF_ONE,
    Guard,
    Guarded,
    room_for_connections,
)
from producers.collector.figures import Figures
from producers.collector.handlers import LARGEST_WEBHOOK, Handlers
from producers.collector.http_logs import without_content
from producers.collector.intake import AsyncPublisher, Intake
from producers.collector.keys import Keys, WriteKeys, refuse_open_door
from producers.collector.redirects import Redirects
from producers.collector.spoken import FORGETTING, served, spoken
from producers.collector.tallies import Tally
from producers.collector.webhook_proofs import WebhookProofs
from producers.crm.mapping import MappingFaultError
from producers.crm.mapping_folder import MappingFolder
from producers.crm.webhook import Mappings
from producers.links.link_file import NAME as LINK_FILE
from producers.links.link_file import LinkFile
from producers.privacy.personal_data import Tokeniser
from producers.privacy.sealing import sealer_of
from producers.privacy.tokenisers import tokeniser_by
from producers.privacy.vault import Vault
from producers.publishing.publisher import Publisher, PublishError
from schemas.topics import CONTACTS, CRM, LINKS, UTM, WEBSITE
from settings import Settings, SettingsError

PATIENCE: Final = 10.0  # seconds that a request waits for the broker
IDLE_SECONDS: Final = 15.0  # that a connection may go without a whole request head
SHUTDOWN_SECONDS: Final = 12.0  # for requests in work: a little more than the broker's time

_log = logging.getLogger(__name__)


def build_collector(
    settings: Settings,
    publisher: AsyncPublisher,
    tokeniser: Tokeniser,
    clock: Callable[[], int],
    mappings: Callable[[], Mappings] = dict,
    guard: Guard | None = None,
    is_machine: Callable[[str], bool] = lambda _agent: False,
) -> web.Application:
    """Return the application; `clock` gives UTC milliseconds, `mappings` what CRMs post, `is_machine` knows
    user agents."""
    keys = Keys(settings)
    proofs = WebhookProofs(settings, keys, clock)
    admission = Admission(
        settings.collector_address_rate, settings.collector_key_rate, settings.collector_proxies
    )
    links = LinkFile(settings.links or settings.data_dir / LINK_FILE)
    redirects = Redirects(settings, links.current, publisher, tokeniser, clock, is_machine)
    sealer = sealer_of(settings)
    vault = None if sealer is None else Vault(sealer, clock)
    tokeniser.vault = vault
    intake = Intake(WriteKeys(keys), admission, publisher, tokeniser, clock, links.who, vault)
    handlers = Handlers(intake, proofs, publisher, tokeniser, mappings, settings.installation)
    figures = Figures(settings, keys, clock)
    app = web.Application(
        middlewares=[figures.counting(), answering(settings.collector_origins, admission)],
        client_max_size=LARGEST_WEBHOOK,
    )
    app[GUARD] = guard or Guard(MOST_CONNECTIONS, IDLE_SECONDS)
    app[TALLY] = Tally(_log)
    app[LOST_BY_429] = FORGETTING

    add = app.router.add_route
    app.router.add_get("/", handlers.hello)
    app.router.add_get("/healthz", handlers.health)
    app.router.add_get("/status", figures.status)
    for method, path, handler in served((*spoken(settings), *redirects.routes()), intake):
        add(method, path, handler, expect_handler=_expected)
    app.on_shutdown.append(redirects.finish)
    add("POST", f"{WEBHOOKS}crm/{{system}}", handlers.crm, expect_handler=_expected)
    return app


def server_options() -> dict[str, Any]:
    """Return how connections must be served: we unpack bodies ourselves, and no address is logged."""
    logger = logging.getLogger("producers.http")
    if not logger.filters:
        logger.addFilter(without_content)
    return {
        "access_log": None,
        "logger": logger,
        "auto_decompress": False,
        "keepalive_timeout": IDLE_SECONDS,
        "lingering_time": 2.0,
    }


def run_collector(settings: Settings) -> int:
    """Collect until SIGTERM or SIGINT, finish what is in work, and return the exit status.

    What keeps it from running is said in one sentence on stderr, with status 1.
    """
    try:
        refuse_open_door(settings)
        policy = parse_policy(environment.policy_text(settings))
        tokeniser = tokeniser_by(settings, policy)
        mappings = MappingFolder(settings.data_dir)
        publisher = Publisher(settings, PATIENCE)
    except (SettingsError, PolicyError, MappingFaultError, PublishError, ValueError) as error:
        return _failed(error)
    most = room_for_connections()
    # All connections come from the proxies, where there are any.
    guard = Guard(most, IDLE_SECONDS, most if settings.collector_proxies else most // SHARE_OF_ONE)
    app = build_collector(
        settings, publisher, tokeniser, _now, mappings.current, guard, lambda agent: is_crawler(agent, policy)
    )
    try:
        kept = (CONTACTS.name,) if settings.contacts_key.get_secret_value() else ()
        publisher.require((WEBSITE.name, UTM.name, CRM.name, LINKS.name, *kept))
        gc.freeze()  # what is here now stays: whoever looks for garbage need not look at it
        _run(_serve(settings, app))
        publisher.close()
    except (PublishError, OSError) as error:
        return _failed(error)
    return 0


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve the application, guarded, and yield the port; at the end finish what is in work."""
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    loop, options = asyncio.get_running_loop(), server_options()
    try:
        inner = runner.server
        assert inner is not None

        def connection() -> Guarded:
            return Guarded(Speaking(inner, app[TALLY], loop=loop, **options), app[GUARD])

        server = await loop.create_server(connection, host, port, backlog=1024)
        yield server.sockets[0].getsockname()[1]
        server.close()
    finally:
        await runner.cleanup()
        app[TALLY].flush()


async def _serve(settings: Settings, app: web.Application) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    notice_ends_in_libraries(asyncio.get_running_loop())
    async with listening(app, settings.collector_host, settings.collector_port) as port:
        _log.info("collecting on http://%s:%d", settings.collector_host, port)
        await stop.wait()


def _run(serving: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serving)


async def _expected(request: web.Request) -> None:
    """Let a request wait for our word to go on until its key was looked at: `read_body` gives it."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed


def _now() -> int:
    return time.time_ns() // 1_000_000


def _failed(error: Exception) -> int:
    print(f"the collector can't run: {error}", file=sys.stderr)
    return 1
