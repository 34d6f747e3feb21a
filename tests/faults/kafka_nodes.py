"""A Kafka of several nodes on loopback, from the jars that the embedded broker is made of."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from faults.proxy import Network
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from stack import folder, kafka_server
from stack.processes import Program, Supervisor

CLUSTER = "YSBjbHVzdGVyIG9mIHRlc3Q"
HEAP = "-Xmx256m"
# Who may come in by the doors with TLS.
USER, PASSWORD = "pipeline", "a password of tests"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"

# Three copies of everything, of which two must confirm a write, so that any one node may go. The short times
# let the others take over from a node that was killed within seconds, as in a cluster that is well kept.
SETTINGS = """\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
listeners={listeners}
advertised.listeners={advertised}
listener.security.protocol.map={protocols}
inter.broker.listener.name=INTERNAL
controller.listener.names=CONTROLLER
num.network.threads=1
num.io.threads=4
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor={copies}
min.insync.replicas={confirming}
unclean.leader.election.enable=false
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000
controller.quorum.election.timeout.ms=1000
controller.quorum.fetch.timeout.ms=2000
replica.lag.time.max.ms=5000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
message.max.bytes=8388608
replica.fetch.max.bytes=8388608
log.segment.bytes=134217728
offsets.topic.num.partitions=4
offsets.topic.replication.factor={copies}
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.min.isr={confirming}
share.coordinator.state.topic.replication.factor={copies}
transaction.state.log.min.isr={confirming}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={copies}
"""


@dataclass(frozen=True, slots=True)
class Door:
    """One listener of every node: `ports` are what the nodes listen on, `advertised` what clients hear."""

    name: str
    ports: tuple[int, ...]
    advertised: tuple[int, ...]
    protocol: str = "PLAINTEXT"
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nodes:
    """A running cluster. `direct` are the addresses of its own door, `by_way` those of each way to it,
    `by_door` those of each further door."""

    supervisor: Supervisor
    count: int
    direct: str
    by_way: Mapping[str, str]
    by_door: Mapping[str, str]

    def pid(self, number: int) -> int | None:
        """The process of a node, counted from 1; None while it is down."""
        return self.supervisor.pid(name_of(number))

    def kill(self, number: int, restart_after: float = 0.0) -> None:
        """Kill a node with SIGKILL; it comes back by itself."""
        self.supervisor.kill9(name_of(number), restart_after)

    def wait_ready(self, within: float = 90.0) -> None:
        """Return when every node answers and all are in the cluster."""
        for number in range(1, self.count + 1):
            self.supervisor.wait_ready(name_of(number), within)

    def wait_whole(self, within: float = 90.0) -> None:
        """Return when every node has every record of the partitions that it has to have, or after this time:
        only then may another one go."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            with suppress(KafkaError, OSError), admin(self.direct) as client:
                partitions = [each for topic in client.describe_topics() for each in topic["partitions"]]
                if all(len(each["isr_nodes"]) == len(each["replica_nodes"]) for each in partitions):
                    return
            time.sleep(0.5)


@contextmanager
def admin(servers: str) -> Iterator[KafkaAdminClient]:
    """A client that may ask the brokers anything."""
    client = KafkaAdminClient(
        bootstrap_servers=servers.split(","), request_timeout_ms=5000, bootstrap_timeout_ms=2000
    )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def running(
    home: Path,
    jars: Path,
    network: Network,
    ways: Sequence[str],
    doors: Sequence[Door] = (),
    count: int = 3,
) -> Iterator[Nodes]:
    """Run `count` nodes until the block is left; each of `ways` leads to all of them through the network."""
    taken = {port for door in doors for port in door.ports}
    internal, controllers = own_door("INTERNAL", count, taken), own_door("CONTROLLER", count, taken)
    direct = own_door("DIRECT", count, taken)
    led = [door_behind(network, f"WAY{number}", way, count, taken) for number, way in enumerate(ways, 1)]
    everyone = (internal, controllers, direct, *led, *doors)
    with ThreadPoolExecutor(count) as pool:
        numbers = range(1, count + 1)
        programs = list(pool.map(lambda each: program(home, jars, each, count, everyone), numbers))
    with Supervisor(home / "logs", lambda _: None) as supervisor:
        supervisor.start(*programs)
        yield Nodes(
            supervisor,
            count,
            addresses(direct.ports),
            {way: addresses(door.advertised) for way, door in zip(ways, led, strict=True)},
            {door.name: addresses(door.advertised) for door in doors},
        )


def own_door(name: str, count: int, taken: set[int]) -> Door:
    ports = tuple(free_port(taken) for _ in range(count))
    return Door(name, ports, ports)


def door_behind(network: Network, name: str, way: str, count: int, taken: set[int]) -> Door:
    """A door at which clients arrive by a way of the network, and are told no other."""
    behind = tuple(free_port(taken) for _ in range(count))
    opened = network.way(way, {free_port(taken): port for port in behind})
    return Door(name, behind, tuple(opened.ports))


def free_port(taken: set[int]) -> int:
    port = folder.any_port(taken)
    taken.add(port)
    return port


def door_with_tls(name: str, shown: Path, count: int = 3) -> Door:
    """A listener of every node that shows this certificate, and lets in who knows the password."""
    taken: set[int] = set()
    ports = tuple(free_port(taken) for _ in range(count))
    settings = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(shown),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "scram-sha-512.sasl.jaas.config": SCRAM,
    }
    return Door(name.upper(), ports, ports, "SASL_SSL", settings)


def program(home: Path, jars: Path, number: int, count: int, doors: Sequence[Door]) -> Program:
    """One node over a folder of its own, which is formatted here."""
    place = home / name_of(number)
    place.mkdir(parents=True)
    properties = place / "server.properties"
    properties.write_text(settings(place / "data", number, count, doors), encoding="utf-8")
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    tool = java("-Xmx128m", jars, "kafka.tools.StorageTool")
    subprocess.run(
        [*tool, "format", "-t", CLUSTER, "-c", str(properties), "--add-scram", user],
        check=True,
        capture_output=True,
        timeout=120,
    )
    port = next(door for door in doors if door.name == "DIRECT").ports[number - 1]
    return Program(
        name=name_of(number),
        argv=java(HEAP, jars, "kafka.Kafka", str(properties)),
        ready=lambda: answers(port, count),
        ready_within=90.0,
        stop_within=1.0,  # what it holds goes with the folder
    )


def java(heap: str, jars: Path, *command: str) -> tuple[str, ...]:
    fixed = (*kafka_server.JVM, *kafka_server.QUIET, *kafka_server.LOGGING)
    return (str(kafka_server.java()), heap, *fixed, "-cp", f"{jars}/*", *command)


def settings(data: Path, number: int, count: int, doors: Sequence[Door]) -> str:
    """The text of one node's settings."""
    controllers = next(door for door in doors if door.name == "CONTROLLER").ports
    told = [door for door in doors if door.name != "CONTROLLER"]
    text = SETTINGS.format(
        number=number,
        voters=",".join(f"{each}@127.0.0.1:{port}" for each, port in enumerate(controllers, 1)),
        listeners=",".join(f"{door.name}://127.0.0.1:{door.ports[number - 1]}" for door in doors),
        advertised=",".join(f"{door.name}://127.0.0.1:{door.advertised[number - 1]}" for door in told),
        protocols=",".join(f"{door.name}:{door.protocol}" for door in doors),
        data=data,
        copies=min(3, count),
        confirming=min(2, count),
    )
    more = {
        f"listener.name.{door.name.lower()}.{name}": value
        for door in doors
        for name, value in door.settings.items()
    }
    return text + "".join(f"{name}={value}\n" for name, value in more.items())


def answers(port: int, count: int) -> bool:
    """Whether a node serves, and sees all the others."""
    if folder.is_free(port):
        return False
    try:
        with admin(f"127.0.0.1:{port}") as client:
            return len(client.describe_cluster()["brokers"]) == count
    except (KafkaError, OSError):
        return False


def addresses(ports: Sequence[int]) -> str:
    return ",".join(f"127.0.0.1:{port}" for port in ports)


def name_of(number: int) -> str:
    return f"kafka-{number}"
