"""The pipeline as its users run it, on a Kafka of three nodes; each program has a network of its own."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from faults.dosage import STORE
from faults.kafka_nodes import Nodes
from faults.kept import Keeper, keeping
from faults.proxy import Network, Way
from running import connected

from cli.processes import LEADTRACE
from cli.topic_plan import wanted_topics
from cli.variables import environment
from producers.publishing.topics import create_topics
from settings import Settings
from sinks.clickhouse import connect_server
from sinks.migrations import migrate
from stack import folder
from stack.processes import Program

WORKERS = ("worker-1", "worker-2", "worker-3")
PROGRAMS = (*WORKERS, "loader", "collector")
CLICKHOUSE = "clickhouse"
COMMANDS = {"worker": "worker", "loader": "load", "collector": "collect"}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A running pipeline. `site` are the settings by which a test reaches the servers, past all faults."""

    site: Settings
    nodes: Nodes
    keeper: Keeper
    network: Network
    collector: str

    def way(self, name: str) -> Way:
        """A program's way to Kafka, or the loader's to ClickHouse."""
        return self.network.ways[name]


def on_nodes(servers: Settings, nodes: Nodes, data_dir: Path) -> Settings:
    """Settings of a site of its own: topics on the nodes, a database in the ClickHouse of `servers`."""
    name = secrets.token_hex(4)
    return Settings.model_validate(
        servers.model_dump()
        | {
            "kafka": nodes.direct,
            "kafka_security": "PLAINTEXT",
            "replication": min(3, nodes.count),
            "topic_prefix": f"f{name}.",
            "clickhouse_database": f"leadtrace_{name}",
            "token_key": "a key that only tests use",
            "data_dir": data_dir,
            "state_store": STORE,
        }
    )


def prepare(site: Settings) -> None:
    """Create topics and tables."""
    create_topics(site, wanted_topics(site))
    with connected(connect_server(site)) as client:
        migrate(client, site)


@contextmanager
def running(site: Settings, nodes: Nodes, network: Network) -> Iterator[Pipeline]:
    """Run three workers, a loader and a collector; only the faults that a test makes disturb them."""
    prepare(site)
    host, port = site.clickhouse.rsplit(":", 1)
    assert host == folder.LOOPBACK
    clickhouse = network.way(CLICKHOUSE, {0: int(port)})
    collector = folder.any_port()
    programs = [
        program(
            name,
            site.model_copy(
                update={
                    "kafka": nodes.by_way[name],
                    "clickhouse": f"{host}:{clickhouse.ports[0]}",
                    "collector_port": collector,
                }
            ),
        )
        for name in PROGRAMS
    ]
    with keeping(site.data_dir / "logs", *programs) as keeper:
        try:
            keeper.wait(*WORKERS, saying="assigned: ")
            keeper.wait("loader", saying="loading")
            keeper.wait("collector", saying="collecting on")
            yield Pipeline(site, nodes, keeper, network, f"http://{folder.LOOPBACK}:{collector}")
        finally:
            for way in network.ways.values():
                way.clear()


def program(name: str, site: Settings) -> Program:
    """One program of a site, by its command, with a folder of its own."""
    place = site.data_dir / name
    place.mkdir(parents=True, exist_ok=True)
    mine = site.model_copy(update={"data_dir": place})
    hidden = {variable: "" for variable in os.environ if variable.startswith("LEADTRACE_")}
    return Program(
        name=name,
        argv=(*LEADTRACE, COMMANDS[name.split("-")[0]]),
        env=hidden | environment(mine),
    )
