"""What a Faust user would write first: an agent per event, a table update per event, a snapshot per event.

Run as a process by `bench.journey_agent`; it takes the same step as Leadtrace's agent, on the same facts.
"""

import sys
from typing import Any

import faust
from kafka.admin import KafkaAdminClient, NewTopic

import settings as configuration
from bench.fact_step import fact_step
from streams.app import CHANGELOG_CONFIG, credentials

TABLE = "stock-states"


def build(settings: configuration.Settings, topics: list[str]) -> faust.App:
    """The app with its one agent; topics and changelog exist already."""
    step = fact_step()
    prefix = settings.topic_prefix
    app = faust.App(
        f"{prefix}stock",
        broker=[f"kafka://{settings.kafka}"],
        broker_credentials=credentials(settings),
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        web_enabled=False,
        store="memory://",
        table_standby_replicas=0,
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        datadir=str(settings.data_dir / "stock"),
        worker_redirect_stdouts=False,
        autodiscover=False,
    )
    table = app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=settings.partitions)
    source = app.topic(*(prefix + topic for topic in topics), key_type=bytes, value_type=bytes)
    sinks: dict[str, Any] = {}

    async def build_journeys(stream: Any) -> None:
        async for event in stream.events():
            topic, place = event.message.topic.removeprefix(prefix), event.message
            effects = step(topic, place.partition, place.offset, event.key, event.value, table.get)
            for key, state in effects.changes.items():
                if state is None:
                    table.pop(key, None)
                else:
                    table[key] = state
            for output in effects.outputs:
                sink = sinks.get(output.topic) or sinks.setdefault(
                    output.topic, app.topic(prefix + output.topic, key_type=bytes, value_type=bytes)
                )
                await sink.send(key=output.key, value=output.value)

    app.agent(source, name="stock_journeys")(build_journeys)
    return app


def create_changelog(settings: configuration.Settings) -> None:
    """Create the topic of the table."""
    admin = KafkaAdminClient(**settings.kafka_options())
    topic = NewTopic(
        name=f"{settings.topic_prefix}stock-{TABLE}-changelog",
        num_partitions=settings.partitions,
        replication_factor=1,
        topic_configs=CHANGELOG_CONFIG,
    )
    admin.create_topics([topic])
    admin.close()


if __name__ == "__main__":
    chosen = configuration.load()
    create_changelog(chosen)
    chosen.data_dir.joinpath("stock").mkdir(parents=True, exist_ok=True)
    app = build(chosen, sys.argv[1].split(","))
    faust.Worker(app, loglevel="error").execute_from_commandline()
