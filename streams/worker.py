"""Runs the agents of one process until it is told to stop; its exit status tells the truth."""

import asyncio
import gc
import importlib.util
import logging
import signal
import threading
from contextlib import suppress
from typing import Any

import faust
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from background import begin, notice_ends_in_libraries
from ending import CANNOT_START, GAVE_UP, cause_of
from settings import Settings, SettingsError
from streams import logs
from streams.app import build_app, changelog_topics, client_options, source_topics
from streams.batches import AgentSpec
from streams.kept_states import KeptInMemory, KeptOnDisk, StateKeeper
from streams.limits import Limits
from streams.retry import Retry
from streams.state_folder import StateFolder, StateFolderError
from streams.watch import Watch

log = logging.getLogger(__name__)

HEALTH_FILE = "health/worker"


class CannotStartError(RuntimeError):
    """The worker can't run; the text says what to do."""


def run_worker(
    settings: Settings,
    agents: tuple[AgentSpec, ...],
    limits: Limits | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Run until SIGTERM, SIGINT or `stop`; returns the exit status: 0 after a graceful end, 1 when it can't
    start. The process ends with 70 when it gave up and with 71 after too many dead letters in a row; both
    commit nothing, so that the next start repeats what was not finished.
    """
    logs.configure()
    limits = limits or Limits(consecutive_dead_letters=settings.dead_letters_in_a_row)
    _use_uvloop()
    try:
        _require_compiled_faust()
        return asyncio.run(_run(settings, agents, limits, stop))
    except (CannotStartError, SettingsError, StateFolderError) as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is all there is to say
        return CANNOT_START


async def _run(
    settings: Settings, agents: tuple[AgentSpec, ...], limits: Limits, stop: threading.Event | None
) -> int:
    notice_ends_in_libraries(asyncio.get_running_loop())
    wanted = _on_signals()
    app = build_app(settings, agents, limits, _keeper(settings, agents, limits))
    _collect_rarely()
    needed = source_topics(settings, agents) | changelog_topics(settings, agents)
    found = await _until(wanted, _partitions_when_reachable(settings, limits, list(needed)))
    if found is None:
        return 0
    _require_topics(needed, found)
    watch = Watch(app, limits, settings.data_dir / HEALTH_FILE)
    start = begin("start of Faust", app.start())
    watch.start()
    log.info("worker started: %s", ", ".join(spec.name for spec in agents))
    while not wanted.is_set() and not (stop and stop.is_set()) and not _failed(start):
        with suppress(TimeoutError):
            await asyncio.wait_for(wanted.wait(), 0.5)
    if _failed(start):
        error = None if start.cancelled() else start.exception()
        log.error("Faust did not start: %s", "it was cancelled" if error is None else cause_of(error))
        return GAVE_UP
    log.info("stopping")
    watch.stopping()
    await _stop(app, start)
    log.info("stopped")
    return 0


def _keeper(settings: Settings, agents: tuple[AgentSpec, ...], limits: Limits) -> StateKeeper:
    """Where this process keeps its states. Raises StateFolderError."""
    path = settings.states_on_disk
    if path is None:
        return KeptInMemory()
    return KeptOnDisk(StateFolder.take(path), settings, changelog_topics(settings, agents), limits)


async def _stop(app: faust.App, start: "asyncio.Task[Any]") -> None:
    if not start.done():
        start.cancel()
        with suppress(asyncio.CancelledError):
            await start
    await app.stop()


def _failed(start: "asyncio.Task[Any]") -> bool:
    return start.done() and (start.cancelled() or start.exception() is not None)


def _on_signals() -> asyncio.Event:
    wanted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        if threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(each, wanted.set)
    return wanted


async def _until(wanted: asyncio.Event, work: Any) -> Any:
    """The result of the work, or None when the process is told to stop before."""
    task, stop = begin("look for the topics", work), begin("wait for the end", wanted.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not task.done():
        task.cancel()
        return None
    return task.result()


async def _partitions_when_reachable(settings: Settings, limits: Limits, topics: list[str]) -> dict[str, int]:
    """The partition count of those topics that exist, as soon as a broker answers."""
    retry = Retry(f"reaching Kafka at {settings.kafka}", limits)
    while True:
        client = AIOKafkaAdminClient(**client_options(settings))
        try:
            await client.start()
            described = await client.describe_topics(topics)
        except (KafkaError, OSError, TimeoutError) as error:
            await retry.failed(error)
        else:
            retry.over()
            return {each["topic"]: len(each["partitions"]) for each in described}
        finally:
            await client.close()


def _require_topics(needed: dict[str, int], found: dict[str, int]) -> None:
    for topic, partitions in sorted(needed.items()):
        if not found.get(topic):
            raise CannotStartError(f"topic {topic} does not exist: run `leadtrace topics`")
        if found[topic] != partitions:
            raise CannotStartError(
                f"topic {topic} has {found[topic]} partitions, not {partitions}: set LEADTRACE_PARTITIONS to "
                "what it was created with (a topic's count never changes), or use another "
                "LEADTRACE_TOPIC_PREFIX and run `leadtrace topics`"
            )


def _require_compiled_faust() -> None:
    # The pure-Python stream iterator treats events of before a rebalance in another way.
    if importlib.util.find_spec("faust._cython.streams") is None:
        raise CannotStartError(
            "faust-streaming is installed without its compiled part: install its wheel for this platform"
        )


def _collect_rarely() -> None:
    """Facts and journeys have no cycles, and a step makes thousands of them: looking for cycles as often as
    Python does by itself takes a tenth of a worker's time."""
    gc.freeze()
    gc.set_threshold(20_000, 25, 25)


def _use_uvloop() -> None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
