"""Builds the Faust app: agents, tables and topics from their specifications; nothing happens at import."""

import ssl
from importlib.metadata import version
from typing import Any

import faust
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from schemas.topics import MAX_RECORD_BYTES
from settings import Settings, SettingsError
from streams.batches import AgentSpec
from streams.changelog_reader import ChangelogReader
from streams.changelog_watch import ChangelogWatch
from streams.changelog_writer import ChangelogWriter
from streams.consumer import BatchConsumer, BatchTransport
from streams.delivery import Delivery, PartitionQueues
from streams.kept_states import KeptInMemory, StateKeeper
from streams.limits import HEADROOM, Limits
from streams.maintenance_loop import MaintenanceLoop
from streams.messages import BatchSchema
from streams.output_watch import OutputWatch
from streams.publisher import Publisher
from streams.table import BatchTable
from streams.told_letters import ToldLetters

__all__ = [
    "CHANGELOG_CONFIG",
    "CHANGELOG_REQUIRED",
    "AgentSpec",
    "app_id",
    "build_app",
    "changelog_topics",
    "source_topics",
]

APP = "leadtrace"
CHANGELOG_CONFIG = {
    "cleanup.policy": "compact",
    "max.message.bytes": str(MAX_RECORD_BYTES),
    # A record that came late hides the one that counts, until the owner of the partition has seen it and
    # written that again. Nothing is compacted before that, by the clock of the brokers.
    "min.compaction.lag.ms": str(15 * 60 * 1000),
    "message.timestamp.type": "LogAppendTime",
    "segment.ms": str(24 * 3600 * 1000),
    "delete.retention.ms": str(24 * 3600 * 1000),
    "min.cleanable.dirty.ratio": "0.3",
}
# Also of changelogs that are there already.
CHANGELOG_REQUIRED = ("min.compaction.lag.ms", "message.timestamp.type")


def build_app(
    settings: Settings,
    agents: tuple[AgentSpec, ...],
    limits: Limits | None = None,
    keeper: StateKeeper | None = None,
) -> faust.App:
    """The app of one worker process, whose states are kept in memory if nobody else keeps them.

    Raises SettingsError when there is no broker to talk to.
    """
    limits = limits or Limits()
    app = faust.App(**_options(settings, limits))
    prefix = settings.topic_prefix
    max_batches = {prefix + topic: spec.max_batch for spec in agents for topic in spec.topics}
    app.transport = BatchTransport(app.conf.broker_consumer, app, prefix, max_batches, limits)
    publisher = Publisher(app, prefix, limits)
    reader = ChangelogReader(client_options(settings), limits)
    told = ToldLetters(settings.data_dir / "worker" / "told-letters.json")
    for spec in agents:
        table = BatchTable(
            app,
            name=spec.table,
            partitions=spec.partitions,
            key_type=bytes,
            value_type=bytes,
            store="memory://",
            keeper=keeper or KeptInMemory(),
        )
        app.tables.add(table)
        writer = ChangelogWriter(table, publisher, reader)
        delivery = Delivery(spec, table, publisher, writer, lambda: app.consumer, limits, version(APP), told)
        watch = OutputWatch(delivery, reader, lambda: app.consumer, prefix)
        _add_agent(app, spec, prefix, delivery, watch, limits)
    app.finalize()
    return app


def changelog_topics(settings: Settings, agents: tuple[AgentSpec, ...]) -> dict[str, int]:
    """The full names of the changelog topics, with their partitions, to be created with CHANGELOG_CONFIG."""
    return {f"{app_id(settings)}-{spec.table}-changelog": spec.partitions for spec in agents}


def source_topics(settings: Settings, agents: tuple[AgentSpec, ...]) -> dict[str, int]:
    """The full names of the topics that the agents read, with the partitions that each must have."""
    return {settings.topic_prefix + topic: spec.partitions for spec in agents for topic in spec.topics}


def app_id(settings: Settings) -> str:
    """The name of the consumer group."""
    return settings.topic_prefix + APP


def _add_agent(
    app: faust.App, spec: AgentSpec, prefix: str, delivery: Delivery, outputs: OutputWatch, limits: Limits
) -> None:
    def consumer() -> BatchConsumer:
        current: BatchConsumer = app.consumer
        return current

    async def agent(stream: Any) -> None:
        queues = PartitionQueues(delivery, consumer)
        queues.run_beside(
            f"watch over the changelog of {spec.table}", ChangelogWatch(delivery, consumer).run()
        )
        queues.run_beside(f"watch over what {spec.name} sent", outputs.run())
        if spec.maintenance is not None:
            loop = MaintenanceLoop(delivery, spec.maintenance, consumer, limits)
            queues.run_beside(f"maintenance of {spec.table}", loop.run())
        try:
            async for event in stream.noack().events():
                queues.put(event.message)
        finally:
            queues.close()

    topic = app.topic(
        *(prefix + each for each in spec.topics), schema=BatchSchema(), partitions=spec.partitions
    )
    app.agent(topic, name=spec.name, concurrency=1)(agent)


def _options(settings: Settings, limits: Limits) -> dict[str, Any]:
    if not settings.kafka:
        raise SettingsError("LEADTRACE_KAFKA is empty: give host:port of a broker, or start the embedded one")
    folder = settings.data_dir / "worker"
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "id": app_id(settings),
        "broker": [f"kafka://{address}" for address in settings.brokers],
        "broker_credentials": credentials(settings),
        "broker_session_timeout": limits.session_timeout,
        "broker_heartbeat_interval": limits.session_timeout / 5,
        "broker_rebalance_timeout": limits.rebalance_timeout,
        "broker_commit_interval": limits.commit_interval,
        "broker_max_poll_records": 2000,
        "consumer_auto_offset_reset": "earliest",
        "producer_acks": -1,
        "producer_linger": 0.0,
        "producer_request_timeout": 30.0,
        "producer_max_batch_size": limits.batch_bytes + HEADROOM,
        "producer_max_request_size": MAX_RECORD_BYTES,
        "processing_guarantee": "at_least_once",
        "key_serializer": "raw",
        "value_serializer": "raw",
        "stream_buffer_maxsize": 16,
        "stream_recovery_delay": 0.0,
        "stream_wait_empty": True,
        "store": "memory://",
        "table_standby_replicas": 0,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "topic_partitions": settings.partitions,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
        "cython_optimizations": True,
        "autodiscover": False,
        "datadir": str(folder),
    }


def client_options(settings: Settings) -> dict[str, Any]:
    """Where the brokers are and how to speak to them, in the words of aiokafka."""
    return {
        "bootstrap_servers": settings.kafka,
        **credentials_to_aiokafka_auth(credentials(settings)),
    }


def credentials(settings: Settings) -> Any:
    """How to speak to the brokers, in the words of Faust; None for plain text."""
    security = settings.kafka_security
    context = None
    if security in ("SSL", "SASL_SSL"):
        context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if security == "SSL":
        return faust.SSLCredentials(context)
    if security == "PLAINTEXT":
        return None
    return faust.SASLCredentials(
        username=settings.kafka_user,
        password=settings.kafka_password.get_secret_value(),
        ssl_context=context,
        mechanism=settings.kafka_mechanism,
    )
