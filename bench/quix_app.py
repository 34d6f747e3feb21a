"""What a user of quix-streams would write: a stateful step for each message, its results to topics.

Run as a process by `bench.journey_agent`; it takes the same step as Leadtrace's agent, on the same facts.
"""

import sys
from functools import reduce
from typing import Any

from quixstreams import Application, message_context
from quixstreams.kafka.configuration import ConnectionConfig
from quixstreams.models import Serializer

import settings as configuration
from bench.fact_step import fact_step
from schemas.topics import TOPICS
from streams.batches import Output


class ValueOf(Serializer):  # type: ignore[misc]  # quix-streams isn't installed where types are checked
    """The bytes of an output."""

    def __call__(self, value: Output, ctx: Any) -> bytes | None:  # noqa: ARG002 - its caller names it
        return value.value


def connection(settings: configuration.Settings) -> ConnectionConfig:
    """Where the brokers are and how to speak to them."""
    if not settings.kafka_security.startswith("SASL"):
        login: dict[str, Any] = {}
    else:
        login = {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_username": settings.kafka_user,
            "sasl_password": settings.kafka_password,
        }
    return ConnectionConfig(
        bootstrap_servers=settings.kafka,
        security_protocol=settings.kafka_security,
        ssl_ca_location=str(settings.kafka_ca_file) if settings.kafka_ca_file else None,
        **login,
    )


def build(settings: configuration.Settings, topics: list[str]) -> Application:
    """The app with its one dataframe; all topics but its changelog exist already."""
    prefix = settings.topic_prefix
    app = Application(
        broker_address=connection(settings),
        consumer_group=f"{prefix}quix",
        auto_offset_reset="earliest",
        state_dir=settings.data_dir / "quix",
        loglevel="ERROR",
    )
    step = fact_step()
    sinks = {
        each.name: app.topic(prefix + each.name, key_serializer="bytes", value_serializer=ValueOf())
        for each in TOPICS
    }

    def advance(value: bytes, key: bytes, _timestamp: int, _headers: Any, state: Any) -> list[Output]:
        place = message_context()
        topic = place.topic.removeprefix(prefix)
        effects = step(
            topic, place.partition, place.offset, key, value, lambda name: state.get_bytes(name.decode())
        )
        for name, held in effects.changes.items():
            if held is None:
                state.delete(name.decode())
            else:
                state.set_bytes(name.decode(), held)
        return list(effects.outputs)

    sources = [
        app.dataframe(app.topic(prefix + topic, key_deserializer="bytes", value_deserializer="bytes"))
        for topic in topics
    ]
    facts = reduce(lambda one, other: one.concat(other), sources)
    stepped = facts.apply(advance, stateful=True, expand=True, metadata=True)
    stepped.to_topic(lambda output, *_: sinks[output.topic], key=lambda output: output.key)
    return app


if __name__ == "__main__":
    chosen = configuration.load()
    build(chosen, sys.argv[1].split(",")).run()
