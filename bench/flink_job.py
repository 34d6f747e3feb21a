"""What a user of PyFlink would write: a keyed process function with a map of states, its results to topics.

Run as a process by `bench.journey_agent`; it takes the same step as Leadtrace's agent, on the same facts. It
runs as Flink's Python is fastest: in a thread of the JVM, with a parallelism of one.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyflink.common import Configuration, Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.state import MapStateDescriptor
from pyflink.table import StreamTableEnvironment

import settings as configuration
from bench.fact_step import fact_step
from bench.flink_jar import jar_in
from schemas.topics import TOPICS

CHECKPOINT = "5 s"
# As text, since PyFlink hands bytes over one by one.
OUTPUT = Types.ROW_NAMED(["k", "v", "t"], [Types.STRING(), Types.STRING(), Types.STRING()])


class Advance(KeyedProcessFunction):  # type: ignore[misc]  # PyFlink isn't installed where types are checked
    """One step for each fact."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def open(self, context: RuntimeContext) -> None:
        """Get hold of the states of a key, by their names."""
        self._step = fact_step()
        held = MapStateDescriptor("states", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
        self._states = context.get_map_state(held)

    def process_element(self, row: Any, _context: Any) -> Iterator[Row]:
        """Take the step of a fact."""
        states = self._states
        topic = row[2].removeprefix(self._prefix)
        effects = self._step(
            topic, row[3], row[4], row[0].encode(), row[1].encode(), lambda name: states.get(name.decode())
        )
        for name, held in effects.changes.items():
            if held is None:
                states.remove(name.decode())
            else:
                states.put(name.decode(), held)
        for output in effects.outputs:
            yield Row(_text(output.key), _text(output.value), self._prefix + output.topic)


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode()


def connector(settings: configuration.Settings) -> dict[str, str]:
    """The options of each table: where the brokers are, and that keys and values are bytes."""
    security = settings.kafka_security
    options = {
        "connector": "kafka",
        "key.format": "raw",
        "key.fields": "k",
        "value.format": "raw",
        "value.fields-include": "EXCEPT_KEY",
        "properties.bootstrap.servers": settings.kafka,
        "properties.security.protocol": security,
    }
    if settings.kafka_ca_file:
        options |= {
            "properties.ssl.truststore.type": "PEM",
            "properties.ssl.truststore.location": str(settings.kafka_ca_file),
        }
    if security.startswith("SASL"):
        kind = "plain.Plain" if settings.kafka_mechanism == "PLAIN" else "scram.Scram"
        login = f"org.apache.flink.kafka.shaded.org.apache.kafka.common.security.{kind}LoginModule"
        password = settings.kafka_password.get_secret_value()
        options |= {
            "properties.sasl.mechanism": settings.kafka_mechanism,
            "properties.sasl.jaas.config": (
                f'{login} required username="{settings.kafka_user}" password="{password}";'
            ),
        }
    return options


def build(settings: configuration.Settings, topics: list[str]) -> StreamTableEnvironment:
    """Start the job; all topics exist already."""
    prefix = settings.topic_prefix
    options = Configuration()
    options.set_string("python.execution-mode", "thread")
    options.set_string("python.executable", sys.executable)
    options.set_string("execution.checkpointing.interval", CHECKPOINT)
    options.set_string("restart-strategy.type", "none")
    options.set_string("pipeline.jars", jar_in(Path(sys.prefix)).as_uri())
    environment = StreamExecutionEnvironment.get_execution_environment(options)
    environment.set_parallelism(1)
    tables = StreamTableEnvironment.create(environment)
    common = ", ".join(f"'{name}' = '{value}'" for name, value in connector(settings).items())
    tables.execute_sql(f"""
        CREATE TABLE facts (
            k STRING, v STRING, t STRING METADATA FROM 'topic', p INT METADATA FROM 'partition',
            o BIGINT METADATA FROM 'offset'
        ) WITH ({common}, 'topic' = '{";".join(prefix + topic for topic in topics)}',
            'properties.group.id' = '{prefix}flink', 'scan.startup.mode' = 'earliest-offset')
    """)
    tables.execute_sql(f"""
        CREATE TABLE outputs (k STRING, v STRING, t STRING METADATA FROM 'topic')
        WITH ({common}, 'topic' = '{";".join(prefix + each.name for each in TOPICS)}')
    """)
    facts = tables.to_data_stream(tables.from_path("facts"))
    keyed = facts.key_by(lambda row: row[0], Types.STRING())
    stepped = keyed.process(Advance(prefix), OUTPUT)
    tables.from_data_stream(stepped).execute_insert("outputs").wait()
    return tables


if __name__ == "__main__":
    build(configuration.load(), sys.argv[1].split(","))
