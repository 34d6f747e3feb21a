"""What a Faust user would write first: an agent per event, a table update per event, a snapshot per event.

Run as a process by `bench.journey_agent`; it does the same step as Leadtrace's agent, on the same facts.
"""

import sys
from typing import Any

import faust

import settings as configuration
from attribution.advance import Arrival, advance
from attribution.state import dump_state, load_state
from bench.site import shipped_policy
from schemas.codec import decode, output_record
from streams.app import credentials

TABLE = "stock-states"


def build(settings: configuration.Settings, topics: list[str]) -> faust.App:
    """The app with its one agent; topics and changelog exist already."""
    policy = shipped_policy()
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
            topic = event.message.topic.removeprefix(prefix)
            value = decode(topic, event.value)
            key = event.key
            step = advance(
                key.decode(),
                load_state(table.get(key)),
                [Arrival(topic, event.message.offset, value)],
                policy,
            )
            table[key] = dump_state(step.state)
            for output in step.outputs:
                record = output_record(output)
                sink = sinks.get(record.topic) or sinks.setdefault(
                    record.topic, app.topic(prefix + record.topic, key_type=bytes, value_type=bytes)
                )
                await sink.send(key=record.key, value=record.value)

    app.agent(source, name="stock_journeys")(build_journeys)
    return app


if __name__ == "__main__":
    chosen = configuration.load()
    chosen.data_dir.joinpath("stock").mkdir(parents=True, exist_ok=True)
    app = build(chosen, sys.argv[1].split(","))
    faust.Worker(app, loglevel="error").execute_from_commandline()
